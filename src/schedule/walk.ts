/**
 * The walk: a schedule's stages in the order in which they happen, repeats unrolled, each with the level that it leads to.
 * For verified schedules (`verify.ts`), whose transfers all fit and whose length is bounded. Not here: costs (`plan.ts`), running.
 */
import { match } from 'ts-pattern';
import type { RepeatStage, Schedule, Stage } from './schedule.js';
import { printStage } from './text/print.js';

/** One grid: level 0 is the finest, with h = 1. */
export interface LevelState {
  readonly level: number;
  readonly layers: number;
  /** Factor of each residual branch. */
  readonly h: number;
}

export type LeafStage = Exclude<Stage, RepeatStage>;

/** A stage at the moment it happens; level, layers and h are those after it. */
export interface Visit extends LevelState {
  readonly index: number;
  readonly stage: LeafStage;
  /** The stage's canonical text. */
  readonly op: string;
  readonly from: LevelState;
  /** Training steps of the run before this stage. */
  readonly firstStep: number;
}

/** The stages without their repeats, lazily. */
export function* unrolled(stages: readonly Stage[]): Generator<LeafStage> {
  for (const stage of stages) {
    if (stage.kind !== 'repeat') {
      yield stage;
      continue;
    }
    for (let pass = 0; pass < stage.times; pass += 1) yield* unrolled(stage.stages);
  }
}

/**
 * @returns one visit for each stage that happens.
 * @example
 * walk(pipeline(setup, restrict(even), train(40), prolongate)).map(({ op, level, h }) => [op, level, h])
 * // [['restrict(even)', 1, 2], ['train(40)', 1, 2], ['prolongate', 0, 1]]
 */
export const walk = (schedule: Schedule): readonly Visit[] => {
  const visits: Visit[] = [];
  const finer: LevelState[] = [];
  let here: LevelState = { level: 0, layers: schedule.setup.model.layers, h: 1 };
  let firstStep = 0;
  for (const stage of unrolled(schedule.stages)) {
    const from = here;
    const begins = firstStep;
    match(stage)
      .with({ kind: 'train' }, ({ steps }) => {
        firstStep += steps;
      })
      .with({ kind: 'restrict' }, ({ operator, h }) => {
        finer.push(from);
        here = { level: from.level + 1, layers: from.layers / operator.factor, h: h === 'keep' ? from.h : from.h * operator.factor };
      })
      .with({ kind: 'prolongate' }, () => {
        here = finer.pop() ?? from;
      })
      .exhaustive();
    visits.push({ index: visits.length, stage, op: printStage(stage), ...here, from, firstStep: begins });
  }
  return visits;
};
