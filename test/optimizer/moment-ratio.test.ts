/** How large AdamW lets m²/v become: the bound of one step over all gradients, that it is reached, and its fixed point. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Betas, largestRatio, largestUpdate, MOST_RATES, ratioAfter } from '../../src/optimizer/moment-ratio.js';

interface Moments {
  readonly m: number;
  readonly v: number;
}

const stepped = ({ beta1, beta2 }: Betas, { m, v }: Moments, gradient: number): Moments => ({
  m: beta1 * m + (1 - beta1) * gradient,
  v: beta2 * v + (1 - beta2) * gradient ** 2,
});
const ratioOf = ({ m, v }: Moments): number => m ** 2 / v;

/** The gradient for which Cauchy–Schwarz is an equality. */
const worst = ({ beta1, beta2 }: Betas, { m, v }: Moments): number => ((1 - beta1) * beta2 * v) / ((1 - beta2) * beta1 * m);

const betas = fc.record({
  beta1: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  beta2: fc.double({ min: 0.01, max: 0.9999, noNaN: true }),
});
const moments = fc.record({ m: fc.double({ min: 1e-3, max: 1e3, noNaN: true }), v: fc.double({ min: 1e-6, max: 1e6, noNaN: true }) });
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.abs(b);

describe('the largest m²/v', () => {
  it('after a step is no more than the bound, whatever the gradient', () =>
    fc.assert(
      fc.property(betas, moments, fc.double({ min: -1e3, max: 1e3, noNaN: true }), (each, before, gradient) => {
        const bound = ratioAfter(each, ratioOf(before));
        assert.ok(ratioOf(stepped(each, before, gradient)) <= bound * (1 + 1e-9));
      }),
    ));

  it('is the bound for some gradient', () =>
    fc.assert(
      fc.property(betas, moments, (each, before) =>
        assert.ok(near(ratioOf(stepped(each, before, worst(each, before))), ratioAfter(each, ratioOf(before)))),
      ),
    ));

  it('that updates reach from zeros is what a step makes of it again', () => {
    for (const [each, ratio, rates] of [
      [{ beta1: 0.9, beta2: 0.99 }, 5.5, 2.345],
      [{ beta1: 0.9, beta2: 0.999 }, 52.857, 7.27],
      [{ beta1: 0.9, beta2: 0.95 }, 1.357, 2.605],
    ] as const) {
      assert.ok(Math.abs(largestRatio(each) - ratio) < 1e-3);
      assert.ok(near(ratioAfter(each, largestRatio(each)), largestRatio(each)));
      let reached = 0;
      for (let step = 0; step < 500; step++) reached = ratioAfter(each, reached);
      assert.ok(near(reached, largestRatio(each)));
      const counts = Array.from({ length: 9999 }, (_, count) => largestUpdate(each, largestRatio(each), count + 1));
      assert.ok(Math.abs(Math.max(...counts) - rates) < 0.01, `${Math.max(...counts)}`);
    }
  });

  it('is that of ten rates where updates themselves reach more, or any', () => {
    for (const each of [
      { beta1: 0.9, beta2: 0.9999 },
      { beta1: 0.9, beta2: 0.81 },
      { beta1: 0.9, beta2: 0.5 },
      { beta1: 0, beta2: 0 },
    ])
      assert.equal(largestRatio(each), MOST_RATES ** 2);
  });
});
