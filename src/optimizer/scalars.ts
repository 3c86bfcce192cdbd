/**
 * The scalars of one training step: what the update rule reads anew each time.
 */
import { match } from 'ts-pattern';
import type { Optimizer } from '../schedule/schedule.js';
import { scalarNames } from './update.js';

/**
 * Values by input name. `updates` says for each group how many updates its moments have seen, this one included (1, 2, …): a layer
 * that sat out a coarse stage has seen fewer, and its bias correction must know.
 */
export const stepScalars = (
  optimizer: Optimizer,
  learningRate: number,
  updates: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> => {
  const scalars = new Map<string, number>([
    [scalarNames.learningRate, learningRate],
    [scalarNames.decay, 1 - learningRate * optimizer.weightDecay],
  ]);
  return match(optimizer)
    .with({ kind: 'sgd' }, () => scalars)
    .with({ kind: 'adamw' }, ({ beta1, beta2, epsilon }) => {
      for (const [group, count] of updates) {
        const secondCorrection = Math.sqrt(1 - beta2 ** count);
        scalars.set(scalarNames.stepSize(group), (learningRate * secondCorrection) / (1 - beta1 ** count));
        scalars.set(scalarNames.epsilon(group), epsilon * secondCorrection);
      }
      return scalars;
    })
    .exhaustive();
};
