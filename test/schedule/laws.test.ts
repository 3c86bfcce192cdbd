/** Laws over generated pipelines of every construct, beside those of the kit (test/laws). A failure prints fast-check's seed and the smallest pipeline that fails, as text. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plan, type StageCosts } from '../../src/plan/plan.js';
import { addFlops, type Flops, noFlops } from '../../src/program/types/flops.js';
import { canonicalJson } from '../../src/schedule/json/canonical.js';
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { bind, parse, print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { unrolled, type Visit, walk } from '../../src/schedule/walk/walk.js';
import { messageOf, rightOf } from './results.js';
import { type Sensible, sensible } from './sensible.js';
import { anySetupOf } from './setups.js';
import { visitsOf, writtenOut } from './written-out.js';

/** Of any family and optimizer, by how long the pipeline is. */
const scheduleOf = (layers: number, stages: readonly Stage[]): Schedule => ({
  version: 1,
  setup: anySetupOf(layers, layers + print(stages).length),
  stages,
});

const law = (sentence: string, holds: (pipeline: Sensible) => void): void => {
  it(sentence, () => fc.assert(fc.property(sensible, holds), { numRuns: 1000 }));
};

const walkOf = ({ layers, stages }: Sensible): readonly Visit[] => walk(rightOf(verify(scheduleOf(layers, stages))));

const costs: StageCosts = {
  step: ({ layers }) => ({ matmul: 100 * layers + 40, softmax: layers, elementwise: 1 }),
  evaluation: ({ layers }) => ({ ...noFlops, matmul: layers }),
  transfer: ({ layers, from }) => ({ ...noFlops, elementwise: layers + from.layers }),
};

