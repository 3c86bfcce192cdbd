/** Where a command's runs keep states for other runs. Not here: the options (`state-options.ts`), the place itself (`src/store`). */
import { cpus } from 'node:os';
import { Folder } from '../../files/folder.js';
import { given } from '../../options.js';
import type { KeptStates } from '../../runner/state/kept-states.js';
import { statesIn } from '../../store/states-folder.js';
import { ownPackage } from '../process/own-package.js';
import type { StateOptions } from './state-options.js';

const DEFAULT_BUDGET = 2e9;

/** What determines the bits of a run besides what its record says: the kernels that a runtime chooses depend on the processor. */
export const stateFacts = (): readonly string[] => [`vcycle ${ownPackage().version}`, process.arch, cpus()[0]?.model ?? ''];

/** The place that keeps states under these options. */
export const statesFor = (
  folder: string,
  { keepStates = DEFAULT_BUDGET }: StateOptions,
  reuse: boolean,
  tell: (sentence: string) => void,
  exactly?: number,
): KeptStates => statesIn({ folder: Folder.at(folder), budget: keepStates, facts: stateFacts(), reuse, tell, ...given({ exactly }) });
