/**
 * The cost for a run to reach a loss. Pure functions. Not here: the run's losses (`run-trace.ts`), the saving (`pair.ts`).
 *
 * A run has reached a loss at the point from which its finest network stays at or below it until the end. The first passage would be a minimum over
 * noise: it comes earlier the more often one measures, and a run that ends above the loss may have had one (docs/decisions, "Intervals and races").
 */

import { between, type Curve, type Seen, type Spent, type Trace } from './run-trace.js';
import type { Cost } from './statistics.js';

/** The cost until a loss was reached; only bounds if the finest network was at it when first measured. */
export interface Reached {
  readonly flops: Cost;
  readonly seconds: Cost;
}

const bounds = (least: Spent, most?: Spent): Reached => ({
  flops: { least: least.flops, ...(most === undefined ? {} : { most: most.flops }) },
  seconds: { least: least.seconds, ...(most === undefined ? {} : { most: most.seconds }) },
});

/** Whether a run reached the loss. */
export const isReached = ({ flops }: Reached): boolean => flops.most !== undefined;

/** Whether the cost is known exactly; between two measurements of one stretch the loss is assumed to fall linearly. */
export const isExact = ({ flops }: Reached): boolean => flops.least === flops.most;

/** A loss as a race uses it: only those of the finest network count, and of training losses only those with a full window. */
export type SeenLoss = Omit<Seen, 'step' | 'stage'> & { readonly full?: boolean };

/** @param all the total cost of the run; if it does not end at the loss, reaching it takes more than that. */
export const costTo = (seen: readonly SeenLoss[], target: number, all: Spent): Reached => {
  const looks = seen.filter(({ stretch, full }) => stretch.finest && full !== false);
  const last = looks.at(-1);
  if (last === undefined || !(last.loss <= target)) return bounds(all);
  const index = looks.findLastIndex(({ loss }) => !(loss <= target)) + 1;
  const at = looks[index] ?? last;
  const before = looks[index - 1];
  if (before === undefined || before.stretch !== at.stretch) return bounds(at.stretch.begun, at);
  const share = (before.loss - target) / (before.loss - at.loss);
  const spent = { flops: between(before.flops, at.flops, share), seconds: between(before.seconds, at.seconds, share) };
  return bounds(spent, spent);
};

/** The cost for the run to reach a loss. A run that diverged delivers nothing, so it reaches none. */
export const reach = (trace: Trace, curve: Curve, target: number): Reached => {
  const { flops, seconds } = trace.training.at(-1) ?? { flops: 0, seconds: 0 };
  return costTo(trace.diverged ? [] : trace[curve], target, { flops: Math.max(flops, trace.flops), seconds });
};

/** The number of training steps of the last stretch, which are those of the network that the run delivers. */
export const lastSteps = ({ training, end }: Trace): number => training.filter(({ stretch }) => stretch === end).length;
