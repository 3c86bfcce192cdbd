/**
 * A mix before any tensor, by hand: which layers are mixed with what, and by how much. What it does to weights, moments and counters:
 * `moments.test.ts`, `level-stack.test.ts`, `width.test.ts`; in a run: `test/runner/mix.test.ts`.
 */
import assert from 'node:assert/strict';
import type { Interpolation, Operator } from '../../src/schedule/schedule.js';
import { prolongationOf, transferOf } from '../../src/transfer/operators.js';
import { prolongationRecipes, type Recipe } from '../../src/transfer/recipe.js';

const mixed = (operator: Operator, layers: number, alpha: number, interpolation: Interpolation = 'own'): readonly Recipe[] => {
  const transfer = transferOf(operator, layers);
  return prolongationRecipes(prolongationOf(interpolation, transfer), transfer.restriction, { kind: 'mix', alpha });
};

const share = 0.25;
const with_ = (...terms: readonly (readonly [column: number, weight: number])[]): Recipe => ({
  kind: 'mix',
  share,
  terms: terms.map(([column, weight]) => ({ column, weight })),
});
const keep: Recipe = { kind: 'keep' };

/** Three layers to two. */
const thirds: Operator = {
  kind: 'matrix',
  restriction: [
    [0.5, 0.5, 0],
    [0, 0, 1],
  ],
  prolongation: [
    [1, 0],
    [1, 0],
    [0, 1],
  ],
};

describe('the recipes of a mix', () => {
  it('by means, each layer is mixed with the one that its group became', () =>
    assert.deepEqual(mixed({ kind: 'average', factor: 2 }, 4, share), [with_([0, 1]), with_([0, 1]), with_([1, 1]), with_([1, 1])]));

  it('by an injection, layers that P does not reach keep', () =>
    assert.deepEqual(mixed({ kind: 'every', factor: 3, offset: 1 }, 6, share), [keep, with_([0, 1]), keep, keep, with_([1, 1]), keep]));

  it('by matrices of odd shapes, with the sum that P says', () => {
    assert.deepEqual(mixed(thirds, 3, share), [with_([0, 1]), with_([0, 1]), with_([1, 1])]);
    const skewed: Operator = { kind: 'matrix', restriction: [[2, -1, 0, 0, 0]], prolongation: [[0.5], [0], [-1], [3], [0]] };
    assert.deepEqual(mixed(skewed, 5, share), [with_([0, 0.5]), keep, with_([0, -1]), with_([0, 3]), keep]);
  });

  it('with another interpolation, by its weights: places 0.5 and 2 of three layers', () => {
    assert.deepEqual(mixed(thirds, 3, share, 'repeat'), [with_([0, 1]), with_([0, 1]), with_([1, 1])]);
    const [first, second, third] = mixed(thirds, 3, share, 'linear');
    assert.deepEqual([first, third], [with_([0, 1]), with_([1, 1])]);
    assert.ok(second?.kind === 'mix' && second.share === share);
    const weights = second.terms.map(({ column, weight }) => [column, Math.round(weight * 3000) / 1000]);
    assert.deepEqual(weights, [
      [0, 2],
      [1, 1],
    ]);
  });

  it('by 1 it is total', () => {
    const every: Operator = { kind: 'every', factor: 3, offset: 2 };
    const operators: readonly (readonly [Operator, number])[] = [
      [thirds, 3],
      [every, 9],
      [{ kind: 'average', factor: 4 }, 8],
      [{ kind: 'compose', operators: [every, { kind: 'average', factor: 2 }, { kind: 'width', factor: 2 }] }, 12],
    ];
    for (const [operator, layers] of operators)
      for (const interpolation of ['own', 'repeat', 'linear'] as const) {
        const transfer = transferOf(operator, layers);
        const total = prolongationRecipes(prolongationOf(interpolation, transfer), transfer.restriction, { kind: 'total' });
        assert.deepEqual(mixed(operator, layers, 1, interpolation), total);
      }
  });
});
