/**
 * Which settings of a schedule fit into a given memory: the number of microbatches, with each recomputation and without. The batch stays as it is, and so do
 * the losses: to the bit with recomputation, within rounding with microbatches. Not here: what a step takes (`work-costs.ts`), words (`src/report`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { recomputations } from '../schedule/defaults.js';
import type { Recompute, Schedule } from '../schedule/schedule.js';
import { verify } from '../schedule/verify/verify.js';
import { type PlanOptions, planVerified, type TracedPlan } from './plan-schedule.js';

export interface Settings {
  /** Microbatches of a batch; 1 processes it as a whole. */
  readonly accumulate: number;
  /** Undefined where all activations are kept. */
  readonly recompute: Recompute | undefined;
  /** FLOPs of the matrix products of training. */
  readonly flops: number;
  /** What a step takes. */
  readonly memory: Pick<TracedPlan, 'stepBytes' | 'processBytes'>;
}

/** Bytes that a machine must have for it. */
export const neededBytes = ({ stepBytes, processBytes = stepBytes }: Settings['memory']): number => processBytes;

/** Of each way no more than this: more microbatches than fit are slower and bring nothing. */
const MOST_ROWS = 3;

const divisorsOf = (batch: number): readonly number[] =>
  Array.from({ length: batch }, (_, index) => index + 1).filter((parts) => batch % parts === 0);

const withSettings = (
  { setup, ...schedule }: Schedule,
  { accumulate, recompute }: Pick<Settings, 'accumulate' | 'recompute'>,
): Schedule => {
  const { accumulate: _accumulate, recompute: _recompute, ...others } = setup;
  return {
    ...schedule,
    setup: { ...others, ...(accumulate === 1 ? {} : { accumulate }), ...(recompute === undefined ? {} : { recompute }) },
  };
};

export interface Fitting {
  /** Those that fit, fewest FLOPs first. */
  readonly settings: readonly Settings[];
  /** The settings that take the least, whether or not they fit. */
  readonly least: Settings | undefined;
}

/**
 * @param schedule verified
 * @param available bytes
 */
export const settingsWithin = (schedule: Schedule, options: PlanOptions, available: number): Fitting => {
  const of = (accumulate: number, recompute: Recompute | undefined): Settings | undefined => {
    const changed = verify(withSettings(schedule, { accumulate, recompute }));
    // Stages with a batch of their own may not divide into as many parts.
    if (E.isLeft(changed)) return undefined;
    const plan = planVerified(changed.right, options);
    if (E.isLeft(plan)) return undefined;
    const { stepBytes, processBytes, training } = plan.right;
    if (stepBytes === 0) return undefined;
    return {
      accumulate,
      recompute,
      flops: training.matmul,
      memory: { stepBytes, ...(processBytes === undefined ? {} : { processBytes }) },
    };
  };
  const settings: Settings[] = [];
  let least: Settings | undefined;
  for (const recompute of [undefined, ...recomputations]) {
    let fitting = 0;
    for (const accumulate of divisorsOf(schedule.setup.batch)) {
      const each = fitting === MOST_ROWS ? undefined : of(accumulate, recompute);
      if (each === undefined) continue;
      if (least === undefined || neededBytes(each.memory) < neededBytes(least.memory)) least = each;
      if (neededBytes(each.memory) > available) continue;
      settings.push(each);
      fitting++;
    }
  }
  const byFlops = (a: Settings, b: Settings): number => a.flops - b.flops || a.accumulate - b.accumulate;
  return { settings: settings.sort(byFlops), least };
};
