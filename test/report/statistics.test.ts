/** The sign-flip test, its inversion, and what is stated about differences and savings: against cases computed by hand, and coverage by simulation. */
import assert from 'node:assert/strict';
import { sum } from 'd3-array';
import fc from 'fast-check';
import { type RandomStream, stream } from '../../src/data/random.js';
import { LEAST_SAMPLES, signFlip, typicalValues } from '../../src/report/comparison/sign-flip.js';
import { averageOf, type Cost, pairedDifference, saving } from '../../src/report/comparison/statistics.js';
import { LOGNORMAL, NORMAL, type Population, samplesOf, T3 } from './samples.js';

const near = (found: number | undefined, expected: number, within = 1e-12): void =>
  assert.ok(found !== undefined && Math.abs(found - expected) <= within, `${found} for ${expected}`);

const zeros = (samples: readonly number[]): readonly number[] => samples.map(() => 0);
const exactly = (values: readonly number[]): readonly Cost[] => values.map((value) => ({ least: value, most: value }));

describe('the sign-flip test', () => {
  it('counts the assignments that are as far from 0', () => {
    // 8 assignments of ±1 ±2 ±3: the sum is 6 or −6 in two of them.
    assert.equal(signFlip([1, 2, 3]), 2 / 8);
    // Sums of ±1 ±2 ±3 that are at least 2 in size: all but 0 (twice), so 6 of 8.
    assert.equal(signFlip([1, -2, 3]), 6 / 8);
    assert.equal(signFlip([1, 1, 1, 1, 1, 1]), 2 / 64);
    assert.equal(signFlip([0, 0, 0]), 1);
  });

  it('agrees with all assignments of signs, one after the other', () => {
    const byHand = (differences: readonly number[]): number => {
      const found = Math.abs(sum(differences));
      const assignments = 2 ** differences.length;
      let asFar = 0;
      for (let signs = 0; signs < assignments; signs++)
        if (Math.abs(sum(differences, (one, index) => ((signs >> index) & 1 ? -one : one))) >= found) asFar += 1;
      return asFar / assignments;
    };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 }), (differences) => {
        near(signFlip(differences), byHand(differences));
      }),
    );
  });

  it('of many differences draws what it cannot count, and stays near what it would count', () => {
    const many = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 1 : -1));
    assert.equal(signFlip(many), 1);
    assert.ok(signFlip(Array.from({ length: 20 }, () => 1)) < 0.001);
  });

  it('has the means of all subsets as typical values', () => {
    assert.deepEqual([...typicalValues([1, 3])], [1, 2, 3]);
    // 1/2, 5/8, and 6/10 of both.
    assert.deepEqual([...typicalValues([1, 5], [2, 8])], [0.5, 0.6, 0.625]);
  });
});

describe('an interval', () => {
  it('of six samples is from the least to the greatest: 62 of 64 assignments', () => {
    const { value, interval, p } = pairedDifference([3, 1, 2, 6, 5, 4], zeros([1, 2, 3, 4, 5, 6]));
    assert.deepEqual({ value, interval, p }, { value: 3.5, interval: { low: 1, high: 6 }, p: 2 / 64 });
  });

  it('of seven samples leaves out two typical values on either side: a third would be 8 of 128 assignments', () => {
    // Means of subsets of 1, 2, 4, … 64 from below: 1, (1 + 2) / 2, 2.
    const { interval } = pairedDifference([1, 2, 4, 8, 16, 32, 64], zeros([1, 2, 3, 4, 5, 6, 7]));
    near(interval?.low, 2);
    // From above: 64, (64 + 32) / 2, (64 + 16) / 2.
    near(interval?.high, 40);
  });

  it('and test never disagree', () => {
    const samples = fc.array(fc.integer({ min: -6, max: 9 }), { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(samples, (differences) => {
        const { interval, p, shown } = pairedDifference(differences, zeros(differences));
        assert.equal(shown, p < 0.05);
        assert.equal(shown, interval !== undefined && (interval.low > 0 || interval.high < 0));
        near(p, signFlip(differences));
      }),
    );
  });

  it('is one of those values that the test does not reject, and none besides', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 6, maxLength: 9 }), (samples) => {
        const { interval } = pairedDifference(samples, zeros(samples));
        assert.ok(interval !== undefined);
        const at = (value: number): number => signFlip(samples.map((one) => one - value));
        assert.ok(at(interval.low) >= 0.05 && at(interval.high) >= 0.05, 'its ends are not rejected');
        assert.ok(at(interval.low - 1e-6) < 0.05 && at(interval.high + 1e-6) < 0.05, 'what lies beyond them is');
      }),
    );
  });

  it('there is none of fewer than six samples, which never show anything', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: LEAST_SAMPLES - 1 }),
        (differences) => {
          const found = pairedDifference(differences, zeros(differences));
          assert.equal('interval' in found, false);
          assert.equal(found.shown, false);
          assert.equal('interval' in saving(exactly(differences), exactly(differences.map((one) => 2 * one))), false);
        },
      ),
    );
  });

  it('of equal samples has no width', () => {
    const { value, interval, p, shown } = pairedDifference([1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7]);
    assert.deepEqual({ value, interval, p, shown }, { value: -1, interval: { low: -1, high: -1 }, p: 2 / 64, shown: true });
  });

  it('of the same samples is the same on every call, drawn or counted', () => {
    const samples = Array.from({ length: 17 }, (_, index) => Math.sin(index));
    assert.deepEqual(pairedDifference(samples, zeros(samples)), pairedDifference(samples, zeros(samples)));
  });
});

