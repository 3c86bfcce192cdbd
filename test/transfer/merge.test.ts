/** Merges of arms, before any tensor: who wrote what, and what several wrote; over examples and generated pipelines. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { bind, parse } from '../../src/schedule/text/index.js';
import { walk } from '../../src/schedule/walk/walk.js';
import type { MergeRecipes } from '../../src/transfer/merge.js';
import type { Recipe } from '../../src/transfer/recipe.js';
import { resolve } from '../../src/transfer/resolve.js';
import { rightOf } from '../schedule/results.js';
import { sensible } from '../schedule/sensible.js';
import { scheduleOf } from '../schedule/setups.js';

/** By the index of their visit. */
const mergesOf = (schedule: Schedule): ReadonlyMap<number, MergeRecipes> =>
  new Map(
    resolve(schedule).flatMap(({ index, transfer }): readonly (readonly [number, MergeRecipes])[] => {
      if (transfer?.kind !== 'merge') return [];
      const [shared, ...more] = transfer.shared.recipes;
      assert.ok(shared !== undefined && more.length === 0);
      return [[index, { layers: transfer.layers.recipes, shared }]];
    }),
  );

const stagesOf = (text: string): readonly Stage[] => rightOf(bind(rightOf(parse(text)), {}));

/** The recipes of the merges of a pipeline, in their order. */
const merges = (layers: number, text: string): readonly MergeRecipes[] => [...mergesOf(scheduleOf(layers, stagesOf(text))).values()];

/** `-` keeps, `3` takes, `0:0.5 4:0.5` combines. */
const shown = (recipe: Recipe): string => {
  if (recipe.kind === 'keep') return '-';
  if (recipe.kind === 'take') return String(recipe.from);
  return recipe.kind === 'combine' ? recipe.terms.map(({ column, weight }) => `${column}:${weight}`).join(' ') : recipe.kind;
};

const only = (layers: number, text: string): { readonly layers: readonly string[]; readonly shared: string } => {
  const [merge, ...more] = merges(layers, text);
  assert.ok(merge !== undefined && more.length === 0);
  return { layers: merge.layers.map(shown), shared: shown(merge.shared) };
};

describe('merges of arms', () => {
  it('even and odd write their own layers; the shared ones are the mean', () => {
    assert.deepEqual(only(4, '( restrict(even) >> train(1) >> prolongate | restrict(odd) >> train(1) >> prolongate )'), {
      layers: ['0', '5', '2', '7'],
      shared: '0:0.5 1:0.5',
    });
  });

  it('what one arm alone wrote is its own whatever the policy, and what none wrote stays', () => {
    for (const shared of ['average', 'last', 'weighted(0.25, 0.5, 0.25)'])
      assert.deepEqual(
        only(
          4,
          `( restrict(every(4, 1)) >> train(1) >> prolongate | restrict(every(4, 3)) >> train(1) >> prolongate | restrict(even) >> prolongate, shared: ${shared} )`,
        ).layers,
        ['-', '1', '-', '7'],
      );
  });

  it('several that wrote are merged by the policy; weights are those of the arms that wrote, summing to 1', () => {
    const arms = 'restrict(even) >> train(1) >> prolongate | train(1) | restrict(odd) >> train(1) >> prolongate';
    assert.deepEqual(only(2, `( ${arms} )`), { layers: ['0:0.5 2:0.5', '3:0.5 5:0.5'], shared: `0:${1 / 3} 1:${1 / 3} 2:${1 / 3}` });
    assert.deepEqual(only(2, `( ${arms}, shared: last )`), { layers: ['2', '5'], shared: '2' });
    assert.deepEqual(only(2, `( ${arms}, shared: weighted(0.5, 0.125, 0.375) )`), {
      layers: ['0:0.8 2:0.2', '3:0.25 5:0.75'],
      shared: '0:0.5 1:0.125 2:0.375',
    });
  });

  it('an arm that comes back by injection without training wrote nothing; one that changed moments or counters on the way did', () => {
    const second = 'restrict(even) >> train(1) >> prolongate';
    const of = (first: string): readonly string[] => only(2, `( ${first} | ${second} )`).layers;
    assert.deepEqual(of('restrict(even) >> prolongate'), ['2', '-']);
    assert.deepEqual(of('restrict(even, moments: reset) >> prolongate'), ['0:0.5 2:0.5', '-']);
    assert.deepEqual(of('restrict(even, counters: reset) >> prolongate'), ['0:0.5 2:0.5', '-']);
    assert.deepEqual(of('restrict(even, h: keep, moments: rescale) >> prolongate'), ['2', '-']);
    assert.deepEqual(of('restrict(even, moments: rescale) >> prolongate'), ['0:0.5 2:0.5', '-']);
    assert.deepEqual(of('restrict(even) >> prolongate(correction: 0.5)'), ['0:0.5 2:0.5', '-']);
    assert.deepEqual(of('restrict(average(2)) >> prolongate'), ['0:0.5 2:0.5', '1']);
  });

  it('an inner branch writes for its arm what its own merge writes', () => {
    const inner = '( restrict(even) >> train(1) >> prolongate | restrict(even) >> prolongate )';
    const [first, second] = merges(4, `( ${inner} | restrict(odd) >> train(1) >> prolongate )`);
    assert.deepEqual([first?.layers.map(shown), first && shown(first.shared)], [['0', '-', '2', '-'], '0']);
    assert.deepEqual([second?.layers.map(shown), second && shown(second.shared)], [['0', '5', '2', '7'], '0:0.5 1:0.5']);
  });

  it('every merge has recipes for the existing layers; weights sum to 1; columns are of their own layer', () => {
    fc.assert(
      fc.property(sensible, ({ layers, stages }) => {
        const schedule = scheduleOf(layers, stages);
        const visits = walk(schedule);
        const all = mergesOf(schedule);
        for (const { index, stage, layers: count } of visits) {
          const merge = all.get(index);
          // Replicas are merged by an outer step, whatever they wrote.
          assert.equal(merge !== undefined, stage.kind === 'merge' && stage.round === undefined);
          if (merge === undefined || stage.kind !== 'merge') continue;
          assert.equal(merge.layers.length, count);
          for (const [layer, recipe] of [...merge.layers.entries(), [undefined, merge.shared] as const]) {
            const columns =
              recipe.kind === 'take' ? [recipe.from] : recipe.kind === 'combine' ? recipe.terms.map(({ column }) => column) : [];
            const arms = columns.map((column) => (layer === undefined ? column : (column - layer) / count));
            assert.ok(arms.every((arm) => Number.isInteger(arm) && arm >= 0 && arm < stage.arms));
            if (stage.arms === 1) assert.notEqual(recipe.kind, 'combine');
            if (stage.shared.kind === 'last') assert.notEqual(recipe.kind, 'combine');
            if (recipe.kind === 'combine') {
              assert.ok(recipe.terms.length > 1 && recipe.terms.every(({ weight }) => weight > 0));
              assert.ok(Math.abs(recipe.terms.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-9);
            }
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
