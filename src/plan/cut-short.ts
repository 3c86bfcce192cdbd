/**
 * Parts of a learning rate for which there are too few steps: a warm-up that the run (or the stage, on the stage's clock) does not complete, a
 * re-warm-up that the next transfer ends, a decay for which the warm-up leaves no room. This is allowed, but would surprise, so it is reported. Not
 * here: the rates themselves (`src/schedule/walk/learning-rate.ts`), sentences (`src/report`).
 */

import type { LearningRate, Schedule } from '../schedule/schedule.js';
import { settingsOf } from '../schedule/walk/step-settings.js';
import { type Visit, walk } from '../schedule/walk/walk.js';
import type { Plan } from './plan.js';

export interface CutShort {
  readonly part: 'warm-up' | 're-warm-up' | 'decay';
  /** The training stage in which it ends, the first of several like it; absent where it concerns the whole run. */
  readonly stage?: { readonly at: string; readonly op: string };
  /** The number of stages like it. */
  readonly times: number;
  /** Steps available for it. */
  readonly steps: number;
  /** Steps that it takes. */
  readonly of: number;
  /** The largest rate reached, at the last of the steps, as a share of the peak (after a transfer: of the rate without re-warm-up). */
  readonly reached?: number;
}

/** A training stage with its steps on the clock, and the number that it may take, which an end by tokens or FLOPs may reduce. */
interface Trained {
  readonly visit: Visit;
  readonly clock: number;
  readonly steps: number;
  /** Steps of the clock before it, and those of the stage that rounds before it had. */
  readonly begins: number;
  readonly before: number;
  /** Its own learning rate, or the optimizer's. */
  readonly rate: LearningRate;
}

const warmUp = ({ warmup }: LearningRate, steps: number): Omit<CutShort, 'times'> | undefined =>
  steps > 0 && steps <= warmup ? { part: 'warm-up', steps, of: warmup, reached: steps / (warmup + 1) } : undefined;

/** @param total the number of steps of the clock. */
const decay = (rate: LearningRate, total: number): Omit<CutShort, 'times'> | undefined => {
  const left = total - rate.warmup;
  return rate.kind === 'wsd' && left > 0 && left < rate.decay * total
    ? { part: 'decay', steps: left, of: Math.round(rate.decay * total) }
    : undefined;
};

/** @param next the training stage after it: if that still counts from the same transfer, the re-warm-up continues there. */
const rewarmUp = ({ visit, steps, rate: { rewarm = 0 } }: Trained, next: Trained | undefined): Omit<CutShort, 'times'> | undefined => {
  const { sinceTransfer } = visit;
  if (sinceTransfer === undefined || (next?.visit.sinceTransfer ?? 0) > (next?.before ?? 0)) return undefined;
  const had = sinceTransfer + steps;
  return had > 0 && had <= rewarm ? { part: 're-warm-up', steps: had, of: rewarm, reached: had / (rewarm + 1) } : undefined;
};

/**
 * @returns what is cut short, in the order of the stages; empty where nothing is.
 * @example
 * cutShort(pipeline(setup, train(10)), plan) // [{ part: 'warm-up', times: 1, steps: 10, of: 100, reached: 10 / 101 }]
 */
export const cutShort = (schedule: Schedule, plan: Pick<Plan, 'stages' | 'clock'>): readonly CutShort[] => {
  const usual = schedule.setup.optimizer.learningRate;
  const trained = walk(schedule).flatMap((visit): readonly Trained[] => {
    const { stage, index } = visit;
    if (stage.kind !== 'train') return [];
    const { learningRate: rate } = settingsOf(stage, schedule.setup);
    // Replicas have the same rates at the same time, and their rounds continue one stage.
    const { before, of } = visit.within ?? { before: 0, of: stage.steps };
    if (visit.replica !== undefined && (visit.replica.index > 0 || before + stage.steps < of)) return [];
    const begins = visit.firstStep - (visit.beside ?? 0);
    return [{ visit, before, begins, clock: of, steps: plan.stages[index]?.steps ?? 0, rate }];
  });
  const end = ({ begins, steps }: Trained): number => begins + steps;
  const found = new Map<string, CutShort>();
  const add = (cut: Omit<CutShort, 'times'> | undefined): void => {
    if (cut === undefined) return;
    const key = [cut.part, cut.steps, cut.of, cut.stage?.op].join();
    found.set(key, { ...(found.get(key) ?? cut), times: (found.get(key)?.times ?? 0) + 1 });
  };
  if (usual.clock === 'global') {
    const furthest = trained.reduce((most, each) => (each.rate === usual ? Math.max(most, end(each)) : most), 0);
    add(warmUp(usual, furthest));
    add(furthest === 0 ? undefined : decay(usual, plan.clock));
  }
  for (const [index, each] of trained.entries()) {
    const stage = { at: each.visit.at, op: each.visit.op };
    const { rate } = each;
    const own =
      rate.clock === 'stage'
        ? [warmUp(rate, each.before + each.steps), decay(rate, each.clock)]
        : [warmUp(rate, end(each)), decay(rate, plan.clock)];
    const ends = rate === usual && rate.clock === 'global' ? [] : own;
    for (const cut of [...ends, rewarmUp(each, trained[index + 1])]) add(cut === undefined ? undefined : { ...cut, stage });
  }
  return [...found.values()];
};
