/** A transfer's action on cells, whatever they hold: which cells go where, and law 3, what a policy does to their moments. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MomentsPolicy } from '../../src/schedule/schedule.js';
import { injection } from '../../src/transfer/layer-matrix.js';
import { applyMoments, type LayerState, prolongateLayers, restrictLayers } from '../../src/transfer/transfer.js';

const cell = (layer: number): LayerState<string> => ({
  parameters: new Map([['weight', `weight ${layer}`]]),
  moments: new Map([
    ['weight/first', `first ${layer}`],
    ['weight/second', `second ${layer}`],
  ]),
  updates: 10 + layer,
});

const cells = (count: number): readonly LayerState<string>[] => Array.from({ length: count }, (_, layer) => cell(layer));

const injections = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 6 }), fc.nat())
  .map(([factor, coarse, draw]) => ({ factor, offset: draw % factor, layers: factor * coarse }));

describe('transfers of layers', () => {
  it('a restriction hands over the very cells; a prolongation puts them back among those that stayed', () => {
    fc.assert(
      fc.property(injections, ({ factor, offset, layers }) => {
        const { restriction, prolongation } = injection({ factor, offset }, layers);
        const fine = cells(layers);
        const coarse = restrictLayers(restriction, fine);
        assert.equal(coarse.length, layers / factor);
        for (const [index, layer] of coarse.entries()) assert.equal(layer, fine[factor * index + offset]);
        const back = prolongateLayers(prolongation, coarse, fine);
        assert.equal(back.length, layers);
        for (const [index, layer] of back.entries()) assert.equal(layer, fine[index]);
      }),
    );
  });

  it('a prolongation is total: a coarse layer that is another one takes the place of the fine one', () => {
    const { prolongation } = injection({ factor: 2, offset: 1 }, 4);
    const fine = cells(4);
    const fresh = [cell(7), cell(9)];
    assert.deepEqual(prolongateLayers(prolongation, fresh, fine), [fine[0], fresh[0], fine[2], fresh[1]]);
  });

  it('refuses matrices that are no injections, and stacks that do not fit them', () => {
    const average = {
      columns: 2,
      rows: [
        [
          { column: 0, weight: 0.5 },
          { column: 1, weight: 0.5 },
        ],
      ],
    };
    assert.throws(() => restrictLayers(average, cells(2)), /rows of one layer with weight 1/);
    assert.throws(() => restrictLayers({ columns: 2, rows: [[]] }, cells(2)), /leaves no coarse layer empty/);
    assert.throws(() => restrictLayers(injection({ factor: 2, offset: 0 }, 6).restriction, cells(4)), /rows of one layer/);
    assert.throws(
      () => prolongateLayers(injection({ factor: 2, offset: 0 }, 4).prolongation, cells(2), cells(2)),
      /a row for each fine layer/,
    );
  });
});

describe('moments policies (law 3)', () => {
  const snapshot = (states: readonly LayerState<string>[]) =>
    states.map(({ parameters, moments, updates }) => ({ parameters: new Map(parameters), moments: new Map(moments), updates }));

  for (const policy of ['carry', 'reset'] satisfies MomentsPolicy[])
    it(`${policy} acts on the moments of the moved layers as it says, and on nothing else`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 8 }), fc.infiniteStream(fc.boolean()), (count, coins) => {
          const all = cells(count);
          const moved = all.filter(() => coins.next().value);
          const before = snapshot(all);
          const zeroed: string[] = [];
          applyMoments(policy, moved, (old) => {
            zeroed.push(old);
            return 'zeros';
          });
          const expected = before.map((state, layer) =>
            policy === 'carry' || !moved.includes(all[layer] as LayerState<string>)
              ? state
              : { ...state, moments: new Map([...state.moments.keys()].map((name) => [name, 'zeros'])), updates: 0 },
          );
          assert.deepEqual(snapshot(all), expected);
          // Every old moment is given back exactly once.
          assert.deepEqual(
            zeroed,
            policy === 'carry'
              ? []
              : moved.flatMap((_, index) => [...(before[all.indexOf(moved[index] as LayerState<string>)]?.moments.values() ?? [])]),
          );
        }),
      );
    });
});
