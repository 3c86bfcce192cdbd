/** Statistics and races of a comparison, against cases computed by hand. */
import assert from 'node:assert/strict';
import { mean } from 'd3-array';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { compareEntrants, type Entrant } from '../../src/report/comparison/comparison.js';
import { DASHES, HUES } from '../../src/report/comparison/look.js';
import { cutTo } from '../../src/report/comparison/mean-curve.js';
import { pairOf } from '../../src/report/comparison/pair.js';
import { methodOf, pairsSheet } from '../../src/report/comparison/sheets.js';
import { averageOf, bootstrap, pairedDifference, saving, signFlip } from '../../src/report/comparison/statistics.js';
import { finalLoss, firstReached, lossAt, reach, type Trace, traceOf, windowFor } from '../../src/report/comparison/trace.js';
import { verdicts } from '../../src/report/comparison/verdict.js';
import { recordEvents } from '../../src/report/run-record.js';
import { type SyntheticStage, syntheticRun } from './synthetic-run.js';

const near = (found: number | undefined, expected: number, within = 1e-12): void =>
  assert.ok(found !== undefined && Math.abs(found - expected) <= within, `${found} for ${expected}`);

describe('statistics of a comparison', () => {
  it('the sign-flip test counts the assignments that are as far from 0', () => {
    // 8 assignments of ±1 ±2 ±3: the sum is 6 or −6 in two of them.
    assert.equal(signFlip([1, 2, 3]), 2 / 8);
    // Sums of ±1 ±2 ±3 that are at least 2 in size: all but 0 (twice), so 6 of 8.
    assert.equal(signFlip([1, -2, 3]), 6 / 8);
    assert.equal(signFlip([1, 1, 1, 1, 1, 1]), 2 / 64);
    assert.equal(signFlip([0, 0, 0]), 1);
  });

  it('the sign-flip test of many differences draws what it cannot count, and stays near what it would count', () => {
    const many = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 1 : -1));
    assert.equal(signFlip(many), 1);
    assert.ok(signFlip(Array.from({ length: 20 }, () => 1)) < 0.001);
  });

  it('five samples never show anything', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 5 }), (differences) => {
        assert.equal(
          pairedDifference(
            differences,
            differences.map(() => 0),
          ).shown,
          false,
        );
      }),
    );
  });

  it('the bootstrap of two samples has the quantiles of its three values', () => {
    // Means of resamples of 0 and 1: 0 with 1/4, 0.5 with 1/2, 1 with 1/4; so 2.5% is 0 and 97.5% is 1.
    const interval = bootstrap(2, (drawn) => mean(drawn) ?? Number.NaN);
    assert.deepEqual(interval, { low: 0, high: 1 });
  });

  it('the bootstrap of many samples comes to the normal interval of their mean', () => {
    const samples = Array.from({ length: 200 }, (_, index) => index / 199);
    const interval = bootstrap(samples.length, (drawn) => mean(drawn, (index) => samples[index]) ?? Number.NaN);
    // Uniform on [0, 1]: deviation √(1/12), so the mean of 200 has 1.96 · 0.2887 / √200 = 0.0400.
    near(interval?.low, 0.46, 0.004);
    near(interval?.high, 0.54, 0.004);
  });

  it('gives the mean and its standard error, of which one sample has none', () => {
    assert.deepEqual(averageOf([1, 2, 3]), { mean: 2, standardError: 1 / Math.sqrt(3) });
    assert.deepEqual(averageOf([5]), { mean: 5, standardError: 0 });
  });

  it('one sample has no interval', () => {
    assert.equal(
      bootstrap(1, () => 1),
      undefined,
    );
    assert.equal('interval' in pairedDifference([1], [2]), false);
  });

  it('equal samples have an interval of no width', () => {
    const { value, interval, p, shown } = pairedDifference([1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6, 7]);
    assert.deepEqual({ value, interval, p, shown }, { value: -1, interval: { low: -1, high: -1 }, p: 2 / 64, shown: true });
  });

  it('a saving is that of the sums', () => {
    // 1 − (1 + 5) / (2 + 8)
    near(saving([1, 5], [2, 8]).value, 0.4);
  });

  it('the same samples give the same interval on every call', () => {
    const once = pairedDifference([1, 5, 2, 8, 3, 9], [2, 2, 2, 2, 2, 2]);
    assert.deepEqual(pairedDifference([1, 5, 2, 8, 3, 9], [2, 2, 2, 2, 2, 2]), once);
  });
});

