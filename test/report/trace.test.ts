/** The trace of a run, and what it took the run to come to a loss: against cases computed by hand. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutTo } from '../../src/report/comparison/mean-curve.js';
import { costTo, isExact, isReached, lastSteps, reach } from '../../src/report/comparison/reach.js';
import { finalLoss, lossAt, type Stretch, type Trace, traceOf } from '../../src/report/comparison/run-trace.js';
import type { SyntheticStage } from './synthetic-run.js';
import { type Point, record, seenAt, traceThrough } from './traces.js';

const near = (found: number | undefined, expected: number, within = 1e-12): void =>
  assert.ok(found !== undefined && Math.abs(found - expected) <= within, `${found} for ${expected}`);

/** What the synthetic run's loss is. */
const lossOf = (step: number): number => 1 + 3 * Math.exp(-step / 50);
const meanOf = (...steps: readonly number[]): number => steps.reduce((sum, step) => sum + lossOf(step), 0) / steps.length;

/** 40 steps: a window of two. */
const TWO_LEVEL: readonly SyntheticStage[] = [
  ['restrict(even)', 'restrict', 1, 1, 0],
  ['train(20)', 'train', 1, 1, 20],
  ['prolongate', 'prolongate', 0, 2, 0],
  ['train(20)', 'train', 0, 2, 20],
];

describe('the trace of a run', () => {
  it('averages training losses over 5 % of the steps, and begins again where another network trains', () => {
    const { training, window } = traceOf(record(TWO_LEVEL));
    assert.equal(window, 2);
    near(training[0]?.loss, lossOf(1));
    near(training[1]?.loss, meanOf(1, 2));
    near(training[19]?.loss, meanOf(19, 20));
    near(training[20]?.loss, lossOf(21));
    assert.deepEqual(
      training.flatMap(({ full, step }) => (full ? [] : [step])),
      [1, 21],
    );
  });

  it('averages through consecutive stages of one network', () => {
    const { training } = traceOf(record([...TWO_LEVEL.slice(0, 3), ['train(1)', 'train', 0, 2, 1], ['train(19)', 'train', 0, 2, 19]]));
    near(training[21]?.loss, meanOf(21, 22));
    assert.deepEqual(
      training.flatMap(({ full, step }) => (full ? [] : [step])),
      [1, 21],
    );
  });

  it('never averages over less than 5 % of the run', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }), (lengths) => {
        const stages = lengths.map((steps): SyntheticStage => [`train(${steps})`, 'train', 0, 2, steps]);
        const { training, window } = traceOf(record(stages));
        assert.ok(window >= training.length / 20 && window < training.length / 20 + 1);
        const last = training.slice(-window).map(({ step }) => step);
        near(training.at(-1)?.loss, meanOf(...last));
      }),
    );
  });

  it('knows the finest network, its FLOPs and its end', () => {
    const trace = traceOf(record(TWO_LEVEL));
    assert.deepEqual(
      trace.training.flatMap(({ stretch, step }) => (stretch.finest ? [step] : [])),
      Array.from({ length: 20 }, (_, index) => 21 + index),
    );
    assert.deepEqual(trace.training[20]?.stretch.begun, { flops: 20e9, seconds: trace.training[19]?.seconds });
    assert.equal(trace.flops, 20e9 + 40e9);
    near(finalLoss(trace, 'training'), meanOf(39, 40));
    near(finalLoss(trace, 'validation'), lossOf(40) + 0.1);
    assert.equal(lastSteps(trace), 20);
  });

  it('does not take an arm of a branch for the network that is delivered', () => {
    const sorted = record([
      ['arm 1 of 2', 'arm', 0, 2, 0],
      ['train(10)', 'train', 0, 2, 10],
      ['arm 2 of 2', 'arm', 0, 2, 0],
      ['train(10)', 'train', 0, 2, 10],
      ['merge(average)', 'merge', 0, 2, 0],
      ['train(20)', 'train', 0, 2, 20],
    ]);
    const branches = [1, 1, 1, 1, 1, 0];
    const places = sorted.started.stages.map((place, index) => ({ ...place, branches: branches[index] ?? 0 }));
    const trace = traceOf({ ...sorted, started: { ...sorted.started, stages: places } });
    assert.deepEqual(
      trace.training.flatMap(({ stretch, full, step }) => (stretch.finest && full ? [step] : [])),
      Array.from({ length: 19 }, (_, index) => 22 + index),
    );
    assert.deepEqual(
      trace.training.flatMap(({ full, step }) => (full ? [] : [step])),
      [1, 11, 21],
      'no window lies over two arms, or over an arm and what followed it',
    );
  });

  it('ends with no steps on its finest network where a transfer is last: a loss is reached with what that is evaluated at', () => {
    const grown = record([...TWO_LEVEL, ['grow(stack(2))', 'grow', 0, 4, 0]]);
    const [evaluated] = grown.evaluations;
    assert.ok(evaluated !== undefined);
    const last = { ...evaluated, stage: 4, step: 40, trainingFlops: 60e9, loss: 1.5 };
    const trace = traceOf({ ...grown, evaluations: [...grown.evaluations, last] });
    assert.equal(lastSteps(trace), 0);
    assert.equal(reach(trace, 'validation', 1.4).flops.most, undefined, 'the network before it had less, but is not what is delivered');
    assert.deepEqual(reach(trace, 'validation', 1.6).flops, { least: 60e9, most: 60e9 });
  });
});

