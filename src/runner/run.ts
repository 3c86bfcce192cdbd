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
import { verify } from '../schedule/verify/verify.js';
import { RUN_FILES } from './folder/run-folder.js';
import { fitsData, pinInitial } from './initial-weights.js';
import { keepsDocuments } from './keeps-documents.js';
import { LevelStack } from './levels/level-stack.js';
import { RunMemory } from './levels/run-memory.js';
import { DEFAULT_CHECKPOINTS, type RunOptions, runFaultOf } from './run-rules.js';
import { begin, carryOut, type RunSummary } from './stage-machine.js';
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
    options.planned?.(plan.right);
    const stack = await LevelStack.create(backend, model.right, schedule.setup.optimizer, schedule.setup.seed, pretrained?.parameters);
    if (E.isLeft(stack)) return E.left(faultOf(stack.left));
    const folder = options.folder.create();
    if (E.isLeft(folder)) {
      stack.right.release();
      return folder;
    }
    const written = folder.right.write(RUN_FILES.schedule, canonicalJson(schedule));
    if (E.isLeft(written)) {
      stack.right.release();
      folder.right.abandon();
      return written;
    }
    const state = new RunState({
      schedule,
      model: model.right,
      dataset,
      plan: plan.right,
      backend,
      folder: folder.right,
      stack: stack.right,
      memory: new RunMemory(stack.right.store),
      checkpoints: options.checkpoints ?? DEFAULT_CHECKPOINTS,
      listeners: options.listeners ?? [],
      signal: options.signal,
    });
    const began = performance.now();
    return carryOut(state, { began, resumes: 0, stop: await begin(state) });
  };
