/** Cycles: which levels they visit, and what that costs. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  cascade,
  even,
  fCycle,
  moments,
  nested,
  pipeline,
  prolongate,
  repeat,
  restrict,
  sequence,
  stack,
  train,
  training,
  until,
  vCycle,
  wCycle,
  zero,
} from '../../dsl/index.js';
import { plan } from '../../src/plan/plan.js';
import { type Flops, noFlops } from '../../src/program/types/flops.js';
import { type CycleName, cycleShapes } from '../../src/schedule/cycles.js';
import { bind, parse, print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { messageOf, rightOf } from './results.js';
import { scheduleOf, setupOf } from './setups.js';

const expanded = (text: string): string => print(rightOf(parse(text)));

/** Training visits of each level, finest first, of a cycle with one step of everything. */
const visits = (name: CycleName, levels: number): readonly number[] => {
  const text = `${name}(levels: ${levels}, operator: even, coarse: 1, post: 1${name === 'cascade' ? '' : ', pre: 1'})`;
  const counts = Array.from({ length: levels }, () => 0);
  for (const { stage, level } of walk(rightOf(verify(scheduleOf(2 ** levels, rightOf(bind(rightOf(parse(text)), {}))))))) {
    if (stage.kind === 'train') counts[level] = (counts[level] ?? 0) + stage.steps;
  }
  return counts;
};

/** Cost in units of one step on the finest level, reckoned by the plan. */
const work = (name: 'vCycle' | 'wCycle' | 'fCycle', costs: readonly number[]): number => {
  const { levels } = { levels: costs.length };
  const text = `${name}(levels: ${levels}, operator: even, pre: 1, coarse: 1, post: 1)`;
  const schedule = rightOf(verify(scheduleOf(2 ** levels, rightOf(bind(rightOf(parse(text)), {})))));
  const step = (level: number): Flops => ({ ...noFlops, matmul: costs[level] ?? Number.NaN });
  const { training } = plan(schedule, { step: ({ level }) => step(level), evaluation: () => noFlops, transfer: () => noFlops });
  return training.matmul / step(0).matmul;
};

