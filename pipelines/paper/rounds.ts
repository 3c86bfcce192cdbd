/**
 * The method: each fine state starts a network of the even layers and one of the odd ones, with step size 2h; each writes back its own
 * layers, and some fine steps follow. Not here: the setting (`gpt2-tokens.ts`), the numbers of steps (the pipelines).
 */
import { branch, even, odd, pipeline, prolongate, repeat, restrict, type SetupInput, sequence, train } from 'vcycle';

export interface Rounds {
  readonly rounds: number;
  /** Steps of a round on each coarse network, and on the fine one. */
  readonly coarse: number;
  readonly fine: number;
}

export const evenAndOdd = (setup: SetupInput, { rounds, coarse, fine }: Rounds) => {
  const evenArm = sequence(restrict(even), train(coarse), prolongate);
  const oddArm = sequence(restrict(odd), train(coarse), prolongate);
  return pipeline(setup, repeat(rounds, branch(evenArm, oddArm), train(fine)));
};
