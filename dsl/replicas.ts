/**
 * Replicas as values: copies of the present state that train on different data and are merged by an outer optimizer. Not here: the merge itself
 * (`src/transfer`), the other stages (`stages.ts`).
 */
import { given, optionsFault } from '../src/options.js';
import type { OuterOptimizer } from '../src/schedule/schedule.js';
import { defaults } from '../src/schedule/text/index.js';
import { builder, inPlace } from './builder.js';
import type { Replicas, StageLike } from './stages.js';
import type { AmountArgument } from './types/fault/amount-fault.js';
import type { AcceptedCount, CountArgument, NumberFault } from './types/fault/count-fault.js';
import type { Judged } from './types/fault/judged.js';

export interface ReplicasOptions<Every extends number = number, Rounds extends number | undefined = number | undefined> {
  /** Training steps of each replica between two merges; it divides the steps of the training, from which the number of rounds follows. */
  readonly every: CountArgument<'every', 1, Every>;
  /** With it each replica takes all the stages in each of so many rounds, which `every` steps are; the stages may then be any that an arm may have. */
  readonly rounds?: Judged<Rounds, Rounds extends number ? NumberFault<'rounds', 1, Rounds> : never>;
  /**
   * What merges them: `nesterov(rate, momentum)`, by default `nesterov(0.7, 0.9)` as Douillard et al. (2023) chose, or `average`, which is their mean.
   */
  readonly outer?: 'average' | OuterOptimizer;
}

/**
 * SGD with Nesterov momentum on the mean difference Δ of the replicas: v ← momentum·v + Δ, θ ← θ − rate·(Δ + momentum·v). Momentum 0 is plain SGD.
 *
 * @example
 * replicas(4, { every: 50, outer: nesterov(0.7, 0.9) }, train(500))
 */
export const nesterov = builder(
  'nesterov',
  2,
  <const Rate extends number, const Momentum extends number>(
    rate: AmountArgument<'rate', Rate>,
    momentum: AmountArgument<'momentum', Momentum>,
  ): OuterOptimizer => ({ kind: 'nesterov', rate: rate as number, momentum: momentum as number }),
);

const outerOf = (outer: ReplicasOptions['outer']): OuterOptimizer => {
  if (outer === undefined) return defaults.replicas.outer;
  return typeof outer === 'string' ? { kind: outer } : outer;
};

/**
 * Copies of the present state, each with moments of its own, that train on different data for `every` steps and are then merged, again and again
 * (DiLoCo: Douillard et al. 2023, arXiv:2311.08105). In each step they train on `k` batches: replica i on the i-th part of a batch `k` times as large.
 *
 * @example
 * pipeline(setup, train(100), replicas(4, { every: 50, outer: nesterov(0.7, 0.9) }, train(500)))
 * // train(100) >> replicas(4, every: 50, train(500)): ten rounds
 */
export const replicas = <
  const Count extends number,
  const Every extends number,
  const Stages extends readonly StageLike[],
  const Rounds extends number | undefined = undefined,
>(
  count: CountArgument<'replicas', 2, Count>,
  options: ReplicasOptions<Every, Rounds>,
  ...stages: Stages
): Replicas<AcceptedCount<'replicas', 2, Count>, AcceptedCount<'every', 1, Every>, Rounds, Stages> => {
  const fault = optionsFault('replicas', ['every', 'rounds', 'outer'], options ?? null);
  if (fault !== undefined) return inPlace(fault);
  const { outer, ...others } = options;
  const stage = { kind: 'replicas', replicas: count, ...given(others), outer: outerOf(outer), stages };
  return stage as unknown as Replicas<AcceptedCount<'replicas', 2, Count>, AcceptedCount<'every', 1, Every>, Rounds, Stages>;
};