const record = (stages: readonly SyntheticStage[]) => {
  const sorted = recordEvents(syntheticRun(stages));
  return E.isRight(sorted) ? sorted.right : assert.fail(sorted.left.message);
};
const FINE: readonly SyntheticStage[] = [['train(4)', 'train', 0, 2, 4]];
const TWO_LEVEL: readonly SyntheticStage[] = [
  ['restrict(even)', 'restrict', 1, 1, 0],
  ['train(4)', 'train', 1, 1, 4],
  ['prolongate', 'prolongate', 0, 2, 0],
  ['train(4)', 'train', 0, 2, 4],
];
/** What the synthetic run's loss is. */
const lossOf = (step: number): number => 1 + 3 * Math.exp(-step / 50);

describe('the trace of a run', () => {
  it('averages over the window, and anew in each stage', () => {
    const { training } = traceOf(record(TWO_LEVEL), 2);
    near(training[0]?.loss, lossOf(1));
    near(training[1]?.loss, (lossOf(1) + lossOf(2)) / 2);
    near(training[3]?.loss, (lossOf(3) + lossOf(4)) / 2);
    near(training[4]?.loss, lossOf(5));
    assert.deepEqual(
      training.map(({ full }) => full),
      [false, true, true, true, false, true, true, true],
    );
  });

  it('knows the finest network, its FLOPs and its end', () => {
    const trace = traceOf(record(TWO_LEVEL), 2);
    assert.deepEqual(
      trace.training.map(({ finest }) => finest),
      [false, false, false, false, true, true, true, true],
    );
    assert.equal(trace.flops, 4e9 + 8e9);
    near(finalLoss(trace, 'training'), (lossOf(7) + lossOf(8)) / 2);
    near(finalLoss(trace, 'validation'), lossOf(8) + 0.1);
  });

  it('a loss is reached by the finest network alone, with a full window', () => {
    const trace = traceOf(record(TWO_LEVEL), 2);
    // Steps 3 and 4 have it, but on the coarse level; step 5 has half a window.
    const target = lossOf(3);
    assert.equal(reach(trace, 'training', target)?.flops, 4e9 + 2 * 2e9);
    assert.equal(reach(trace, 'training', 0), undefined);
  });

  it('between two evaluations of a stage the loss falls evenly', () => {
    const at = (flops: number, loss: number, stage = 0) => ({ stage, step: flops, flops, seconds: flops / 10, loss, finest: true });
    const trace: Trace = {
      ...traceOf(record(FINE), 1),
      training: [at(10, 3), at(20, 2), at(29, 1), at(30, 1)].map((seen) => ({ ...seen, full: true })),
      validation: [at(10, 3), at(20, 2), at(30, 1)],
      flops: 30,
    };
    assert.deepEqual(reach(trace, 'validation', 1.75), { flops: 22.5, seconds: 2.25 });
    near(lossAt(trace, 'validation', 25), 1.5);
    // One step too many is none.
    assert.equal(lossAt(trace, 'validation', 29.1), 1);
    const apart: Trace = { ...trace, validation: [at(10, 3), at(20, 2, 1)] };
    assert.deepEqual(reach(apart, 'validation', 2.5), { flops: 20, seconds: 2 });
  });

  it('a loss is first reached where the curve first crosses it, though it rises again', () => {
    const curve = [
      [100, 3],
      [200, 2],
      [300, 2.5],
      [400, 1],
    ].map(([flops = 0, loss = 0]) => ({ stage: 0, flops, seconds: flops / 10, loss, finest: true }));
    assert.deepEqual(firstReached(curve, 2.5), { flops: 150, seconds: 15 });
    assert.deepEqual(firstReached(curve, 1), { flops: 400, seconds: 40 });
    assert.deepEqual(firstReached(curve, 3), { flops: 100, seconds: 10, atFirstLook: true });
    assert.equal(firstReached(curve, 0.5), undefined);
  });

  it('a curve is cut where its mean passes the edge of the picture, and its band with it', () => {
    const curve = [
      { x: 0, mean: 9, low: 8, high: 10 },
      { x: 10, mean: 1, low: 0, high: 2 },
      { x: 20, mean: 3, low: 2.5, high: 9 },
    ];
    assert.deepEqual(cutTo(curve, 0.5, 5), [
      { x: 5, mean: 5, low: 4, high: 5 },
      { x: 10, mean: 1, low: 0.5, high: 2 },
      { x: 20, mean: 3, low: 2.5, high: 5 },
    ]);
    assert.deepEqual(cutTo(curve, 0, 10), curve);
    assert.deepEqual(cutTo(curve, 10, 20), []);
  });

  it('the window is 50 steps, or half of the shortest stage on the finest network', () => {
    assert.equal(windowFor([record([['train(400)', 'train', 0, 2, 400]]).started.stages]), 50);
    assert.equal(windowFor([record(TWO_LEVEL).started.stages]), 2);
    assert.equal(windowFor([record([['train(1)', 'train', 0, 2, 1]]).started.stages]), 1);
  });
});

