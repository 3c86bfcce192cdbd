/** Draws of the distributions on which intervals are tried, each with the mean that an interval is to cover. Not a test itself. */
import type { RandomStream } from '../../src/data/random.js';

export interface Population {
  readonly name: string;
  readonly mean: number;
  readonly draw: (random: RandomStream) => number;
}

const standard = (random: RandomStream): number => random.normal(0, 1);

export const NORMAL: Population = { name: 'normal', mean: 0, draw: standard };

/** Student's t with three degrees of freedom: now and then a seed is far off. */
export const T3: Population = {
  name: 't3',
  mean: 0,
  draw: (random) => standard(random) / Math.sqrt((standard(random) ** 2 + standard(random) ** 2 + standard(random) ** 2) / 3),
};

/** Skewed, which differences of like things are not. */
export const LOGNORMAL: Population = { name: 'lognormal', mean: Math.exp(0.5), draw: (random) => Math.exp(standard(random)) };

export const samplesOf = ({ draw }: Population, count: number, random: RandomStream): readonly number[] =>
  Array.from({ length: count }, () => draw(random));
