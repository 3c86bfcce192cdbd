import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { createJiti } from 'jiti';
import { match } from 'ts-pattern';
import type { LearningRate, Stage } from '../../src/schedule/schedule.js';
import { clockAt, clockSteps, learningRateAt, rateAt, rewarmAt } from '../../src/schedule/walk/learning-rate.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { blocksOf } from '../docs/blocks.js';
import { oneReplica } from './in-replicas.js';
import { sensible } from './sensible.js';
import { scheduleOf } from './setups.js';

const near = (actual: number, wanted: number) =>
  assert.ok(Math.abs(actual - wanted) <= 1e-12 * Math.abs(wanted), `${actual} is not ${wanted}`);

const cosine: LearningRate = { kind: 'cosine', peak: 1e-3, floor: 1e-4, warmup: 100, clock: 'global' };
const constant: LearningRate = { kind: 'constant', peak: 0.3, warmup: 0, clock: 'global' };
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

  const train = (steps: number): Stage => ({ kind: 'train', steps });
  const restrict: Stage = {
    kind: 'restrict',
    operator: { kind: 'every', factor: 2, offset: 0 },
    h: 'scale',
    moments: 'carry',
    counters: 'carry',
  };
  const prolongate: Stage = {
    kind: 'prolongate',
    correction: { kind: 'total' },
    interpolation: 'own',
    moments: 'carry',
    counters: 'carry',
  };

  it('re-warm after each transfer that follows some training, over stages until the next one', () => {
    const visits = walk(scheduleOf(4, [restrict, train(3), restrict, train(2), train(4), prolongate, prolongate, train(5)]));
    assert.deepEqual(
      visits.filter(({ stage }) => stage.kind === 'train').map(({ sinceTransfer }) => sinceTransfer),
      [undefined, 0, 2, 0],
    );
    const rate: LearningRate = { kind: 'constant', peak: 1, warmup: 0, clock: 'global', rewarm: 3 };
    const rates = visits.flatMap(({ stage, firstStep, sinceTransfer }) =>
      stage.kind === 'train'
        ? Array.from({ length: stage.steps }, (_, at) => rateAt(rate, { steps: stage.steps, firstStep, sinceTransfer }, at, 14))
        : [],
    );
    assert.deepEqual(rates, [1, 1, 1, 0.25, 0.5, 0.75, 1, 1, 1, 0.25, 0.5, 0.75, 1, 1]);
  });

  it('re-warmed rates of every kind on either clock are the plain ones times a ramp that ends', () => {
    const rates = fc.constantFrom<LearningRate>(cosine, wsd, { ...cosine, clock: 'stage' }, { ...wsd, clock: 'stage' }, constant);
    fc.assert(
      fc.property(rates, fc.nat(20), sensible, (rate, rewarm, { layers, stages }) => {
        const visits = walk(scheduleOf(layers, oneReplica(stages)));
        const total = visits.reduce((sum, { stage }) => sum + (stage.kind === 'train' ? stage.steps : 0), 0);
        let since: number | undefined;
        let step = 0;
        for (const { stage, firstStep, sinceTransfer } of visits) {
          // One arm alone is no transfer: it continues where its branch began. Nor is a look at held-out text.
          const alone = (stage.kind === 'arm' && stage.arm === 1) || (stage.kind === 'merge' && stage.arms === 1);
          if (alone || stage.kind === 'evaluate') continue;
          if (stage.kind !== 'train') since = step > 0 ? 0 : undefined;
          else
            for (let at = 0; at < stage.steps; at += 1) {
              const place = { steps: stage.steps, firstStep, sinceTransfer };
              const ramp = since === undefined ? 1 : Math.min(1, (since + 1) / (rewarm + 1));
              near(rateAt({ ...rate, rewarm }, place, at, total), ramp * rateAt(rate, place, at, total));
              step += 1;
              if (since !== undefined) since += 1;
            }
        }
      }),
      { numRuns: 200 },
    );
    assert.equal(rewarmAt(constant, 0), 1);
  });

  it('replicas have those of one of them, whatever the clock', () => {
    const rates = fc.constantFrom<LearningRate>({ ...cosine, rewarm: 3 }, { ...wsd, clock: 'stage' });
    fc.assert(
      fc.property(rates, sensible, (rate, { layers, stages }) => {
        const ratesIn = (all: readonly Stage[], replica: (of: number) => number): readonly number[] => {
          const visits = walk(scheduleOf(layers, all));
          const total = clockSteps(visits);
          return visits.flatMap(({ stage, ...visit }) =>
            stage.kind === 'train' && visit.replica?.index === (visit.replica && replica(visit.replica.of))
              ? // Training that is cut into rounds has fewer.
                Array.from({ length: Math.min(stage.steps, 50) }, (_, at) => rateAt(rate, { ...visit, steps: stage.steps }, at, total))
              : [],
          );
        };
        const alone = ratesIn(oneReplica(stages), () => 0);
        assert.deepEqual(
          ratesIn(stages, () => 0),
          alone,
        );
        assert.deepEqual(
          ratesIn(stages, (of) => of - 1),
          ratesIn(stages, () => 0),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('clocks: the run’s steps, or the stage’s', () => {
    const stage = { steps: 40, firstStep: 100 };
    assert.deepEqual(clockAt('global', stage, 3, 500), { step: 103, total: 500 });
    assert.deepEqual(clockAt('stage', stage, 3, 500), { step: 3, total: 40 });
  });
});

interface Documented {
  readonly constantRate: (rate: object, s: number) => number;
  readonly cosineRate: (rate: object, s: number, T: number) => number;
  readonly wsdRate: (rate: object, s: number, T: number) => number;
  readonly rewarmed: (rate: number, k: number, rewarm: number) => number;
}

describe('learning rates as docs/training.md has them', () => {
  let documented: Documented;

  before(() => {
    const block = blocksOf('ts', 'docs/training.md').find(({ code }) => code.includes('export const cosineRate'));
    assert.ok(block !== undefined);
    documented = createJiti(import.meta.url, { fsCache: false }).evalModule(block.code, {
      filename: join(process.cwd(), 'docs/training.md.ts'),
      ext: '.ts',
    }) as Documented;
  });

  const documentedRate = (rate: LearningRate, s: number, T: number): number =>
    match(rate)
      .with({ kind: 'constant' }, (constant) => documented.constantRate(constant, s))
      .with({ kind: 'cosine' }, (cosine) => documented.cosineRate(cosine, s, T))
      .with({ kind: 'wsd' }, (wsd) => documented.wsdRate(wsd, s, T))
      .exhaustive();

  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const rates: fc.Arbitrary<LearningRate> = fc
    .record({
      kind: fc.constantFrom('constant', 'cosine', 'wsd'),
      peak: fc.double({ min: 1e-6, max: 10, noNaN: true }),
      low: share,
      warmup: fc.nat(40),
      decay: fc.double({ min: 1e-3, max: 1, noNaN: true }),
      clock: fc.constantFrom('global', 'stage'),
      rewarm: fc.nat(20),
    })
    .map(({ kind, low, decay, ...common }): LearningRate => {
      const floor = low * common.peak;
      if (kind === 'constant') return { kind, ...common };
      return kind === 'cosine' ? { kind, ...common, floor } : { kind, ...common, floor, decay };
    });

  it('are those of every step of every stage, on both clocks, with re-warm-up', () => {
    fc.assert(
      fc.property(rates, sensible, (rate, { layers, stages }) => {
        const visits = walk(scheduleOf(layers, stages));
        const total = visits.reduce((sum, { stage }) => sum + (stage.kind === 'train' ? stage.steps : 0), 0);
        for (const { stage, firstStep, sinceTransfer } of visits) {
          if (stage.kind !== 'train') continue;
          for (let at = 0; at < stage.steps; at += 1) {
            const [s, T] = rate.clock === 'global' ? [firstStep + at, total] : [at, stage.steps];
            const plain = documentedRate(rate, s, T);
            const wanted = sinceTransfer === undefined ? plain : documented.rewarmed(plain, sinceTransfer + at, rate.rewarm ?? 0);
            near(rateAt(rate, { steps: stage.steps, firstStep, sinceTransfer }, at, total), wanted);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('have the first and the last steps of its table, and never the floor', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 300 }), (rate, T) => {
        const { peak, warmup: W } = rate;
        const at = (step: number): number => learningRateAt(rate, { step, total: T });
        near(at(0), W === 0 ? peak : peak / (W + 1));
        if (T <= W) return near(at(T - 1), (peak * T) / (W + 1));
        near(at(W), peak);
        for (let step = 0; step < W; step += 1) assert.ok(at(step) < peak);
        match(rate)
          .with({ kind: 'constant' }, () => near(at(T - 1), peak))
          .with({ kind: 'cosine' }, ({ floor }) => {
            // Near its end a cosine is a difference of numbers that are almost equal.
            const last = floor + ((peak - floor) * (1 - Math.cos(Math.PI / (T - W)))) / 2;
            assert.ok(Math.abs(at(T - 1) - last) <= 1e-12 * peak);
          })
          .with({ kind: 'wsd' }, ({ floor, decay }) => near(at(T - 1), floor + (peak - floor) / Math.max(1, Math.min(decay * T, T - W))))
          .exhaustive();
        if (rate.kind === 'constant') return;
        near(at(T), rate.floor);
        if (rate.floor < peak * (1 - 1e-6)) for (let step = W; step < T; step += 1) assert.ok(at(step) > rate.floor);
      }),
      { numRuns: 500 },
    );
  });

  it('drop in no step by more than their decay does, also where a warm-up reaches into it', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 2, max: 300 }), (rate, T) => {
        const left = Math.max(1, T - rate.warmup);
        const steepest = match(rate)
          .with({ kind: 'constant' }, () => 0)
          .with({ kind: 'cosine' }, ({ peak, floor }) => ((peak - floor) * Math.PI) / 2 / left)
          .with({ kind: 'wsd' }, ({ peak, floor, decay }) => (peak - floor) / Math.max(1, Math.min(decay * T, left)))
          .exhaustive();
        for (let step = 1; step < T; step += 1) {
          const fall = learningRateAt(rate, { step: step - 1, total: T }) - learningRateAt(rate, { step, total: T });
          assert.ok(fall <= steepest + 1e-12 * rate.peak, `step ${step}: ${fall} > ${steepest}`);
        }
      }),
      { numRuns: 500 },
    );
  });
});
