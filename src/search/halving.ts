/**
 * Successive halving over seeds: each rung runs the candidates that are left with one more seed, and the better half of them goes on. With a fixed
 * budget and noisy measurements that is sequential halving (Karnin, Koren and Somekh, "Almost Optimal Exploration in Multi-Armed Bandits", ICML 2013), from
 * which Jamieson and Talwalkar ("Non-stochastic Best Arm Identification and Hyperparameter Optimization", AISTATS 2016) made successive halving. Theirs
 * measures a candidate by a shorter run of it; ours by the whole run on fewer seeds (docs/search.md says why). Pure. Not here: running anything.
 */

/** A candidate's cost: FLOPs of one run of it. */
export interface Costed {
  readonly flops: number;
}

/** How many candidates each rung runs, if the first one has so many. */
export const rungSizes = (candidates: number, seeds: number): readonly number[] =>
  Array.from({ length: seeds }, (_, rung) => Math.ceil(candidates / 2 ** rung));

/** FLOPs of all rungs if the most expensive candidates survive each. */
export const mostFlops = (candidates: readonly Costed[], seeds: number): number => {
  const dearest = candidates.map(({ flops }) => flops).sort((a, b) => b - a);
  return rungSizes(candidates.length, seeds).reduce(
    (sum, size) => sum + dearest.slice(0, size).reduce((inner, flops) => inner + flops, 0),
    0,
  );
};

/** A candidate with its losses so far, one a seed. */
export interface Measured {
  readonly losses: readonly number[];
}

/** The mean; infinite where a run diverged. */
export const meanLoss = ({ losses }: Measured): number => {
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  return Number.isNaN(mean) ? Number.POSITIVE_INFINITY : mean;
};

/** Best first; equal ones as they were. */
export const byLoss = <M extends Measured>(measured: readonly M[]): readonly M[] =>
  [...measured].sort((a, b) => {
    const [first, second] = [meanLoss(a), meanLoss(b)];
    return first === second ? 0 : first - second;
  });