const all = { flops: 400, seconds: 40 };
const to = (points: readonly Point[], target: number) =>
  costTo(
    points.map((point) => seenAt(point)),
    target,
    all,
  );

describe('what it took to come to a loss', () => {
  const curve: readonly Point[] = [
    [100, 3],
    [200, 2],
    [300, 2.5],
    [400, 1],
  ];

  it('is where the curve comes to stay at or below it, not where it first passes', () => {
    // 2.25 is passed on the way down to 2, and again from 2.5 to 1.
    near(to(curve, 2.25).flops.least, 300 + 100 / 6);
    near(to(curve, 2.25).flops.most, 300 + 100 / 6);
    near(to(curve, 2.25).seconds.most, 30 + 10 / 6);
    assert.deepEqual(to(curve, 2.5).flops, { least: 150, most: 150 });
    assert.deepEqual(to(curve, 1).flops, { least: 400, most: 400 });
  });

  it('is above all that was spent where it ends above, though it was there before', () => {
    const rising: readonly Point[] = [...curve.slice(0, 2), [400, 2.5]];
    assert.deepEqual(to(rising, 2.25), { flops: { least: 400 }, seconds: { least: 40 } });
    assert.equal(isReached(to(rising, 2.25)), false);
  });

  it('is known within bounds where the network was there when it was first looked at', () => {
    assert.deepEqual(to(curve, 3).flops, { least: 0, most: 100 });
    assert.equal(isExact(to(curve, 3)), false);
    assert.equal(isReached(to(curve, 3)), true);
  });

  it('begins again after another network: no loss is taken to fall evenly through its training', () => {
    const coarse: Stretch = { begun: { flops: 100, seconds: 10 }, finest: false };
    const back: Stretch = { begun: { flops: 300, seconds: 30 }, finest: true };
    const looks = [seenAt([100, 3]), seenAt([300, 0.5], coarse), seenAt([350, 2], back), seenAt([400, 1.5], back)];
    assert.deepEqual(costTo(looks, 2.5, all).flops, { least: 300, most: 350 });
    near(costTo(looks, 1.75, all).flops.most, 375);
    assert.equal(isReached(costTo(looks, 0.5, all)), false, 'the coarse network is not what is delivered');
  });

  it('in training losses counts once the window is full', () => {
    const trace = traceOf(record(TWO_LEVEL));
    // Steps 1 to 20 have it on the coarse level; step 22 is the first with a full window.
    assert.deepEqual(reach(trace, 'training', lossOf(15)).flops, { least: 20e9, most: 24e9 });
    near(reach(trace, 'training', meanOf(24, 25)).flops.most, 20e9 + 5 * 2e9, 1);
    assert.deepEqual(reach(trace, 'training', 0).flops, { least: 60e9 });
  });

  it('of a run that diverged is nothing that it had', () => {
    assert.equal(isReached(reach(traceThrough(curve, { diverged: true }), 'validation', 3)), false);
  });

  it('every run has come to its own final loss', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 1, maxLength: 12 }), (losses) => {
        const trace = traceThrough(losses.map((loss, index): Point => [10 * (index + 1), loss]));
        const { flops } = reach(trace, 'validation', finalLoss(trace, 'validation'));
        assert.ok(flops.most !== undefined && flops.least <= flops.most && flops.most <= trace.flops);
      }),
    );
  });
});

describe('the loss after this many FLOPs', () => {
  it('lies between two evaluations of a stage, and is the last where one step is too many', () => {
    const trace: Trace = {
      ...traceThrough([
        [10, 3],
        [20, 2],
        [29, 1],
        [30, 1],
      ]),
      validation: [seenAt([10, 3]), seenAt([20, 2]), seenAt([30, 1])],
    };
    near(lossAt(trace, 'validation', 25), 1.5);
    assert.equal(lossAt(trace, 'validation', 29.1), 1);
  });
});

describe('a curve in a picture', () => {
  it('is cut where its mean passes the edge, and its band with it', () => {
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
});
