/**
 * The two pipelines of the paper's study, for given numbers of steps on both levels. Not here: models and data (`../settings.ts`).
 */
import { branch, even, odd, pipeline, prolongate, repeat, restrict, type SetupInput, sequence, train } from 'vcycle';

/** Steps on the coarse level, and on the fine one. */
export interface Steps {
  readonly coarse: number;
  readonly fine: number;
}

/** The even layers first, then all of them. */
export const evenFirst = (setup: SetupInput, { coarse, fine }: Steps) =>
  pipeline(setup, restrict(even), train(coarse), prolongate, train(fine));

const ROUNDS = 5;

/** The method itself: each fine state starts an even and an odd network, followed by some fine steps; five times, then fine to the end. */
export const evenAndOdd = (setup: SetupInput, { coarse, fine }: Steps) => {
  const each = coarse / (2 * ROUNDS);
  const between = fine / (4 * ROUNDS);
  const evenArm = sequence(restrict(even), train(each), prolongate);
  const oddArm = sequence(restrict(odd), train(each), prolongate);
  return pipeline(setup, repeat(ROUNDS, branch(evenArm, oddArm), train(between)), train(fine - ROUNDS * between));
};
