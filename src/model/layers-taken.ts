/**
 * The layers that a step of a random subnetwork computes: a pure function of seed and step, the same on every backend. Every subset of that size is
 * as likely as any other. Not here: its size (`src/schedule/walk/subnetwork.ts`).
 */
import { stream } from '../data/random.js';

/**
 * Some of a level's layers, ascending.
 *
 * @param step the run's training steps before this one.
 * @example
 * layersTaken({ seed: 1, step: 0, layers: 4, kept: 4 }) // [0, 1, 2, 3]
 */
export const layersTaken = (at: {
  readonly seed: number;
  readonly step: number;
  readonly layers: number;
  readonly kept: number;
}): readonly number[] => {
  const draws = stream(at.seed, 'subnetwork', at.step);
  const rest = Array.from({ length: at.layers }, (_, layer) => layer);
  const taken = Array.from({ length: at.kept }, () => rest.splice(draws.integer(rest.length), 1)[0] as number);
  return taken.sort((a, b) => a - b);
};
