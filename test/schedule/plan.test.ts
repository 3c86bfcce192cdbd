import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { plan, type StageCosts } from '../../src/plan/plan.js';
import { type Flops, noFlops } from '../../src/program/types/flops.js';
import { firstGrid, gridOf } from '../../src/schedule/grid.js';
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { differences } from '../../src/schedule/walk/difference.js';
import { stepRange } from '../../src/schedule/walk/step-range.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { evaluationsIn, isEvaluated } from '../../src/schedule/walk/when-evaluated.js';
import { layers, stages } from './arbitrary.js';
import { scheduleOf, setupOf } from './setups.js';

const flops = (matmul: number): Flops => ({ matmul, softmax: matmul / 2, elementwise: 1 });
const costs: StageCosts = {
  step: ({ layers }) => flops(100 * layers + 40),
  evaluation: ({ layers }) => flops(10 * layers),
  transfer: ({ layers, from }) => ({ ...noFlops, elementwise: layers + from.layers }),
};

const restrict = (factor: number, h: 'scale' | 'keep' = 'scale'): Stage => ({
  kind: 'restrict',
  operator: { kind: 'every', factor, offset: 0 },
  h,
  moments: 'carry',
  counters: 'carry',
});
const prolongate: Stage = { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' };
const grow = (factor: number, h: 'scale' | 'keep' = 'keep'): Stage => ({
  kind: 'grow',
  growth: { kind: 'stack', factor },
  h,
  moments: 'carry',
  counters: 'carry',
});
const train = (steps: number): Stage => ({ kind: 'train', steps });

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** What is at a place as sentences write it, `2.3.1`: a stage, or an arm's stages. */
const standsAt = (all: readonly Stage[], at: string): unknown =>
  at.split('.').reduce<unknown>((held, place) => {
    const list = isRecord(held) && !Array.isArray(held) ? (held.stages ?? held.arms) : held;
    return Array.isArray(list) ? list[Number(place) - 1] : assert.fail(`${at} is no place`);
  }, all);

describe('the walk', () => {
  it('follows levels, layers and h by hand', () => {
    const schedule = scheduleOf(12, [
      restrict(2),
      restrict(3, 'keep'),
      train(7),
      prolongate,
      { kind: 'repeat', times: 2, stages: [train(1)] },
      prolongate,
      train(5),
    ]);
    assert.deepEqual(
      walk(schedule).map(({ op, level, layers, h, from, firstStep }) => [op, level, layers, h, from.level, firstStep]),
      [
        ['restrict(even)', 1, 6, 2, 0, 0],
        ['restrict(every(3, 0), h: keep)', 2, 2, 2, 1, 0],
        ['train(7)', 2, 2, 2, 2, 0],
        ['prolongate', 1, 6, 2, 2, 7],
        ['train(1)', 1, 6, 2, 1, 7],
        ['train(1)', 1, 6, 2, 1, 8],
        ['prolongate', 0, 12, 1, 1, 9],
        ['train(5)', 0, 12, 1, 0, 9],
      ],
    );
  });

  it('follows growth, averages and matrices by hand', () => {
    const matrix: Stage = {
      kind: 'restrict',
      operator: {
        kind: 'matrix',
        restriction: [
          [0.5, 0.5, 0, 0],
          [0, 0, 1, 0],
          [0, 0, 0, 1],
        ],
        prolongation: [
          [1, 0, 0],
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      },
      h: 'scale',
      moments: 'carry',
      counters: 'carry',
    };
    const average: Stage = { kind: 'restrict', operator: { kind: 'average', factor: 3 }, h: 'scale', moments: 'reset', counters: 'reset' };
    const schedule = scheduleOf(2, [train(1), grow(2), matrix, average, train(1), prolongate, prolongate, grow(3, 'scale'), train(1)]);
    assert.deepEqual(
      walk(schedule).map(({ op, level, layers, h }) => [op, level, layers, h]),
      [
        ['train(1)', 0, 2, 1],
        ['grow(stack(2))', 0, 4, 1],
        ['restrict(matrix([[0.5, 0.5, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]))', 1, 3, 4 / 3],
        ['restrict(average(3), moments: reset)', 2, 1, 4],
        ['train(1)', 2, 1, 4],
        ['prolongate', 1, 3, 4 / 3],
        ['prolongate', 0, 4, 1],
        ['grow(stack(3), h: scale)', 0, 12, 1 / 3],
        ['train(1)', 0, 12, 1 / 3],
      ],
    );
  });

  it('each visit begins where the one before ended, and every verified walk ends on level 0', () => {
    fc.assert(
      fc.property(layers, stages, (depth, all) => {
        const schedule = scheduleOf(depth, all);
        if (E.isLeft(verify(schedule))) return;
        const visits = walk(schedule);
        for (const [index, visit] of visits.entries()) {
          assert.equal(visit.index, index);
          assert.deepEqual(visit.from, gridOf(visits[index - 1] ?? firstGrid(setupOf(depth).model)));
        }
        assert.equal(visits.at(-1)?.level, 0);
      }),
      { numRuns: 500 },
    );
  });
});

/** Whether this place is one in replicas. */
const inReplicas = (all: readonly Stage[], at: string): boolean => {
  const numbers = at.split('.');
  return numbers.some((_, length) => {
    const around = length > 0 ? standsAt(all, numbers.slice(0, length).join('.')) : undefined;
    return isRecord(around) && around.kind === 'replicas';
  });
};

describe('places', () => {
  it('are those of the schedule as it is written, by hand', () => {
    const arm = [restrict(2), train(1), prolongate];
    const all: readonly Stage[] = [
      train(1),
      { kind: 'repeat', times: 2, stages: [train(1), { kind: 'branch', arms: [arm, [train(2)]], shared: { kind: 'average' } }] },
      train(3),
    ];
    const pass = ['2.1', '2.2.1', '2.2.1.1', '2.2.1.2', '2.2.1.3', '2.2.2', '2.2.2.1', '2.2'];
    assert.deepEqual(
      walk(scheduleOf(2, all)).map(({ at }) => at),
      ['1', ...pass, ...pass, '3'],
    );
  });

  it('lead to the stage that happens, whatever is nested in what', () => {
    fc.assert(
      fc.property(layers, stages, (depth, all) => {
        const schedule = scheduleOf(depth, all);
        if (E.isLeft(verify(schedule))) return;
        for (const { stage, at } of walk(schedule)) {
          const there = standsAt(all, at);
          const kind = isRecord(there) ? there.kind : undefined;
          // Each replica trains by the stages of all of them; an arm has its own.
          if (stage.kind === 'arm') assert.ok(Array.isArray(there) || kind === 'replicas', at);
          else if (stage.kind === 'merge') assert.ok(kind === 'branch' || kind === 'replicas', at);
          // A round is a part of what each replica trains, so its stages are others of the same kinds.
          else if (inReplicas(all, at)) assert.equal(kind, stage.kind, at);
          else assert.equal(there, stage, at);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are reported of stages that differ', () => {
    const looped = (steps: number): Schedule => scheduleOf(2, [train(1), { kind: 'repeat', times: 3, stages: [train(1), train(steps)] }]);
    assert.deepEqual(differences(looped(5), looped(6)), ['stage 2.2 was train(5) and is train(6)']);
    assert.deepEqual(differences(looped(5), scheduleOf(2, [train(1), train(1)])), ['stage 2.2 was train(5) and is not there']);
  });
});

describe('the plan', () => {
  it('costs a V-cycle by hand', () => {
    const { stages, training, total, allFine, saving, transfer, levels, evaluation } = plan(
      scheduleOf(8, [restrict(2), train(600), prolongate, train(200)]),
      costs,
    );
    assert.deepEqual(
      stages.map(({ op, kind, steps, tokens, flops, evaluations }) => [op, kind, steps, tokens, flops.matmul, evaluations]),
      [
        ['restrict(even)', 'restrict', 0, 0, 0, 0],
        ['train(600)', 'train', 600, 600 * 4 * 16, 600 * 440, 3],
        ['prolongate', 'prolongate', 0, 0, 0, 0],
        ['train(200)', 'train', 200, 200 * 4 * 16, 200 * 840, 2],
      ],
    );
    assert.equal(training.matmul, 600 * 440 + 200 * 840);
    assert.equal(allFine.matmul, 800 * 840);
    assert.equal(saving, 1 - (600 * 440 + 200 * 840) / (800 * 840));
    assert.deepEqual(transfer, { ...noFlops, elementwise: 24 });
    assert.equal(total.elementwise, training.elementwise + 24);
    assert.equal(evaluation.matmul, 3 * 40 + 2 * 80);
    assert.deepEqual(
      levels.map(({ level, layers, h, visits, steps }) => [level, layers, h, visits, steps]),
      [
        [0, 8, 1, 1, 200],
        [1, 4, 2, 1, 600],
      ],
    );
  });

  it('compares growth with as many steps at the depth that it ends with', () => {
    const { allFine, saving, levels, total } = plan(scheduleOf(2, [train(30), grow(3), train(10)]), costs);
    assert.equal(total.matmul, 30 * 240 + 10 * 640);
    assert.equal(allFine.matmul, 40 * 640);
    assert.equal(saving, 1 - (30 * 240 + 10 * 640) / (40 * 640));
    assert.deepEqual(
      levels.map(({ level, layers, steps }) => [level, layers, steps]),
      [
        [0, 6, 10],
        [0, 2, 30],
      ],
    );
  });

  it('compares with training of everything, whatever part the last stage trains', () => {
    const partial: StageCosts = { ...costs, step: ({ layers, trained }) => flops(trained === undefined ? 100 * layers + 40 : 50) };
    const last: Stage = { kind: 'train', steps: 10, only: { kind: 'new', sharedLayers: 'freeze' }, stochasticDepth: 0.5 };
    const { allFine, total } = plan(scheduleOf(2, [train(30), grow(2), last]), partial);
    assert.equal(total.matmul, 30 * 240 + 10 * 50);
    assert.equal(allFine.matmul, 40 * 440);
  });

  it('a stage that some evaluation may follow at once takes one step at least', () => {
    const until = { kind: 'loss', loss: 1, on: { kind: 'heldOut' } } as const;
    const figures = { tokens: 1, flops: 1, evaluateEvery: 10 };
    const least = (before: { readonly least: number; readonly most: number }): number =>
      stepRange({ kind: 'train', steps: 40, until }, { ...figures, before }).least;
    assert.equal(least({ least: 0, most: 0 }), 10);
    assert.equal(least({ least: 3, most: 7 }), 3);
    assert.equal(least({ least: 3, most: 9 }), 1);
    assert.equal(least({ least: 3, most: 30 }), 1);
    assert.equal(least({ least: 10, most: 10 }), 10);
  });

  it('no training, no saving', () => assert.equal(plan(scheduleOf(4, [restrict(2), prolongate]), costs).saving, 0));
});

describe('evaluations', () => {
  it('evaluationsIn counts where isEvaluated holds', () => {
    const small = fc.nat(40);
    fc.assert(
      fc.property(small, small, small, (every, firstStep, steps) => {
        const evaluation = { every, batches: 1 };
        let count = 0;
        for (let done = 1; done <= steps; done += 1) {
          if (isEvaluated(evaluation, { step: firstStep + done, lastOfStage: done === steps })) count += 1;
        }
        assert.equal(evaluationsIn(evaluation, { firstStep, steps }), count);
      }),
    );
  });

  it('every 0 is the end of each training stage only', () => {
    assert.equal(isEvaluated({ every: 0, batches: 1 }, { step: 250, lastOfStage: false }), false);
    assert.equal(isEvaluated({ every: 0, batches: 1 }, { step: 7, lastOfStage: true }), true);
  });
});
