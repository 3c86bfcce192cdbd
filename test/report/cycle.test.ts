/** The picture of a cycle: each stage lies where its FLOPs put it, and the drawings show that. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nullCapabilities } from '../../backends/null/null.js';
import { adamw, gpt, tokens } from '../../dsl/index.js';
import { fillSetup } from '../../dsl/setup.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { plannedWork } from '../../src/plan/planned-work.js';
import { PNG_SCALE, toPng } from '../../src/report/charts/png.js';
import { column, DOWN, joined, LEFT, RIGHT, UP } from '../../src/report/cycle/box-characters.js';
import { cyclePath, workAt } from '../../src/report/cycle/cycle-path.js';
import { cyclesSvg } from '../../src/report/cycle/cycle-svg.js';
import { cycleText } from '../../src/report/cycle/cycle-text.js';
import { slantsOf } from '../../src/report/cycle/slants.js';
import { SCHEDULE_VERSION, type Schedule } from '../../src/schedule/schedule.js';
import { read } from '../../src/schedule/text/index.js';
import { clockSteps, rateAt } from '../../src/schedule/walk/learning-rate.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { rightOf } from '../schedule/results.js';
import { sensible } from '../schedule/sensible.js';

const NUM_RUNS = 200;

const scheduleOf = (layers: number, stages: Schedule['stages']): Schedule => ({
  version: SCHEDULE_VERSION,
  setup: fillSetup({ model: gpt({ layers, heads: 2, width: 8, context: 4 }), data: tokens(5), optimizer: adamw(), batch: 2, seed: 1 }),
  stages,
});

/** Work by hand: a step costs as many FLOPs as its network has layers, a transfer none. */
const drawn = (text: string, layers = 8) => {
  const schedule = scheduleOf(layers, rightOf(read(text)));
  const work = walk(schedule).map(({ stage, layers }) => ({ flops: stage.kind === 'train' ? stage.steps * layers : 0 }));
  return cyclePath('', schedule, work);
};

const generated = sensible.map(({ layers, stages }) => scheduleOf(layers, stages));

describe('the path of a cycle', () => {
  it('has every stage where its planned FLOPs put it, and ends with the plan', () => {
    const property = fc.property(sensible, ({ layers, stages }) => {
      const schedule = scheduleOf(layers, stages);
      const planned = planSchedule(schedule, { vocabulary: 5, capabilities: nullCapabilities });
      if (planned._tag === 'Left') return;
      const plan = planned.right;
      // A picture asks for less of a plan than its table.
      const asked = rightOf(planSchedule(schedule, { vocabulary: 5, capabilities: nullCapabilities }, 'path'));
      assert.deepEqual([plannedWork(asked), asked.saving], [plannedWork(plan), plan.saving]);
      const { places, work, stretches } = cyclePath('', schedule, plannedWork(plan));
      assert.equal(work, plan.total.matmul);
      let here = 0;
      for (const [index, { flops }] of plan.stages.entries()) {
        assert.deepEqual(places[index], { from: here, to: here + flops.matmul });
        here += flops.matmul;
      }
      for (const { stage, least, from } of stretches) {
        const { flopsPerStep, least: fewest } = plan.stages[stage] ?? assert.fail();
        assert.equal(least - from, flopsPerStep.matmul * fewest.steps);
      }
    });
    fc.assert(property, { numRuns: 40 });
  });

  it('is connected: a stage is on the level to which the last change led', () => {
    const property = fc.property(generated, (schedule) => {
      const { stretches, changes } = cyclePath('', schedule, []);
      const inOrder = [...stretches, ...changes].sort((a, b) => a.stage - b.stage);
      let level = 0;
      for (const item of inOrder) {
        assert.equal('kind' in item ? item.fromLevel : item.level, level);
        if ('kind' in item) level = item.toLevel;
      }
      assert.equal(level, 0);
    });
    fc.assert(property, { numRuns: NUM_RUNS });
  });

  it('has the rate with which each stage begins and ends', () => {
    const property = fc.property(generated, (schedule) => {
      const visits = walk(schedule);
      const work = visits.map(({ stage }) => ({ flops: stage.kind === 'train' ? stage.steps : 0 }));
      const { stretches, rates } = cyclePath('', schedule, work);
      const total = clockSteps(visits);
      const seen = new Set(rates.map(({ x, rate }) => `${x} ${rate}`));
      for (const { stage, from, to, steps } of stretches) {
        const visit = visits[stage] ?? assert.fail();
        assert.ok(visit.stage.kind === 'train');
        const rate = visit.stage.learningRate ?? schedule.setup.optimizer.learningRate;
        const at = (step: number): number => rateAt(rate, { ...visit, steps }, step, total);
        assert.ok(seen.has(`${from} ${at(0)}`) && seen.has(`${to} ${at(steps - 1)}`), `stage ${stage}`);
      }
    });
    fc.assert(property, { numRuns: NUM_RUNS });
  });

  it('keeps the state with which a branch begins until its last arm has ended', () => {
    const { held } = drawn(
      'train(2) >> ( restrict(even) >> train(4) >> prolongate | restrict(odd) >> train(4) >> prolongate ) >> train(2)',
    );
    assert.deepEqual(held, [
      { level: 0, from: 16, to: 32 },
      { level: 0, from: 32, to: 48 },
    ]);
  });

  it('knows where a run is', () => {
    const path = drawn('restrict(even) >> train(10) >> prolongate >> train(5)');
    assert.equal(workAt(path, { stage: 1, share: 0.5 }), 20);
    assert.equal(workAt(path, { stage: 2, share: 0 }), 40);
    assert.equal(workAt(path, { stage: 4, share: 0 }), 80);
  });
});

