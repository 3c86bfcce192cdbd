/**
 * Random streams by name: the same seed, name and indices give the same numbers, whatever else was drawn before. Any draw of a run can be made by
 * itself, in any order, on any machine; there is no global state and no clock. Not here: what is drawn (initial weights: `src/model`, batches:
 * `batches.ts`), and nothing fit for secrets.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { randomNormal } from 'd3-random';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export interface RandomStream {
  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number;
  /** Uniform over 0 … bound - 1. `bound` is a whole number from 1 to 2^53. */
  integer(bound: number): number;
  normal(mean: number, deviation: number): number;
  /** Fills `target` with `normal(0, deviation)`: the same draws, one after another, rounded to f32. */
  fillNormal(target: Float32Array, deviation: number): void;
}

/**
 * The stream of a seed, a name and indices. Streams that differ in any of them are independent: all 128 bits of the generator's
 * state come from a hash of the three.
 *
 * @example
 * const starts = stream(1, 'batch', 42);
 * starts.integer(1000); // the same number today, tomorrow and in a browser
 */
export const stream = (seed: number, name: string, ...indices: number[]): RandomStream => {
  // JSON distinguishes ('a', 1, 2) from ('a', 12), and digits or separators in a name from its indices.
  const digest = sha256(new TextEncoder().encode(JSON.stringify(['vcycle', seed, name, ...indices])));
  const words = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => words.getInt32(offset, true)));
  const uniform = (): number => uniformFloat64(generator);
  const standard = randomNormal.source(uniform)(0, 1);
  return {
    uniform,
    integer: (bound) => uniformInt(generator, 0, bound - 1),
    normal: (mean, deviation) => mean + deviation * standard(),
    fillNormal: (target, deviation) => {
      for (let index = 0; index < target.length; index++) target[index] = deviation * standard();
    },
  };
};
