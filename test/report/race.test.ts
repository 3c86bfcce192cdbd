/**
 * Races in which nothing is to be won: the same pipeline under other seeds, a pipeline that ends just above, a run and its own final loss. On
 * curves with the noise of real ones, and on real ones.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mean } from 'd3-array';
import { stream } from '../../src/data/random.js';
import { type Pair, pairOf } from '../../src/report/comparison/pair.js';
import { reach } from '../../src/report/comparison/reach.js';
import { type Curve, finalLoss, type Trace } from '../../src/report/comparison/run-trace.js';
import { type Ending, lossAfter, STEPS, simulated, traced } from './noisy-curves.js';

const SEEDS = 6;
const NAMES = { pipeline: 'a', against: 'b' };

const pool = (name: string, count: number, how: Ending = {}): readonly Trace[] => {
  const random = stream(3, name);
  return Array.from({ length: count }, () => simulated(random, how));
};

/** This many pairs of six runs each, drawn from the pools; no run meets itself. */
const comparisons = (count: number, ours: readonly Trace[], theirs: readonly Trace[]): readonly Pair[] => {
  const random = stream(4, 'comparisons');
  const drawn = (from: readonly Trace[], taken: Set<Trace>): readonly Trace[] =>
    Array.from({ length: SEEDS }, () => {
      for (;;) {
        const trace = from[random.integer(from.length)];
        if (trace === undefined || taken.has(trace)) continue;
        taken.add(trace);
        return trace;
      }
    });
  return Array.from({ length: count }, () => {
    const taken = new Set<Trace>();
    return pairOf(NAMES, drawn(ours, taken), drawn(theirs, taken));
  });
};

/** In which share of the pairs the sentence is that FLOPs are saved, and in which share a number is given, shown or not. */
const told = (pairs: readonly Pair[], curve: Curve): { readonly shown: number; readonly number: number } => {
  const share = (of: (pair: Pair) => boolean): number => pairs.filter(of).length / pairs.length;
  return {
    shown: share(({ race }) => race[curve].saving?.shown === true && (race[curve].saving?.least ?? -1) > 0),
    number: share(({ race }) => race[curve].reached === SEEDS),
  };
};

const CURVES: readonly Curve[] = ['training', 'validation'];

describe('a race in which nothing is to be won', function () {
  this.timeout(30_000);

  const fine = pool('fine', 240);

  for (const curve of CURVES) {
    it(`of a pipeline against itself under other seeds tells a saving in less than 3 % of cases (${curve} loss)`, () => {
      const { shown, number } = told(comparisons(1000, fine, fine), curve);
      assert.ok(shown < 0.03, `${100 * shown} % shown`);
      assert.ok(number < 0.03, `${100 * number} % with a number`);
    });

    it(`of a cheaper pipeline that ends just above tells a saving in less than 3 % of cases (${curve} loss)`, () => {
      const above = pool('above', 240, { above: 0.01, flops: 0.64 });
      const { shown } = told(comparisons(1000, above, fine), curve);
      assert.ok(shown < 0.03, `${100 * shown} %`);
    });

    it(`of a cheaper pipeline that ends below tells what it saves (${curve} loss)`, () => {
      const below = pool('below', 240, { above: -0.1, flops: 0.64 });
      const pairs = comparisons(200, below, fine);
      assert.ok(told(pairs, curve).shown > 0.95);
      // What is to be covered: the same, of all runs to draw from.
      const { saving } = pairOf(NAMES, below, fine).race[curve];
      const truth = saving?.least ?? Number.NaN;
      const covered = pairs.filter(({ race: { [curve]: race } }) => {
        const { low, high = Number.NaN } = race.saving?.interval ?? {};
        return low !== undefined && low <= truth && truth <= high;
      }).length;
      assert.ok(covered / pairs.length > 0.93, `${covered} of ${pairs.length} intervals cover ${truth}`);
      // And it is near to what curves without noise save: noise makes it a little late, which speaks against the pipeline.
      const smooth = traced(
        Array.from({ length: STEPS }, (_, index) => lossAfter((index + 1) / STEPS)),
        (step) => lossAfter(step / STEPS),
      );
      const noiseless = 1 - (0.64 * reach(smooth, curve, finalLoss(smooth, curve) + 0.1).flops.least) / STEPS;
      assert.ok(truth < noiseless && truth > noiseless - 0.025, `${truth}, and ${noiseless} without noise`);
    });
  }

  it('a run reaches its own final loss no earlier than at 90 % of its FLOPs', () => {
    for (const curve of CURVES) {
      const shares = fine.map((trace) => (reach(trace, curve, finalLoss(trace, curve)).flops.least ?? 0) / trace.flops);
      const early = shares.filter((share) => share < 0.9).length / shares.length;
      assert.ok(early < 0.03, `${curve}: ${100 * early} % of runs are there before`);
      // As it is reported, a mean over six seeds.
      for (let first = 0; first + SEEDS <= shares.length; first += SEEDS) {
        const share = mean(shares.slice(first, first + SEEDS)) ?? 0;
        assert.ok(share >= 0.9, `${curve}: ${share}`);
      }
    }
  });
});

describe('the fine runs of pipelines/studies (four layers, Shakespeare, AdamW)', () => {
  const { losses, flops } = JSON.parse(readFileSync('pipelines/studies/results/paper/shakespeare-adamw-fine-losses.json', 'utf8')) as {
    readonly flops: number;
    readonly losses: readonly (readonly number[])[];
  };
  const runs = losses.map((own) => traced(own, (step) => own[step - 1] ?? Number.NaN, flops / STEPS));

  it('reach their own final loss no earlier than at 90 % of their FLOPs', () => {
    assert.equal(runs.length, SEEDS);
    for (const trace of runs) {
      const { least } = reach(trace, 'training', finalLoss(trace, 'training')).flops;
      assert.ok(least >= 0.9 * trace.flops, `${least / trace.flops}`);
    }
  });

  it('save nothing against themselves, whichever seed is held against whichever other', () => {
    for (let shift = 1; shift < SEEDS; shift++) {
      const others = runs.map((_, index) => runs[(index + shift) % SEEDS] ?? assert.fail());
      const { race } = pairOf(NAMES, runs, others);
      assert.equal(race.training.saving?.shown, false);
      assert.ok(race.training.reached < SEEDS);
    }
  });
});
