/**
 * Stochastic depth (Huang et al. 2016, "Deep Networks with Stochastic Depth"): in each training step each layer, attention and feed-forward part
 * together, either takes part or is the identity. Which take part is a pure function of seed, step and layer, the same on every backend.
 *
 * The paper multiplies by the probability at inference; here a layer that takes part in training is divided by it, which has the same expectation and
 * leaves evaluation, samples and the exported model unchanged. A dropped layer is computed and multiplied by zero: one program serves all steps, and
 * no FLOPs are saved. Its gradient is zero, its moments decay, and the optimizer still moves it by its moments.
 */
import { stream } from '../data/random.js';

/** The probability that layer `layer` (0, 1, …) of `layers` takes part, linear over depth; `last` is that of the last one. */
export const survivalProbability = (layer: number, layers: number, last: number): number => 1 - ((layer + 1) / layers) * (1 - last);

/** The name of the program input that scales a layer's branches. */
export const survivalName = (layer: number): string => `layers.${layer}/survival`;

/**
 * The factor of each layer's branches in a step: 1 / probability, or 0.
 *
 * @param step the run's training steps before this one.
 * @example
 * survivals({ seed: 1, step: 0, layers: 4, last: 1 }) // [1, 1, 1, 1]
 */
export const survivals = (at: {
  readonly seed: number;
  readonly step: number;
  readonly layers: number;
  readonly last: number;
}): readonly number[] =>
  Array.from({ length: at.layers }, (_, layer) => {
    const probability = survivalProbability(layer, at.layers, at.last);
    return stream(at.seed, 'stochastic-depth', at.step, layer).uniform() < probability ? 1 / probability : 0;
  });