describe('a cycle in the terminal', () => {
  it('is a W', () => {
    const text = cycleText(drawn('wCycle(levels: 3, operator: even, coarse: 8, post: 4)'), 60);
    // 44 columns for 96 units of work: 16 of the first coarse solve end in column 7, then 32, 48 and 64 in 15, 22 and 29.
    assert.deepEqual(text.split('\n').slice(4, 7), [
      '0  8 layers    ╷                            ┍━━━━━━━━━━━━━━╸',
      '1  4 layers    │      ┍━━━━━━━┑      ┍━━━━━━┙',
      '2  2 layers    ┕━━━━━━┙       ┕━━━━━━┙',
    ]);
  });

  it('shows what waits, what grows, what is merged, and says which is which', () => {
    const even = 'restrict(even) >> train(9) >> prolongate';
    const text = cycleText(
      drawn(`( ${even} | ${even} ) >> train(3) >> grow(stack(2)) >> train(until.loss(2, on: training(5), atMost: 9)) >> evaluate`),
      80,
    );
    for (const said of ['◇ an arm begins', '◆ arms are merged', '▲ the network grows', '┄ the state', '• evaluated'])
      assert.ok(text.includes(said), said);
    assert.match(text, /◇┄+◇┄+/);
    const hidden = cycleText(drawn(`( ${even} | ${even} ) >> grow(stack(2)) >> train(9)`), 80);
    assert.doesNotMatch(hidden, /◆/);
    assert.match(hidden, /▲ the network grows/);
  });

  it('calls a replica so', () => {
    const even = 'restrict(even) >> train(9) >> prolongate';
    assert.match(cycleText(drawn('replicas(2, every: 9, train(9)) >> train(9)'), 80), /\n◇ a replica begins, ◆ replicas are merged$/);
    const both = cycleText(drawn(`( ${even} | ${even} ) >> train(9) >> replicas(2, every: 9, rounds: 2, ${even}) >> train(9)`), 80);
    for (const said of ['an arm begins', 'a replica begins', 'arms are merged', 'replicas are merged', 'next arm', 'next replica'])
      assert.ok(both.replaceAll('\n', ' ').includes(said), said);
  });

  it('fits the terminal, whatever the pipeline', () => {
    const property = fc.property(generated, fc.integer({ min: 40, max: 140 }), (schedule, width) => {
      const work = walk(schedule).map(({ stage, layers }) => ({ flops: stage.kind === 'train' ? stage.steps * (1 + layers) : 0 }));
      for (const line of cycleText(cyclePath('a name', schedule, work), width).split('\n')) assert.ok(line.length <= width, line);
    });
    fc.assert(property, { numRuns: NUM_RUNS });
  });

  it('joins lines by the sides that they leave', () => {
    assert.equal(joined(DOWN + LEFT), '┑');
    assert.equal(joined(UP + RIGHT), '┕');
    assert.equal(joined(LEFT + RIGHT), '━');
    assert.equal(joined(UP + DOWN), '│');
  });

  it('shows any rate above zero, and the largest as a full column', () => {
    assert.deepEqual(column(1e-9, 3), [' ', ' ', '▁']);
    assert.deepEqual(column(0.5, 3), [' ', '▄', '█']);
    assert.deepEqual(column(1, 3), ['█', '█', '█']);
    assert.deepEqual(column(0, 3), [' ', ' ', ' ']);
  });
});

