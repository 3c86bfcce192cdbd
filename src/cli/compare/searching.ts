/**
 * The runs of a search, rung by rung. Not here: doing the jobs (`sweeping.ts`), which candidates there are and who survives (`src/search`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { withSeed } from '../../baselines/tuning.js';
import type { Fault } from '../../fault.js';
import { lossesOf, type Tried } from '../../report/search/search-result.js';
import { type Candidate, nameOf } from '../../search/candidates.js';
import { byLoss, rungSizes } from '../../search/halving.js';
import { type Staffed, type StillQueued, tracesOf } from './sweeping.js';

/** Every candidate with the runs of the rungs that it reached, in the order in which they were drawn. */
export const triedBy = async (
  sweeping: Staffed,
  candidates: readonly Candidate[],
  seeds: readonly number[],
): Promise<E.Either<Fault | StillQueued, readonly Tried[]>> => {
  const tried = new Map<Candidate, Tried>(candidates.map((candidate) => [candidate, { ...candidate, traces: [] }]));
  let left = candidates;
  for (const [rung, size] of rungSizes(candidates.length, seeds.length).entries()) {
    const seed = seeds[rung] ?? 0;
    left = byLoss(left.map((candidate) => ({ candidate, losses: lossesOf(tried.get(candidate) ?? { traces: [] }) })))
      .slice(0, size)
      .map(({ candidate }) => candidate);
    const wanted = left.map(({ values, schedule, flops }) => ({ arm: nameOf(values), schedule: withSeed(schedule, seed), flops }));
    const traces = await tracesOf(sweeping, wanted, `rung ${rung + 1} of ${seeds.length}`);
    if (E.isLeft(traces)) return traces;
    for (const [index, candidate] of left.entries()) {
      const [before, trace] = [tried.get(candidate), traces.right[index]];
      if (before !== undefined && trace !== undefined) tried.set(candidate, { ...before, traces: [...before.traces, trace] });
    }
  }
  return E.right([...tried.values()]);
};