/** A run that ends with these losses after so many FLOPs, its only two evaluations at half of them and at the end. */
const run = (seed: number, flops: number, half: number, end: number): Trace => {
  const at = (share: number, loss: number) => ({
    stage: 0,
    step: 100 * share,
    flops: flops * share,
    seconds: 10 * share,
    loss,
    finest: true,
    full: true,
  });
  const points = [at(0.5, half), at(1, end)];
  return { seed, training: points, validation: points, stages: [], flops, seconds: 10, diverged: false };
};
const SEEDS = [1, 2, 3, 4, 5, 6];
const entrant = (name: string, role: Entrant['role'], of: (seed: number) => Trace, seeds = SEEDS): Entrant => ({
  name,
  role,
  schedule: record(FINE).started.schedule,
  traces: seeds.map(of),
});
const compared = (ours: Entrant, theirs: Entrant) =>
  compareEntrants([ours, theirs], [{ pipeline: ours.name, against: theirs.name }], {
    seeds: ours.traces.map(({ seed }) => seed),
    window: 1,
    backend: 'null',
    device: 'none',
    versions: {},
    workers: 1,
    notes: [],
  });
const verdictOf = (ours: Entrant, theirs: Entrant) => {
  const [one] = verdicts(compared(ours, theirs));
  return one ?? assert.fail('no verdict');
};

describe('the look of a comparison', () => {
  it('gives no two of its contenders the same line, and the first eight no two the same dashes', () => {
    const looks = Array.from({ length: HUES.length * DASHES.length }, (_, at) => `${HUES[at % HUES.length]} ${DASHES[at % DASHES.length]}`);
    assert.equal(new Set(looks).size, looks.length);
    assert.equal(new Set(DASHES.map(String)).size, 8);
  });
});

describe('a pair', () => {
  it('races to the other’s own end, seed by seed', () => {
    const pair = pairOf(
      { pipeline: 'a', against: 'b' },
      SEEDS.map((seed) => run(seed, 100, 3, 1)),
      SEEDS.map((seed) => run(seed, 200, 3, 2)),
    );
    // 3 → 1 over the FLOPs 50 → 100 is at 2 after 75; the other is at 2 after 200.
    assert.deepEqual(pair.race.validation.flops, { pipeline: 75, against: 200 });
    near(pair.race.validation.saving?.value, 1 - 75 / 200);
    near(pair.race.validation.savingOfTime?.value, 1 - 7.5 / 10);
    assert.equal(pair.bothEnded, false);
    assert.equal(pair.flops, 100);
    // At 100 FLOPs the other is half-way.
    near(pair.difference.validation?.value, 1 - 3);
  });

  it('has no saving where a seed does not come to the loss', () => {
    const { race } = pairOf(
      { pipeline: 'a', against: 'b' },
      [run(1, 100, 3, 1), run(2, 100, 3, 2.5)],
      [run(1, 100, 3, 2), run(2, 100, 3, 2)],
    );
    assert.equal(race.validation.reached, 1);
    assert.equal('saving' in race.validation, false);
  });
});