describe('a cycle as a picture', () => {
  it('has sloping transfers that take a little from the stages beside them', () => {
    const path = drawn('train(10) >> restrict(even) >> train(20) >> prolongate');
    const { bars, lines } = slantsOf(path, (work) => work);
    assert.deepEqual(
      bars.map(({ from, to }) => [from, to]),
      [
        [0, 74],
        [86, 154],
      ],
    );
    assert.deepEqual(lines, [
      [
        { x: 74, level: 0 },
        { x: 86, level: 1 },
      ],
      [
        { x: 154, level: 1 },
        { x: 166, level: 0 },
      ],
    ]);
  });

  it('is a picture for any pipeline and any name, on one axis for all', async () => {
    const cycles = fc.sample(generated, { numRuns: 6, seed: 7 }).map((schedule, index) => {
      const work = walk(schedule).map(({ stage }) => ({ flops: stage.kind === 'train' ? stage.steps : 0, least: 0 }));
      return cyclePath(`a<b>&"\u0007\ufffe${index}`, schedule, work);
    });
    const svg = cyclesSvg(cycles);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
    const png = await toPng(svg)();
    const [, width] = /viewBox="0 0 (\d+) /.exec(svg) ?? [];
    assert.equal(new DataView(png.buffer, png.byteOffset).getUint32(16), PNG_SCALE * Number(width));
  });

  it('has room beside it for the sizes of each level, in words that are broken or shortened', () => {
    const sizes = (text: string, layers: number): readonly string[] =>
      [...cyclesSvg([drawn(text, layers)]).matchAll(/font-size="9\.5"[^>]*>([^<]*)</g)].map(([, words = '']) => words).slice(0, -1);
    assert.deepEqual(sizes('train(1) >> grow(stack(2)) >> train(1)', 8), ['8 → 16 layers']);
    assert.deepEqual(sizes('restrict(width(2)) >> train(1) >> prolongate', 8), ['8 layers × 8', '8 layers × 4']);
    const both = 'train(1) >> grow(stack(2)) >> train(1) >> grow(width(2)) >> train(1) >> grow(stack(2)) >> train(1)';
    assert.deepEqual(sizes(both, 16), ['16 → 32 → 64 layers', '× 8 → 16']);
    assert.deepEqual(sizes(both, 100), ['100 → … → 400 layers', '× 8 → 16']);
  });

  it('shortens a name that is longer than it is wide', () => {
    const { name: _, ...path } = drawn('train(1)');
    const [, shown = ''] = /font-size="14"[^>]*>([^<]*)</.exec(cyclesSvg([{ ...path, name: 'a-long-name-'.repeat(40) }])) ?? [];
    assert.match(shown, /^a-long-name-.*…$/);
    assert.ok(shown.length <= 101, shown);
  });

  it('stays small for thousands of stages', () => {
    const svg = cyclesSvg([drawn('repeat(2000, restrict(even) >> train(1) >> prolongate >> train(1))')]);
    assert.ok(svg.length < 500_000, `${svg.length} bytes`);
  });
});
