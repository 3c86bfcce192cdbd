import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clockAt, learningRateAt } from '../../src/schedule/learning-rate.js';
import type { LearningRate } from '../../src/schedule/schedule.js';

const near = (actual: number, wanted: number) =>
  assert.ok(Math.abs(actual - wanted) <= 1e-12 * Math.abs(wanted), `${actual} is not ${wanted}`);

const cosine: LearningRate = { kind: 'cosine', peak: 1e-3, floor: 1e-4, warmup: 100, clock: 'global' };
const wsd: LearningRate = { kind: 'wsd', peak: 1, floor: 0.1, warmup: 10, decay: 0.25, clock: 'global' };

describe('learning rates', () => {
  it('warm up from peak / (warmup + 1) to the peak, as nanoGPT does', () => {
    near(learningRateAt(cosine, { step: 0, total: 2000 }), 1e-3 / 101);
    near(learningRateAt(cosine, { step: 99, total: 2000 }), 1e-1 / 101);
    near(learningRateAt(cosine, { step: 100, total: 2000 }), 1e-3);
  });

  it('cosine is half way in the middle and at the floor at the end', () => {
    near(learningRateAt(cosine, { step: 1050, total: 2000 }), 5.5e-4);
    near(learningRateAt(cosine, { step: 2000, total: 2000 }), 1e-4);
    near(learningRateAt(cosine, { step: 9999, total: 2000 }), 1e-4);
  });

  it('WSD is stable, then linear over the last share', () => {
    near(learningRateAt(wsd, { step: 10, total: 100 }), 1);
    near(learningRateAt(wsd, { step: 75, total: 100 }), 1);
    near(learningRateAt(wsd, { step: 80, total: 100 }), 0.1 + 0.9 * (20 / 25));
    near(learningRateAt(wsd, { step: 100, total: 100 }), 0.1);
  });

  it('constant is constant', () => {
    assert.equal(learningRateAt({ kind: 'constant', peak: 0.3, warmup: 0, clock: 'global' }, { step: 5, total: 6 }), 0.3);
  });

  it('no rate leaves (0, peak], and after the warm-up none rises', () => {
    const rates = fc.constantFrom<LearningRate>(cosine, wsd, { ...cosine, warmup: 0 }, { ...wsd, decay: 1 });
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 5000 }), fc.nat(5000), (rate, total, at) => {
        const step = at % total;
        const now = learningRateAt(rate, { step, total });
        assert.ok(now > 0 && now <= rate.peak);
        if (step >= rate.warmup) assert.ok(learningRateAt(rate, { step: step + 1, total }) <= now);
      }),
    );
  });

  it('clocks: the run’s steps, or the stage’s', () => {
    const stage = { steps: 40, firstStep: 100 };
    assert.deepEqual(clockAt('global', stage, 3, 500), { step: 103, total: 500 });
    assert.deepEqual(clockAt('stage', stage, 3, 500), { step: 3, total: 40 });
  });
});
