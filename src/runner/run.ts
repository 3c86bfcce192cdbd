/**
 * A run from its beginning: what it needs is created or refused before the first step. Not here: the walk (`stage-machine.ts`), continuing a run that
 * was ended (`resume.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { faultOf } from '../backend.js';
import type { Dataset } from '../data/dataset.js';
import { type Fault, inputFault } from '../fault.js';
import type { Invalid } from '../invalid.js';
import { planVerified, sizedModel } from '../plan/plan-schedule.js';
import { canonicalJson } from '../schedule/json/canonical.js';
import type { Schedule } from '../schedule/schedule.js';
import { namedTextOf } from '../schedule/text/index.js';
import { verify } from '../schedule/verify/verify.js';
import { resolve } from '../transfer/resolve.js';
import { openArms } from './arms/arms-at-once.js';
import { RUN_FILES } from './folder/run-folder.js';
import { type Begun, fitsData, pinInitial } from './initial-weights.js';
import { keepsDocuments } from './keeps-documents.js';
import { LevelStack } from './levels/level-stack.js';
import { RunMemory } from './levels/run-memory.js';
import { continued, findHead, type Head } from './reuse.js';
import { DEFAULT_CHECKPOINTS, type RunOptions, runFaultOf } from './run-rules.js';
import { begin, carryOut, type RunSummary } from './stage-machine.js';
import { stateAddresses } from './state/kept-states.js';
import type { RunInputs } from './state/run-inputs.js';
import { RunState } from './state/run-state.js';
import { fitsStages } from './state/stage-data.js';

/**
 * Runs a schedule from its beginning.
 *
 * @param given the value of `pipeline`; verified here, so that nothing unverified reaches a backend.
 *
 * Right, also for a run that was stopped, diverged or failed half-way: its outcome says so, and its folder contains what it had. Left: the run could
 * not begin (the schedule, the folder, the vocabulary, a program that the backend cannot compile).
 */
export const run =
  (given: Schedule | Invalid, dataset: Dataset, options: RunOptions): TaskEither<Fault, RunSummary> =>
  async () => {
    const wrong = runFaultOf(dataset, options);
    if (wrong !== undefined) return E.left(inputFault(wrong));
    const { backend } = options;
    const verified = verify(given);
    if (E.isLeft(verified)) return verified;
    const begun = pinInitial(verified.right, options.initial);
    if (E.isLeft(begun)) return begun;
    const { schedule, pretrained } = begun.right;
    const kept = keepsDocuments(schedule, dataset);
    if (E.isLeft(kept)) return kept;
    const stageData = fitsStages(schedule, dataset);
    if (E.isLeft(stageData)) return stageData;
    const model = sizedModel(schedule, dataset.vocabulary);
    if (E.isLeft(model)) return model;
    const fits = fitsData(begun.right, model.right, dataset);
    if (E.isLeft(fits)) return fits;
    const plan = planVerified(schedule, { vocabulary: dataset.vocabulary, capabilities: backend.capabilities });
    if (E.isLeft(plan)) return plan;
    const free = options.folder.isFree();
    if (E.isLeft(free)) return free;
    const armed = await openArms(backend, resolve(schedule));
    if (E.isLeft(armed)) return armed;
    options.planned?.(plan.right);
    const named = namedTextOf(given);
    const led = { schedule, ...(named === undefined ? {} : { named }), model: model.right, dataset, plan: plan.right, backend };
    const found = headIn(options, led);
    if (E.isLeft(found)) return found;
    const head = found.right;
    const held = await levelsOf(led, head, pretrained?.parameters);
    if (E.isLeft(held)) return held;
    const { stack, memory } = held.right;
    const folder = options.folder.create();
    if (E.isLeft(folder)) {
      release(held.right);
      return folder;
    }
    const inputs: RunInputs = {
      ...led,
      folder: folder.right,
      stack,
      memory,
      checkpoints: options.checkpoints ?? DEFAULT_CHECKPOINTS,
      listeners: options.listeners ?? [],
      signal: options.signal,
      ...(options.states === undefined ? {} : { states: options.states }),
      ...(head === undefined ? {} : { reused: head.reused }),
    };
    const written = folder.right.write(RUN_FILES.schedule, canonicalJson(schedule));
    const opened = E.isLeft(written) ? written : head === undefined ? E.right(new RunState(inputs)) : continued(inputs, head);
    if (E.isLeft(opened)) {
      release(held.right);
      folder.right.abandon();
      return opened;
    }
    const began = performance.now();
    return carryOut(opened.right, { began, resumes: 0, stop: head === undefined ? await begin(opened.right) : undefined });
  };

type Led = Omit<RunInputs, 'folder' | 'stack' | 'memory' | 'checkpoints' | 'listeners' | 'signal'>;

/** A head of the schedule whose state another run has kept, if the caller wants one. Left: it wants one that is not there. */
const headIn = ({ states }: RunOptions, led: Led): E.Either<Fault, Head | undefined> => {
  if (states?.reuse !== true) return E.right(undefined);
  const { exactly } = states;
  const addresses = stateAddresses(led, states.facts);
  if (exactly === undefined) return E.right(findHead(states, addresses, led.schedule, led.model));
  const last = [...addresses].findLast(([stage]) => stage < exactly);
  if (last === undefined) return E.right(undefined);
  const head = findHead(states, new Map([last]), led.schedule, led.model);
  return head === undefined
    ? E.left(
        inputFault(
          `no state is kept of the end of stage ${last[0] + 1} as this run reaches it on ${led.backend.name}, ${led.backend.capabilities.device} (its learning rates may depend on what comes later, its bits on the number of threads); train it from the beginning`,
        ),
      )
    : E.right(head);
};

interface Held {
  readonly stack: LevelStack;
  readonly memory: RunMemory;
}

const release = ({ stack, memory }: Held): void => {
  memory.forget('');
  stack.release();
};

/** The levels with which the run begins. */
const levelsOf = async (
  { backend, model, schedule }: Led,
  head: Head | undefined,
  pretrained: NonNullable<Begun['pretrained']>['parameters'] | undefined,
): Promise<E.Either<Fault, Held>> => {
  const { optimizer, seed } = schedule.setup;
  if (head !== undefined) return E.mapLeft(faultOf)(await LevelStack.restore(backend, model, optimizer, seed, head.checkpoint));
  const stack = await LevelStack.create(backend, model, optimizer, seed, pretrained);
  return E.bimap(faultOf, (stack: LevelStack) => ({ stack, memory: new RunMemory(stack.store) }))(stack);
};
