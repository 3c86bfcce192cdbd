/**
 * How often 95% intervals of a handful of samples cover the mean, by method: the figures of docs/decisions/0013. Not a test itself.
 * `node dist/test/report/interval-methods.js`
 */
import { deviation, mean, quantileSorted } from 'd3-array';
import type { RandomStream } from '../../src/data/random.js';
import { stream } from '../../src/data/random.js';
import { highEnd, lowEnd, typicalValues } from '../../src/report/comparison/sign-flip.js';
import type { Interval } from '../../src/report/comparison/statistics.js';
import { LOGNORMAL, NORMAL, type Population, samplesOf, T3 } from './samples.js';

type Method = (samples: readonly number[], random: RandomStream) => Interval;

const RESAMPLES = 1000;

/** Efron 1979: quantiles of the means of samples drawn again with replacement. */
const percentileBootstrap: Method = (samples, random) => {
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < samples.length; drawn++) sum += samples[random.integer(samples.length)] ?? Number.NaN;
    return sum / samples.length;
  }).sort();
  const at = (share: number): number => quantileSorted([...means], share) ?? Number.NaN;
  return { low: at(0.025), high: at(0.975) };
};

/** Student's t at 97.5%, by samples. */
const T_QUANTILE = new Map([
  [6, 2.5706],
  [8, 2.3646],
  [10, 2.2622],
]);

const studentT: Method = (samples) => {
  const half = ((T_QUANTILE.get(samples.length) ?? Number.NaN) * (deviation(samples) ?? Number.NaN)) / Math.sqrt(samples.length);
  const middle = mean(samples) ?? Number.NaN;
  return { low: middle - half, high: middle + half };
};

const signFlips: Method = (samples) => {
  const values = typicalValues(samples);
  return { low: lowEnd(values) ?? Number.NaN, high: highEnd(values) ?? Number.NaN };
};

const METHODS: readonly (readonly [name: string, method: Method])[] = [
  ['percentile bootstrap', percentileBootstrap],
  ["Student's t", studentT],
  ['sign flips, inverted', signFlips],
];

const TRIALS = 4000;

/** How often the interval covers the mean; how wide it is, as a mean in standard deviations of the first column; how often it leaves out 0, `shift` from the mean. */
const trial = (method: Method, population: Population, count: number, shift: number): { covers: number; width: number; shows: number } => {
  const random = stream(1, `intervals of ${population.name}`, count);
  let [covers, width, shows] = [0, 0, 0];
  for (let round = 0; round < TRIALS; round++) {
    const { low, high } = method(samplesOf(population, count, random), random);
    const { mean: truth } = population;
    if (low <= truth && truth <= high) covers += 1;
    if (low > truth - shift || high < truth - shift) shows += 1;
    width += high - low;
  }
  return { covers: covers / TRIALS, width: width / TRIALS, shows: shows / TRIALS };
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const main = (): void => {
  const head = ['samples', 'method', 'normal', 't3', 'lognormal', 'width, normal', 'shows a difference of 1 sd', 'of 2 sd'];
  const rows = [6, 8, 10].flatMap((count) =>
    METHODS.map(([name, method]) => {
      const [normal, heavy, skewed] = [NORMAL, T3, LOGNORMAL].map((population) => trial(method, population, count, 1));
      const far = trial(method, NORMAL, count, 2);
      const covered = [normal, heavy, skewed].map((one) => percent(one?.covers ?? Number.NaN));
      return [count, name, ...covered, `${normal?.width.toFixed(2)} sd`, percent(normal?.shows ?? Number.NaN), percent(far.shows)];
    }),
  );
  process.stdout.write(`${[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
};

main();
