/**
 * What a learning rate has too few steps for: a warm-up that the run (or the stage, on the stage's clock) does not get through, a re-warm-up
 * that the next transfer ends, a decay that the warm-up leaves no room for. Nothing is wrong with that, and nobody would guess it. Not here: the rates
 * themselves (`src/schedule/walk/learning-rate.ts`), sentences (`src/report`).
 */

import type { LearningRate, Schedule } from '../schedule/schedule.js';
import { type Visit, walk } from '../schedule/walk/walk.js';
import type { Plan } from './plan.js';

export interface CutShort {
  readonly part: 'warm-up' | 're-warm-up' | 'decay';
  /** The training stage in which it ends, the first of those alike; left out where it is that of the whole run. */
  readonly stage?: { readonly at: string; readonly op: string };
  /** How many stages are alike. */
  readonly times: number;
  /** Steps available for it. */
  readonly steps: number;
  /** Steps that it takes. */
  readonly of: number;
  /** Of the peak (after a transfer: of the rate that there would be without re-warm-up), what the last of the steps has, and so the most. */
  readonly reached?: number;
}

/** A training stage with its steps: those on the clock, and as many as it may take, which an end by tokens or FLOPs may make fewer. */
interface Trained {
  readonly visit: Visit;
  readonly clock: number;
  readonly steps: number;
}

const warmUp = ({ warmup }: LearningRate, steps: number): Omit<CutShort, 'times'> | undefined =>
  steps > 0 && steps <= warmup ? { part: 'warm-up', steps, of: warmup, reached: steps / (warmup + 1) } : undefined;

/** @param total steps that the clock counts. */
const decay = (rate: LearningRate, total: number): Omit<CutShort, 'times'> | undefined => {
  const left = total - rate.warmup;
  return rate.kind === 'wsd' && left > 0 && left < rate.decay * total
    ? { part: 'decay', steps: left, of: Math.round(rate.decay * total) }
    : undefined;
};

/** @param next the training stage after it: where that still counts from the same transfer, this one's end is no end. */
const rewarmUp = (
  { rewarm = 0 }: LearningRate,
  { visit, steps }: Trained,
  next: Trained | undefined,
): Omit<CutShort, 'times'> | undefined => {
  const { sinceTransfer } = visit;
  if (sinceTransfer === undefined || (next?.visit.sinceTransfer ?? 0) > 0) return undefined;
  const had = sinceTransfer + steps;
  return had > 0 && had <= rewarm ? { part: 're-warm-up', steps: had, of: rewarm, reached: had / (rewarm + 1) } : undefined;
};

/**
 * @returns what is cut short, in the order of the stages; empty where the rate is all that it says.
 * @example
 * cutShort(pipeline(setup, train(10)), plan) // [{ part: 'warm-up', times: 1, steps: 10, of: 100, reached: 10 / 101 }]
 */
export const cutShort = (schedule: Schedule, plan: Pick<Plan, 'stages' | 'clock'>): readonly CutShort[] => {
  const rate = schedule.setup.optimizer.learningRate;
  const trained = walk(schedule).flatMap((visit): readonly Trained[] =>
    visit.stage.kind === 'train' ? [{ visit, clock: visit.stage.steps, steps: plan.stages[visit.index]?.steps ?? 0 }] : [],
  );
  const found = new Map<string, CutShort>();
  const add = (cut: Omit<CutShort, 'times'> | undefined): void => {
    if (cut === undefined) return;
    const key = [cut.part, cut.steps, cut.of, cut.stage?.op].join();
    found.set(key, { ...(found.get(key) ?? cut), times: (found.get(key)?.times ?? 0) + 1 });
  };
  if (rate.clock === 'global') {
    const furthest = trained.reduce((most, { visit, steps }) => Math.max(most, visit.firstStep + steps), 0);
    add(warmUp(rate, furthest));
    add(decay(rate, plan.clock));
  }
  for (const [index, each] of trained.entries()) {
    const stage = { at: each.visit.at, op: each.visit.op };
    const ends = rate.clock === 'global' ? [] : [warmUp(rate, each.steps), decay(rate, each.clock)];
    for (const cut of [...ends, rewarmUp(rate, each, trained[index + 1])]) add(cut === undefined ? undefined : { ...cut, stage });
  }
  return [...found.values()];
};