describe('an interval that is called 95 % covers (law 14)', () => {
  /** In which share of rounds the interval of `count` samples covers. */
  const coverage = (name: string, rounds: number, covers: (random: RandomStream) => boolean): number => {
    const random = stream(7, name);
    return Array.from({ length: rounds }, () => covers(random)).filter(Boolean).length / rounds;
  };
  const ofMean = (population: Population, count: number, rounds: number): number =>
    coverage(`${population.name} ${count}`, rounds, (random) => {
      const samples = samplesOf(population, count, random);
      const { interval } = pairedDifference(samples, zeros(samples));
      return interval !== undefined && interval.low <= population.mean && population.mean <= interval.high;
    });

  // A share of 4,000 rounds has a standard error of 0.3 percentage points.
  const cases: readonly (readonly [population: Population, samples: number, rounds: number, least: number])[] = [
    [NORMAL, 6, 4000, 0.96],
    [T3, 6, 4000, 0.96],
    [LOGNORMAL, 6, 4000, 0.86],
    [NORMAL, 7, 4000, 0.94],
    [T3, 7, 4000, 0.94],
    [NORMAL, 10, 1000, 0.93],
    [T3, 10, 1000, 0.93],
    [NORMAL, 16, 100, 0.9],
  ];
  for (const [population, count, rounds, least] of cases)
    it(`of the mean of ${count} samples, ${population.name}: at least ${100 * least} %`, () => {
      const found = ofMean(population, count, rounds);
      assert.ok(found >= least, `${100 * found} %`);
      assert.ok(found < 0.985 || count > 10, `${100 * found} %: wider than it need be`);
    });

  it('of a saving at n = 6, where costs scatter by their own factors: at least 95 %', () => {
    const saved = 0.3;
    const found = coverage('saving', 4000, (random) => {
      const scattered = (middle: number) => samplesOf(NORMAL, 6, random).map((one) => middle * Math.exp(0.1 * one));
      const { interval } = saving(exactly(scattered(1 - saved)), exactly(scattered(1)));
      return interval?.low !== undefined && interval.low <= saved && saved <= interval.high;
    });
    assert.ok(found >= 0.95, `${100 * found} %`);
  });
});

describe('a saving', () => {
  it('is that of the sums', () => {
    // 1 − (1 + 5) / (2 + 8)
    const { least, most } = saving(exactly([1, 5]), exactly([2, 8]));
    near(least, 0.4);
    near(most, 0.4);
  });

  const base = exactly([10, 10, 10, 10, 10, 10]);

  it('of costs within bounds has an interval from the dearest to the cheapest', () => {
    const costs = [4, 5, 6, 4, 5, 6].map((least): Cost => ({ least, most: least + 1 }));
    const { least, most, interval, shown } = saving(costs, base);
    near(least, 0.4);
    near(most, 0.5);
    near(interval?.low, 0.3);
    near(interval?.high, 0.6);
    assert.equal(shown, true);
  });

  it('is bounded from above alone where some seed never came to the loss, and cannot be shown', () => {
    const costs: readonly Cost[] = [...exactly([5, 5, 5, 5, 5]), { least: 6 }];
    const { least, most, interval, shown } = saving(costs, base);
    assert.equal(least, undefined);
    near(most, 1 - 31 / 60);
    assert.deepEqual(Object.keys(interval ?? {}), ['high']);
    near(interval?.high, 0.5);
    assert.equal(shown, false);
  });

  it('that is none is shown though some seed never came to the loss: it cost more than all that it had', () => {
    const costs: readonly Cost[] = [...exactly([12, 13, 12, 14, 12]), { least: 11 }];
    const { most, interval, shown, p } = saving(costs, base);
    near(most, 1 - 74 / 60);
    near(interval?.high, -0.1);
    assert.deepEqual({ shown, p }, { shown: true, p: 2 / 64 });
  });
});

describe('an average', () => {
  it('has a standard error, of which one sample has none', () => {
    assert.deepEqual(averageOf([1, 2, 3]), { mean: 2, standardError: 1 / Math.sqrt(3) });
    assert.deepEqual(averageOf([5]), { mean: 5, standardError: 0 });
  });
});