describe('the verdict', () => {
  const base = entrant('base', 'baseline', (seed) => run(seed, 100, 3, 2 + 0.01 * seed));

  it('says that a lower loss is shown', () => {
    const better = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 1.5 + 0.01 * seed));
    const { verdict, details } = verdictOf(better, base);
    assert.equal(verdict, 'ours ends with a lower validation loss at equal FLOPs than base.');
    assert.match(details.join(' '), /ours saves 1\d\.\d% of the FLOPs \(95% interval/);
  });

  it('has the minus sign of the tables in what is saved where more is spent', () => {
    const dearer = entrant('ours', 'pipeline', (seed) => run(seed, 150, 3, 2 + 0.01 * seed));
    assert.match(
      verdictOf(dearer, base).details.join(' '),
      /costs more: it saves −50\.0% of the FLOPs \(95% interval −50\.0% to −50\.0%\)/,
    );
  });

  it('says so when nothing is shown', () => {
    const alike = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 2 + 0.01 * seed + (seed % 2 === 0 ? 0.1 : -0.1)));
    const { verdict, details } = verdictOf(alike, base);
    assert.equal(verdict, 'ours: no difference shown at equal FLOPs against base.');
    assert.match(details.join(' '), /does not reach the validation loss of base \(2\.0350\) in 3 of 6 seeds: no saving shown/);
  });

  /** As `run`, its first evaluation on the finest network at half of the FLOPs, after one on a coarser one. */
  const late = (seed: number, half: number, end: number): Trace => {
    const { validation, ...rest } = run(seed, 100, half, end);
    const [first] = validation;
    assert.ok(first !== undefined);
    return { ...rest, validation: [{ ...first, stage: 7, flops: 20, loss: 9, finest: false }, ...validation] };
  };

  it('says the least that is saved where the finest network was at the loss when first evaluated', () => {
    const ours = entrant('ours', 'pipeline', (seed) => late(seed, 2, 1.5));
    const { details } = verdictOf(ours, base);
    const [{ race }] = compared(ours, base).pairs as [ReturnType<typeof pairOf>];
    assert.deepEqual(race.validation.atFirstLook, { pipeline: 6, against: 0 });
    assert.match(
      details.join(' '),
      /ours saves at least 50\.0% of the FLOPs: its finest network was at it when first evaluated, in 6 of 6 seeds; evaluate more often/,
    );
    assert.ok(pairsSheet(compared(ours, base)).rows[0]?.includes('≥ 50%'));
    assert.doesNotMatch(details.join(' '), /saves[^.]*95% interval/);
  });

  it('says nothing of a saving where the other was evaluated too seldom', () => {
    const rare = entrant('base', 'baseline', (seed) => {
      const trace = run(seed, 100, 3, 2);
      return { ...trace, validation: trace.validation.slice(-1) };
    });
    const { details } = verdictOf(
      entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 1.5)),
      rare,
    );
    assert.match(details.join(' '), /nothing can be said: base was at it when first evaluated, in 6 of 6 seeds; evaluate more often/);
  });

  it('of learning rates says that the best factor was at the edge of those that were tried', () => {
    const at = (rateFactor: number) => ({ ...entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 1.5)), rateFactor });
    const said = (rateFactor: number): string => methodOf({ ...compared(at(rateFactor), base), tuned: [0.3, 1, 3] }).join(' ');
    assert.match(said(3), /The best factor was the smallest or largest that was tried for ours \(×3\): try further ones\./);
    assert.doesNotMatch(said(1), /try further ones/);
  });

  it('says so when a baseline is better', () => {
    const worse = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 2.5 + 0.01 * seed));
    assert.equal(verdictOf(worse, base).verdict, 'ours: at equal FLOPs base ends with a lower validation loss; nothing is gained here.');
  });

  it('shows nothing with fewer than six seeds, however large the difference', () => {
    const [few] = [[1, 2, 3, 4, 5]];
    const ours = entrant('ours', 'pipeline', (seed) => run(seed, 100, 3, 0.5), few);
    const theirs = entrant('base', 'baseline', (seed) => run(seed, 100, 3, 2), few);
    assert.match(verdictOf(ours, theirs).verdict, /no difference shown at equal FLOPs against base; 5 seeds decide nothing/);
  });

  it('compares no losses with a run that diverged', () => {
    const broken = entrant('ours', 'pipeline', (seed) => ({ ...run(seed, 100, 3, 1), diverged: seed === 3 }));
    const { details } = verdictOf(broken, base);
    assert.match(details.join(' '), /a run diverged, so no losses are compared/);
    assert.match(details.join(' '), /in 1 of 6 seeds: no saving shown/);
  });
});
