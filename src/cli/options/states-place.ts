/** Where a command's runs keep states for other runs. Not here: the options (`state-options.ts`), the place itself (`src/store`). */
import { cpus } from 'node:os';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { Folder } from '../../files/folder.js';
import { given } from '../../options.js';
import type { KeptStates } from '../../runner/state/kept-states.js';
import { statesIn } from '../../store/states-folder.js';
import { messageOf } from '../../thrown.js';
import { ownPackage } from '../process/own-package.js';
import { complain } from '../process/print.js';
import { type ReuseOptions, RUN_STATES, type StateOptions } from './state-options.js';

const DEFAULT_BUDGET = 2e9;

/** What determines the bits of a run besides what its record says: the kernels that a runtime chooses depend on the processor. */
export const stateFacts = (): readonly string[] => [`vcycle ${ownPackage().version}`, process.arch, cpus()[0]?.model ?? ''];

/** Asked before anything is trained: a run tells only at the end of a stage that it cannot keep its state. */
export const placeOfStates = (folder: string): E.Either<Fault, void> => {
  const kind = E.tryCatch(() => Folder.at(folder).status()?.kind, messageOf);
  if (E.isLeft(kind)) return E.left(inputFault(`${folder}: states cannot be kept there (${kind.left}); name another folder with --states`));
  return kind.right === undefined || kind.right === 'folder'
    ? E.right(undefined)
    : E.left(inputFault(`${folder} must be a folder, since states are kept there (was a ${kind.right}); name another with --states`));
};

/** The place that keeps states under these options. */
export const statesFor = (
  folder: string,
  { keepStates = DEFAULT_BUDGET }: StateOptions,
  reuse: boolean,
  tell: (sentence: string) => void,
  exactly?: number,
): KeptStates => statesIn({ folder: Folder.at(folder), budget: keepStates, facts: stateFacts(), reuse, tell, ...given({ exactly }) });

/** Those of a run and of what continues it. Without any of the options, no state is kept. */
export const keptStates = (options: ReuseOptions): E.Either<Fault, { readonly states?: KeptStates }> => {
  const { reuse = false, states = RUN_STATES } = options;
  if (!reuse && options.states === undefined && options.keepStates === undefined) return E.right({});
  return E.map(() => ({ states: statesFor(states, options, reuse, complain) }))(placeOfStates(states));
};