describe('laws of generated pipelines', () => {
  it('the sample has every construct', () => {
    const seen = new Set<string>();
    for (const { stages } of fc.sample(sensible, { numRuns: 1000, seed: 1 })) {
      for (const { stage } of unrolled(stages)) {
        seen.add(stage.kind);
        if (stage.kind === 'restrict') seen.add(stage.operator.kind).add(stage.tau === undefined ? 'no tau' : 'tau');
        if (stage.kind === 'prolongate' && stage.lineSearch !== undefined) seen.add('lineSearch');
        if ('fit' in stage) seen.add(`fit of ${stage.kind}`);
        if (stage.kind === 'grow') seen.add(stage.growth.kind === 'width' ? `wider, ${stage.way ?? 'uneven'}` : stage.growth.kind);
        if (stage.kind === 'train' && stage.until !== undefined) seen.add(`until ${stage.until.kind}`);
        if (stage.kind === 'train' && stage.only !== undefined) seen.add(`only ${stage.only.kind}`);
        if (stage.kind === 'train' && stage.stochasticDepth !== undefined) seen.add('stochasticDepth');
        if (stage.kind === 'prolongate') seen.add(stage.correction.kind).add(stage.interpolation);
        if ('moments' in stage) seen.add(stage.moments).add(`counters ${stage.counters}`);
        if (stage.kind === 'merge') seen.add(`merge by ${stage.shared.kind}`);
        if (stage.kind === 'arm') seen.add(`arm ${stage.arm} of ${stage.arms}`);
      }
      if (stages.some(({ kind }) => kind === 'repeat')) seen.add('repeat of stages');
    }
    const ofBranches = ['merge by average', 'merge by last', 'merge by weighted', 'arm 1 of 1', 'arm 2 of 2', 'arm 3 of 3'];
    const wanted = [
      'train',
      'restrict',
      'prolongate',
      'grow',
      'every',
      'average',
      'matrix',
      'width',
      'compose',
      'stack',
      'repeat',
      'zero',
      'middle',
      'central',
      'last',
      'fresh',
      'identity',
      'loop',
      'wider, uneven',
      'wider, copy',
      'wider, zero',
      'wider, random',
      'total',
      'correction',
      'mix',
    ];
    assert.deepEqual(
      [
        ...wanted,
        'own',
        'linear',
        'carry',
        'reset',
        'rescale',
        'zero-new',
        'average',
        'counters carry',
        'counters reset',
        'tau',
        'lineSearch',
        'fit of prolongate',
        'fit of grow',
        'until plateau',
        'until loss',
        'until tokens',
        'until flops',
        'until slopeBelow',
        'only layers',
        'only new',
        'stochasticDepth',
        'repeat of stages',
        ...ofBranches,
      ].filter((each) => !seen.has(each)),
      [],
    );
  });

  law('parse ∘ print is the identity, on schedules and on texts (law 4)', ({ stages }) => {
    const text = print(stages);
    assert.deepEqual(rightOf(bind(rightOf(parse(text)), {})), stages);
    assert.equal(print(rightOf(parse(text))), text);
  });

  law('canonical JSON is a schedule again, to the bit', ({ layers, stages }) => {
    const schedule = scheduleOf(layers, stages);
    const again = rightOf(verify(JSON.parse(canonicalJson(schedule))));
    assert.deepEqual(again, schedule);
    assert.equal(canonicalJson(again), canonicalJson(schedule));
  });

  law('the model ends as deep and as wide as its growths make it, and every grid has layers', (pipeline) => {
    const visits = walkOf(pipeline);
    const growths = visits.flatMap(({ stage }) => (stage.kind === 'grow' ? [stage.growth] : []));
    assert.equal(
      visits.at(-1)?.layers,
      growths.reduce((layers, growth) => {
        if (growth.kind === 'width') return layers;
        if ('factor' in growth) return layers * growth.factor;
        if ('times' in growth) return layers;
        return layers + ('block' in growth ? growth.block : growth.layers);
      }, pipeline.layers),
    );
    assert.equal(
      visits.at(-1)?.loops ?? 1,
      growths.reduce((loops, growth) => ('times' in growth ? loops * growth.times : loops), 1),
    );
    const [first] = visits;
    const wider = growths.reduce((times, growth) => (growth.kind === 'width' ? times * growth.factor : times), 1);
    assert.equal(visits.at(-1)?.heads, wider * (first?.from.heads ?? 0));
    assert.equal(visits.at(-1)?.width, wider * (first?.from.width ?? 0));
    // A network that begins without layers has none until it grows.
    const least = Math.min(1, pipeline.layers);
    for (const { layers, h } of visits) assert.ok(Number.isInteger(layers) && layers >= least && h > 0 && Number.isFinite(h));
  });

  law(
    'where h is scaled throughout, layers · loops · h is the length of the flow; only growth that keeps h makes it longer',
    (pipeline) => {
      const scaled = pipeline.stages.map(function always(stage): Stage {
        if (stage.kind === 'repeat') return { ...stage, stages: stage.stages.map(always) };
        if (stage.kind === 'branch') return { ...stage, arms: stage.arms.map((arm) => arm.map(always)) };
        if (stage.kind === 'replicas') return { ...stage, stages: stage.stages.map(always) };
        return stage.kind === 'restrict' || stage.kind === 'grow' ? { ...stage, h: 'scale' } : stage;
      });
      let length = pipeline.layers > 0 ? pipeline.layers : undefined;
      for (const { layers, h, loops = 1 } of walkOf({ ...pipeline, stages: scaled })) {
        // A flow begins with the first layers.
        if (layers > 0) length ??= layers * h * loops;
        assert.ok(
          length === undefined || Math.abs(layers * loops * h - length) < 1e-9 * length,
          `${layers} layers, h ${h}, loops ${loops}`,
        );
      }
    },
  );

  law('repeats mean their stages written out', (pipeline) => {
    const { layers, stages } = pipeline;
    // All but the places, which are those of the schedule as it is written.
    const visits = (of: Sensible) => walkOf(of).map(({ at, ...visit }) => visit);
    assert.deepEqual(visits({ layers, stages: writtenOut(stages) }), visits(pipeline));
  });

  law('one prolongate more, or one less, is refused with the sentence', ({ layers, stages }) => {
    const prolongate: Stage = {
      kind: 'prolongate',
      correction: { kind: 'total' },
      interpolation: 'own',
      moments: 'carry',
      counters: 'carry',
    };
    // A restriction needs layers.
    const grown: readonly Stage[] = [
      ...stages,
      { kind: 'grow', growth: { kind: 'fresh', layers: 1 }, h: 'keep', moments: 'carry', counters: 'carry' },
    ];
    const restrict: Stage = {
      kind: 'restrict',
      operator: { kind: 'matrix', ...identity(walkOf({ layers, stages: grown }).at(-1)?.layers ?? layers) },
      h: 'keep',
      moments: 'carry',
      counters: 'carry',
    };
    assert.equal(
      messageOf(verify(scheduleOf(layers, [...stages, prolongate]))),
      `stage ${stages.length + 1}, prolongate: no finer level is open (was at level 0); put a restrict before it`,
    );
    assert.match(messageOf(verify(scheduleOf(layers, [...grown, restrict]))), /^the pipeline must end on level 0 \(was level 1\)/);
    const grow: Stage = { kind: 'grow', growth: { kind: 'stack', factor: 2 }, h: 'keep', moments: 'carry', counters: 'carry' };
    assert.equal(
      messageOf(verify(scheduleOf(layers, [...grown, restrict, grow, prolongate]))),
      `stage ${grown.length + 2}, grow: only level 0 can grow (was at level 1); put it after the last prolongate`,
    );
  });

  law('cost is additive at every return to level 0 (law 5)', ({ layers, stages }) => {
    const all = writtenOut(stages);
    const visits = walkOf({ layers, stages });
    const whole = plan(scheduleOf(layers, all), costs);
    // The visits with which stages begin, one beyond the last among them; a branch is one stage of many visits.
    const firsts = [0];
    for (const [index, stage] of all.entries()) firsts.push((firsts[index] ?? 0) + visitsOf([stage]));
    // At most six of the returns: a repeat may have made hundreds.
    const returns = visits.filter(({ level, index }) => level === 0 && firsts.includes(index + 1));
    for (const { index, layers: depth } of returns.filter((_, each) => each % Math.ceil(returns.length / 6) === 0)) {
      const cut = firsts.indexOf(index + 1);
      const parts = [plan(scheduleOf(layers, all.slice(0, cut)), costs), plan(scheduleOf(depth, all.slice(cut)), costs)];
      const sum = (of: (each: (typeof parts)[number]) => Flops): Flops => parts.map(of).reduce(addFlops);
      assert.deepEqual(
        whole.training,
        sum(({ training }) => training),
      );
      assert.deepEqual(
        whole.transfer,
        sum(({ transfer }) => transfer),
      );
      assert.deepEqual(
        whole.total,
        sum(({ total }) => total),
      );
    }
    assert.equal(whole.allFine.matmul, whole.steps * (100 * (visits.at(-1)?.layers ?? layers) + 40));
  });
});

const identity = (size: number) => {
  const rows = Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => (row === column ? 1 : 0)));
  return { restriction: rows, prolongation: rows };
};
