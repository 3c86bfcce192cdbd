/**
 * What it took a run to come to a loss. Pure. Not here: the run's losses (`run-trace.ts`), what is saved (`pair.ts`).
 *
 * A run has come to a loss where its finest network is at or below it from there to the end. A first passage would be a minimum over noise: the
 * more often one looks, the earlier it is, and a run that ends above the loss may have passed it (docs/decisions, "Intervals and races").
 */

import { between, type Curve, type Seen, type Spent, type Trace } from './run-trace.js';
import type { Cost } from './statistics.js';

/** What was spent until a loss was reached; bounds of it where the finest network was at it when first looked at. */
export interface Reached {
  readonly flops: Cost;
  readonly seconds: Cost;
}

const bounds = (least: Spent, most?: Spent): Reached => ({
  flops: { least: least.flops, ...(most === undefined ? {} : { most: most.flops }) },
  seconds: { least: least.seconds, ...(most === undefined ? {} : { most: most.seconds }) },
});

/** Whether a run came to the loss. */
export const isReached = ({ flops }: Reached): boolean => flops.most !== undefined;

/** Whether it is known exactly what that took: between two looks of one stretch the loss is taken to fall evenly. */
export const isExact = ({ flops }: Reached): boolean => flops.least === flops.most;

/** A loss as a race looks at it: only those of the finest network count, and of training those whose window is full. */
export type SeenLoss = Omit<Seen, 'step' | 'stage'> & { readonly full?: boolean };

/** @param all what the run has spent: if it is not at the loss in the end, coming to it takes more than that. */
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

/** What it took the run to come to a loss. One that diverged delivers nothing: it comes to none. */
export const reach = (trace: Trace, curve: Curve, target: number): Reached => {
  const { flops, seconds } = trace.training.at(-1) ?? { flops: 0, seconds: 0 };
  return costTo(trace.diverged ? [] : trace[curve], target, { flops: Math.max(flops, trace.flops), seconds });
};

/** Training steps of the stretch with which the run ends: those of the network that it delivers. */
export const lastSteps = ({ training, end }: Trace): number => training.filter(({ stretch }) => stretch === end).length;