describe('cycles', () => {
  // PyAMG's `cycle_complexity` counts each level twice (before and after the coarse correction), the coarsest once for each visit.
  const pyamg = [100, 25, 9, 4];
  const complexities = [
    ['vCycle', 4, 2.72],
    ['wCycle', 4, 3.88],
    ['fCycle', 4, 3.66],
    ['vCycle', 3, 2.59],
    ['wCycle', 3, 3.18],
    ['fCycle', 3, 3.18],
  ] as const;
  for (const [name, levels, complexity] of complexities) {
    it(`${name} over level costs ${pyamg.slice(0, levels).join(', ')} is ${complexity} work units, as in PyAMG`, () =>
      assert.equal(work(name, pyamg.slice(0, levels)), complexity));
  }

  it('visit levels by hand', () => {
    assert.deepEqual(visits('vCycle', 4), [2, 2, 2, 1]);
    assert.deepEqual(visits('wCycle', 4), [2, 4, 8, 4]);
    assert.deepEqual(visits('fCycle', 4), [2, 4, 6, 3]);
    assert.deepEqual(visits('nested', 3), [2, 4, 3]);
    assert.deepEqual(visits('cascade', 4), [1, 1, 1, 1]);
  });

  it('two levels are one cycle, whatever its letter', () => {
    const [v, w, f] = (['vCycle', 'wCycle', 'fCycle'] as const).map((name) =>
      expanded(`${name}(levels: 2, operator: odd, pre: 1, coarse: 2, post: 3)`),
    );
    assert.equal(v, 'train(1) >> restrict(odd) >> train(2) >> prolongate >> train(3)');
    assert.deepEqual([w, f], [v, v]);
  });

  const texts: readonly (readonly [cycle: string, stages: string])[] = [
    [
      'vCycle(levels: 3, operator: even, pre: 50, coarse: 400, post: 100)',
      'train(50) >> restrict(even) >> train(50) >> restrict(even) >> train(400) >> prolongate >> train(100) >> prolongate >> train(100)',
    ],
    [
      'wCycle(levels: 3, operator: average(2), coarse: 4, h: keep, moments: reset, correction: 0.5, interpolation: linear)',
      'restrict(average(2), h: keep, moments: reset) >> repeat(2, restrict(average(2), h: keep, moments: reset) >> train(4) >> prolongate(correction: 0.5, interpolation: linear, moments: reset)) >> prolongate(correction: 0.5, interpolation: linear, moments: reset)',
    ],
    [
      'fCycle(levels: 3, operator: every(k, 1), coarse: n, post: m)',
      'restrict(every(k, 1)) >> restrict(every(k, 1)) >> train(n) >> prolongate >> train(m) >> restrict(every(k, 1)) >> train(n) >> prolongate >> train(m) >> prolongate >> train(m)',
    ],
    [
      'nested(levels: 3, operator: even, pre: 1, coarse: 2, post: 3)',
      'restrict(even) >> restrict(even) >> train(2) >> prolongate >> train(1) >> restrict(even) >> train(2) >> prolongate >> train(3) >> prolongate >> train(1) >> restrict(even) >> train(1) >> restrict(even) >> train(2) >> prolongate >> train(3) >> prolongate >> train(3)',
    ],
    [
      'cascade(levels: 3, operator: even, coarse: 2, post: 3, interpolation: repeat)',
      'restrict(even) >> restrict(even) >> train(2) >> prolongate(interpolation: repeat) >> train(3) >> prolongate(interpolation: repeat) >> train(3)',
    ],
    [
      'vCycle(levels: 3, operator: average(2), coarse: 2, post: n, mix: a, moments: reset)',
      'restrict(average(2), moments: reset) >> restrict(average(2), moments: reset) >> train(2) >> prolongate(mix: a, moments: reset) >> train(n) >> prolongate(mix: a, moments: reset) >> train(n)',
    ],
    [
      'cascade(levels: 3, operator: interleave(2), coarse: 2, post: 3, h: scale)',
      'train(2) >> grow(repeat(2), h: scale) >> train(3) >> grow(repeat(2), h: scale) >> train(3)',
    ],
    [
      'vCycle(levels: 2, operator: even, coarse: 2, moments: (down: reset, up: average), counters: carry)',
      'restrict(even, moments: reset, counters: carry) >> train(2) >> prolongate(moments: average)',
    ],
    [
      'vCycle(levels: 2, operator: even, coarse: 2, counters: (down: reset, up: carry))',
      'restrict(even, counters: reset) >> train(2) >> prolongate',
    ],
    [
      'cascade(levels: 2, operator: stack(2), coarse: 2, moments: (down: reset, up: zero-new))',
      'train(2) >> grow(stack(2), moments: zero-new)',
    ],
    [
      'vCycle(levels: 2, operator: even, pre: train(n, only: [0, 2..3]), coarse: until.plateau(on: training(50), patience: 20, atMost: 400), post: until.loss(x, on: heldOut, atMost: 300))',
      'train(n, only: [0, 2..3]) >> restrict(even) >> train(until.plateau(on: training(50), patience: 20, atMost: 400)) >> prolongate >> train(until.loss(x, on: heldOut, atMost: 300))',
    ],
    [
      'cascade(levels: 3, operator: last(4), coarse: train(until.tokens(640, atMost: 20), stochasticDepth: 0.5), post: train(100, only: new, sharedLayers: train))',
      'train(until.tokens(640, atMost: 20), stochasticDepth: 0.5) >> grow(last(4)) >> train(100, only: new, sharedLayers: train) >> grow(last(4)) >> train(100, only: new, sharedLayers: train)',
    ],
    ['vCycle(levels: 2, operator: even, coarse: train)', 'restrict(even) >> train(train) >> prolongate'],
    [
      'moments(down: reset, up: rescale, train(1) >> repeat(3, (restrict(odd, moments: carry) >> prolongate)) >> grow(zero(2)))',
      'train(1) >> repeat(3, restrict(odd, moments: reset) >> prolongate(moments: rescale)) >> grow(zero(2), moments: rescale)',
    ],
  ];
  for (const [cycle, written] of texts) it(`${cycle} is ${written}`, () => assert.equal(expanded(cycle), written));

  it('code and text give the same value', () => {
    const setup = { ...setupOf(16), model: { ...setupOf(16).model, layers: 16 as const } };
    const options = { levels: 4, operator: even, pre: 1, coarse: 2, post: 3, moments: 'reset', correction: 0.25 } as const;
    const text = '(levels: 4, operator: even, pre: 1, coarse: 2, post: 3, moments: reset, correction: 0.25)';
    assert.deepEqual(pipeline(setup, vCycle(options)), pipeline(setup, `vCycle${text}` as string));
    assert.deepEqual(pipeline(setup, wCycle(options)), pipeline(setup, `wCycle${text}` as string));
    assert.deepEqual(pipeline(setup, fCycle(options)), pipeline(setup, `fCycle${text}` as string));
    assert.deepEqual(pipeline(setup, nested(options)), pipeline(setup, `nested${text}` as string));
    const mixing = { levels: 3, operator: even, coarse: 2, mix: 0.25 } as const;
    for (const [name, cycle] of [
      ['vCycle', vCycle(mixing)],
      ['wCycle', wCycle(mixing)],
      ['fCycle', fCycle(mixing)],
      ['nested', nested(mixing)],
      ['cascade', cascade(mixing)],
    ] as const)
      assert.deepEqual(pipeline(setup, cycle), pipeline(setup, `${name}(levels: 3, operator: even, coarse: 2, mix: 0.25)` as string));
    assert.deepEqual(
      pipeline(setup, cascade({ levels: 3, operator: zero(3), coarse: 2 })),
      pipeline(setup, 'cascade(levels: 3, operator: zero(3), coarse: 2)'),
    );
    assert.deepEqual(
      pipeline(
        setup,
        nested({
          levels: 3,
          operator: even,
          pre: until.loss(2, { on: training(3), atMost: 9 }),
          coarse: train(until.plateau({ on: training(50), patience: 20, atMost: 400 }), { stochasticDepth: 0.8 }),
          post: train(4, { only: [0, [2, 3]] }),
        }),
      ),
      pipeline(
        setup,
        'nested(levels: 3, operator: even, pre: until.loss(2, on: training(3), atMost: 9), coarse: train(until.plateau(on: training(50), patience: 20, atMost: 400), stochasticDepth: 0.8), post: train(4, only: [0, 2..3]))',
      ),
    );
    assert.deepEqual(
      pipeline(
        setup,
        vCycle({
          levels: 2,
          operator: even,
          coarse: 2,
          moments: { down: 'reset', up: 'average' },
          counters: { down: 'carry', up: 'reset' },
        }),
      ),
      pipeline(
        setup,
        'vCycle(levels: 2, operator: even, coarse: 2, moments: (down: reset, up: average), counters: (down: carry, up: reset))',
      ),
    );
    assert.deepEqual(
      pipeline(setup, moments({ down: 'reset', up: 'zero-new' }, repeat(2, restrict(even), sequence(train(3), prolongate)))),
      pipeline(setup, 'moments(down: reset, up: zero-new, repeat(2, restrict(even) >> train(3) >> prolongate))'),
    );
    assert.equal(walk(pipeline(setup, cascade({ levels: 3, operator: stack(2), coarse: 2 }))).at(-1)?.layers, 64);
  });

  it('return to where they began, visit each level, and mirror each restriction', () => {
    const name = fc.constantFrom(...(Object.keys(cycleShapes) as CycleName[]));
    fc.assert(
      fc.property(name, fc.integer({ min: 2, max: 12 }), (cycle, levels) => {
        const down = 'down';
        const shape = cycleShapes[cycle]<string>({
          levels,
          down: [down],
          up: ['up'],
          pre: [],
          post: [],
          coarse: ['coarse'],
          twice: (stages) => [...stages, ...stages].join(' '),
        });
        let level = 0;
        let deepest = 0;
        for (const stage of shape.flatMap((each) => each.split(' '))) {
          if (stage === 'down') level += 1;
          if (stage === 'up') level -= 1;
          if (stage === 'coarse') assert.equal(level, levels - 1);
          assert.ok(level >= 0);
          deepest = Math.max(deepest, level);
        }
        assert.deepEqual([level, deepest], [0, levels - 1]);
      }),
      { numRuns: 200 },
    );
  });

  it('twelve levels of any cycle are few stages', () => {
    for (const name of Object.keys(cycleShapes)) assert.ok(expanded(`${name}(levels: 12, operator: even, coarse: 1)`).length < 20_000);
  });

  const sentences: readonly (readonly [text: string, message: string])[] = [
    ['vCycle', 'column 7: a parenthesis is missing: expected "(" (was the end of the text)'],
    ['vCycle()', 'column 8: expected an option (was ")")'],
    ['vCycle(levels: 1, operator: even, coarse: 1)', 'column 16: levels must be an integer >= 2 (was 1)'],
    ['vCycle(levels: 13, operator: even, coarse: 1)', 'column 16: levels must be an integer <= 12 (was 13)'],
    ['vCycle(levels: n, operator: even, coarse: 1)', 'column 16: levels must be an integer >= 2 (was n)'],
    [
      'wCycle(levels: 3, operator: even)',
      'column 33: wCycle needs the option coarse, as in wCycle(levels: 3, operator: even, coarse: 400, post: 100)',
    ],
    [
      'vCycle(levels: 3, operator: even, coarse: until.plateau(on: training(5), patience: 3))',
      'column 85: until.plateau needs the option atMost, as in until.plateau(on: training(50), patience: 20, atMost: 400)',
    ],
    [
      'vCycle(levels: 3, operator: even, coarse: train(3, sharedLayers: train))',
      'column 71: sharedLayers goes with only; give only too, or remove it',
    ],
    [
      'vCycle(levels: 3, operator: even, coarse: until.plato(on: training(5), patience: 3))',
      'column 43: unknown end "until.plato"; the ends are until.plateau, until.loss, until.tokens, until.flops, until.slopeBelow; the nearest word is until.plateau',
    ],
    ['fCycle(levels: 3, operator: even, coarse: 3, pre: 0)', 'column 51: steps must be an integer >= 1 (was 0)'],
    [
      'nested(levels: 3, operator: stack(2), coarse: 3)',
      'column 29: unknown operator "stack" of nested; the operators are even, odd, every(k, offset), average(k), matrix(R, P), width(k), compose(A, B)',
    ],
    [
      'cascade(levels: 3, operator: stack(2), coarse: 3, correction: 0.5)',
      'column 66: correction is for prolongations, and a cascade by growth has none; remove it',
    ],
    [
      'cascade(levels: 3, operator: stack(2), coarse: 3, mix: 0.5)',
      'column 59: mix is for prolongations, and a cascade by growth has none; remove it',
    ],
  ];
  it('a part that is no training stage is named by the verifier', () => {
    const given = { levels: 2, operator: even, coarse: 3 } as const;
    const setup = { ...setupOf(4), model: { ...setupOf(4).model, layers: 4 as const } };
    const messageFor = (part: unknown): string => messageOf(verify(pipeline(setup, vCycle({ ...given, post: part as number }))));
    for (const part of [null, 'many', { steps: 3 }, []]) assert.match(messageFor(part), /\bstages\[3\]/);
    assert.equal(
      messageFor(train(3, { sharedLayers: 'train' as never })),
      'stage 4, sharedLayers goes with only; give only too, or remove it',
    );
  });

  for (const [text, message] of sentences) it(`${text}: ${message}`, () => assert.equal(messageOf(parse(text)), message));
});
