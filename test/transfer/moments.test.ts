/**
 * Each moments policy on layers whose values say where they come from: layer i holds 100 + i as weights, i + 1 as first moment, (i + 1)² as
 * second moment, and has seen 10·(i + 1) updates. What a policy does to real training state: `level-stack.test.ts`.
 */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import type { Backend, BackendError, DeviceTensor } from '../../src/backend.js';
import { tensorsOf } from '../../src/model/cell-tensors.js';
import { largestRatio } from '../../src/optimizer/moment-ratio.js';
import { sizeOf } from '../../src/program/program.js';
import { type Sources, Transfers } from '../../src/runner/levels/blend-cells.js';
import type { Cell } from '../../src/runner/levels/cell.js';
import { TensorStore } from '../../src/runner/levels/tensor-store.js';
import { usualCounters } from '../../src/schedule/moment-policies.js';
import type { Correction, CountersPolicy, Growth, Interpolation, MomentsPolicy } from '../../src/schedule/schedule.js';
import { injection } from '../../src/transfer/layer-matrix.js';
import { PARAMETER_CLASS } from '../../src/transfer/layer-tensor.js';
import { momentsTransfer } from '../../src/transfer/moments.js';
import { prolongationOf } from '../../src/transfer/operators.js';
import { growthRecipes, prolongationRecipes, type Recipe, restrictionRecipes } from '../../src/transfer/recipe.js';
import { adamw, tinyModel } from '../model/tiny.js';

const right = <A>(result: E.Either<BackendError, A>): A => (E.isLeft(result) ? assert.fail(result.left.message) : result.right);

const model = { ...tinyModel, width: 2 };
const tensors = tensorsOf(model, adamw)(model).layer;

/** What one layer holds, each of its tensors being one number throughout. */
type Layer = readonly [weight: number, first: number, second: number, updates: number];

const layer = (index: number): Layer => [100 + index, index + 1, (index + 1) ** 2, 10 * (index + 1)];

describe('moments policies', () => {
  let backend: Backend;
  let store: TensorStore;
  before(async () => {
    backend = right(await createOnnxCpu()());
    store = new TensorStore(backend);
  });
  after(async () => right(await backend.close()()));

  const cellOf = async ([weight, first, second, updates]: Layer): Promise<Cell> => {
    const cell: Cell = { parameters: new Map(), moments: new Map(), updates };
    for (const { name, class: tensorClass, shape } of tensors) {
      const value = tensorClass === PARAMETER_CLASS ? weight : tensorClass === 'first-moment' ? first : second;
      const tensor = right(await store.upload(shape, new Float32Array(sizeOf(shape)).fill(value)));
      store.put(tensorClass === PARAMETER_CLASS ? cell.parameters : cell.moments, name, tensor);
    }
    return cell;
  };
  const cellsOf = (layers: readonly Layer[]): Promise<readonly Cell[]> => Promise.all(layers.map(cellOf));

  const numberIn = async (tensor: DeviceTensor | undefined): Promise<number> => {
    const { data } = right(await backend.download(tensor ?? assert.fail())());
    assert.ok(data.every((value) => value === data[0]));
    return data[0] ?? assert.fail();
  };
  const layerOf = async ({ parameters, moments, updates }: Cell): Promise<Layer> => {
    const name = 'mlp.expand.weight';
    const values = [parameters.get(name), moments.get(`${name}/first-moment`), moments.get(`${name}/second-moment`)].map(numberIn);
    const [weight, first, second] = await Promise.all(values);
    return [weight ?? assert.fail(), first ?? assert.fail(), second ?? assert.fail(), updates];
  };

  const applied = async (
    kind: 'restrict' | 'prolongate' | 'grow',
    recipes: readonly Recipe[],
    sources: Sources,
    moments: MomentsPolicy,
    counters: CountersPolicy = usualCounters(moments),
    step = 1,
  ): Promise<readonly Layer[]> => {
    const transfers = new Transfers({ store, optimizer: adamw, seed: 1 }, model);
    const said = momentsTransfer({ kind, moments, counters }, { h: 1 }, { h: step });
    const cells = right(await transfers.apply({ of: 'layers', recipes, moments: said, at: model }, sources));
    transfers.dispose();
    return Promise.all(cells.map(layerOf));
  };

  const grown = async (growth: Growth, moments: MomentsPolicy, counters?: CountersPolicy): Promise<readonly Layer[]> =>
    applied('grow', growthRecipes(growth, 2), { from: await cellsOf([layer(0), layer(1)]) }, moments, counters);

  /** From two coarse layers, which were layers 0 and 2 of four and have been given the values of layers 10 and 12 since. */
  const back = async (
    interpolation: Interpolation,
    correction: Correction,
    moments: MomentsPolicy,
    counters?: CountersPolicy,
    step = 1,
  ): Promise<readonly Layer[]> => {
    const transfer = injection({ factor: 2, offset: 0 }, 4);
    const recipes = prolongationRecipes(prolongationOf(interpolation, transfer), transfer.restriction, correction);
    const sources = {
      from: await cellsOf([layer(10), layer(12)]),
      destination: await cellsOf([0, 1, 2, 3].map(layer)),
      restricted: await cellsOf([layer(0), layer(2)]),
    };
    return applied('prolongate', recipes, sources, moments, counters, step);
  };

  it('zero-new: in a growth, the first place of a layer is the old one; its copies begin with zeros', async () => {
    const copy = (index: number): Layer => [100 + index, 0, 0, 0];
    assert.deepEqual(await grown({ kind: 'stack', factor: 2 }, 'zero-new'), [layer(0), layer(1), copy(0), copy(1)]);
    assert.deepEqual(await grown({ kind: 'repeat', factor: 2 }, 'zero-new'), [layer(0), copy(0), layer(1), copy(1)]);
    assert.deepEqual(await grown({ kind: 'last', block: 1 }, 'zero-new'), [layer(0), layer(1), copy(1)]);
    assert.deepEqual(await grown({ kind: 'middle', block: 1 }, 'zero-new'), [layer(0), copy(0), layer(1)]);
    const [old, identity] = await grown({ kind: 'zero', factor: 2 }, 'zero-new');
    assert.deepEqual([old, identity], [layer(0), copy(0)]);
  });

  it('zero-new: in a prolongation, fine layers that R did not read and P writes begin with zeros', async () => {
    const written = (weight: number): Layer => [weight, 0, 0, 0];
    assert.deepEqual(await back('linear', { kind: 'total' }, 'zero-new'), [layer(10), written(111), layer(12), written(112)]);
    assert.deepEqual(await back('repeat', { kind: 'total' }, 'zero-new'), [layer(10), written(110), layer(12), written(112)]);
    assert.deepEqual(await back('own', { kind: 'total' }, 'zero-new'), [layer(10), layer(1), layer(12), layer(3)]);
  });

  it('zero-new: a correction creates no layer, so that it carries', async () => {
    const half: Correction = { kind: 'correction', alpha: 0.5 };
    assert.deepEqual(await back('linear', half, 'zero-new'), await back('linear', half, 'carry'));
  });

  it('average: the mean of the moments that are there and those that come; weights as without it; the older count', async () => {
    const [first, , third] = [layer(10), 0, layer(12)];
    const mean = (a: Layer, [weight, m, v]: Layer): Layer => [weight, (a[1] + m) / 2, (a[2] + v) / 2, Math.max(a[3], 110)];
    assert.deepEqual(await back('own', { kind: 'total' }, 'average'), [
      mean(layer(0), first),
      layer(1),
      [...mean(layer(2), third).slice(0, 3), 130],
      layer(3),
    ]);
    const linear = await back('linear', { kind: 'total' }, 'average');
    assert.deepEqual(linear[1], [111, (2 + 12) / 2, (4 + (121 + 169) / 2) / 2, 130]);
  });

  it('average under a correction: half of what the correction does to the moments', async () => {
    const [corrected] = await back('own', { kind: 'correction', alpha: 0.5 }, 'average');
    assert.deepEqual(corrected, [100 + 0.5 * 10, 1 + 0.25 * 10, 1 + 0.25 * 120, 10 + 100]);
  });

  const mix = (alpha: number): Correction => ({ kind: 'mix', alpha });

  it('a mix under carry: moments as weights, the oldest count; what P does not reach keeps', async () => {
    assert.deepEqual(await back('own', mix(0.5), 'carry'), [[105, 6, 61, 110], layer(1), [107, 8, 89, 130], layer(3)]);
    assert.deepEqual(await back('linear', mix(0.25), 'carry'), [
      [102.5, 3.5, 31, 110],
      // Coarse layers 10 and 12, half of each.
      [103.5, 4.5, 39.25, 130],
      [104.5, 5.5, 49, 130],
      [105.25, 6.25, 54.25, 130],
    ]);
  });

  it('a mix under the other policies: zeros; coarse moments rescaled; no new layer; half of the way', async () => {
    const [reset] = await back('own', mix(0.5), 'reset');
    assert.deepEqual(reset, [105, 0, 0, 0]);
    const [rescaled] = await back('own', mix(0.5), 'rescale', 'carry', 2);
    assert.deepEqual(rescaled, [105, 0.5 * (1 + 2 * 11), 0.5 * (1 + 4 * 121), 110]);
    assert.deepEqual(await back('linear', mix(0.5), 'zero-new'), await back('linear', mix(0.5), 'carry'));
    const [average] = await back('own', mix(0.5), 'average');
    assert.deepEqual(average, [105, 1 + 0.25 * 10, 1 + 0.25 * 120, 110]);
    const [counted] = await back('own', mix(0.5), 'carry', 'reset');
    assert.deepEqual(counted, [105, 6, 61, 0]);
  });

  it('a mix keeps the count of a layer that is older than what comes', async () => {
    const recipe: Recipe = { kind: 'mix', share: 0.5, terms: [{ column: 0, weight: 1 }] };
    const sources = { from: await cellsOf([layer(0)]), destination: await cellsOf([layer(3)]) };
    assert.deepEqual(await applied('prolongate', [recipe], sources, 'carry'), [[101.5, 2.5, 8.5, 40]]);
  });

  it('a mix by 1 is total under every policy, to the bit', async () => {
    for (const policy of ['carry', 'reset', 'rescale', 'zero-new', 'average'] as const)
      for (const interpolation of ['own', 'repeat', 'linear'] as const)
        assert.deepEqual(await back(interpolation, mix(1), policy), await back(interpolation, { kind: 'total' }, policy));
  });

  it('second moments take weights without their sign, times the sum of all: what bounds m by v in each layer bounds it in the result', async () => {
    const recipes: readonly Recipe[] = [
      {
        kind: 'combine',
        terms: [
          { column: 0, weight: 2 },
          { column: 1, weight: -1 },
        ],
        fresh: false,
      },
      { kind: 'combine', terms: [{ column: 1, weight: -1 }], fresh: false },
    ];
    const from = await cellsOf([layer(0), layer(2)]);
    assert.deepEqual(await applied('restrict', recipes, { from }, 'carry'), [
      [98, 2 * 1 - 3, 3 * (2 * 1 + 9), 30],
      [-102, -3, 9, 30],
    ]);
    const mixed: Recipe = { kind: 'mix', share: 0.5, terms: [{ column: 0, weight: -1 }] };
    const sources = { from: await cellsOf([layer(10)]), destination: await cellsOf([layer(0)]) };
    assert.deepEqual(await applied('prolongate', [mixed], sources, 'carry'), [[-5, -5, 0.5 * 1 + 0.5 * 121, 110]]);
    assert.deepEqual(await applied('prolongate', [mixed], sources, 'average'), [[-5, -2, 0.75 * 1 + 0.25 * 121, 110]]);
  });

  /** One layer that a correction by 1 returns to, with what was restricted of it and what was learnt from that. */
  const corrected = async (stood: Layer, given: Layer, learnt: Layer, moments: MomentsPolicy): Promise<Layer> => {
    const recipe: Recipe = { kind: 'correct', share: 1, terms: [{ column: 0, weight: 1 }] };
    const sources = { from: await cellsOf([learnt]), destination: await cellsOf([stood]), restricted: await cellsOf([given]) };
    const [made] = await applied('prolongate', [recipe], sources, moments);
    return made ?? assert.fail();
  };
  const ratio = largestRatio(adamw);

  it('a correction that takes v below what m asks leaves it at m²/ratio, ratio being the largest that AdamW reaches by itself', async () => {
    const [, m, v] = await corrected([0, 1, 1, 5], [0, 3, 9, 5], [0, -2, 4, 5], 'carry');
    assert.equal(m, 1 - 5);
    assert.ok(Math.abs(v - m ** 2 / ratio) < 1e-6, `v is ${v}`);
    // Nothing asked: what the correction gives.
    assert.deepEqual(await corrected([0, 1, 9, 5], [0, 1, 4, 5], [0, 0.5, 2, 5], 'carry'), [0, 0.5, 7, 5]);
  });

  it('where nothing was learnt v stays, to the bit, though m²/v is more than updates make it', async () => {
    for (const policy of ['carry', 'rescale', 'zero-new', 'average'] as const)
      for (const v of [0, 1e-40, 0.1])
        assert.deepEqual(await corrected([1, 3, v, 5], [1, 3, v, 5], [1, 3, v, 5], policy), [1, 3, Math.fround(v), 5]);
  });

  it('average under a correction keeps half of the second moment that was there', async () => {
    const made = await corrected([0, 0.5, 1, 5], [0, 8, 100, 5], [0, 7.5, 0, 5], 'average');
    assert.deepEqual(made, [0, 0.5 - 0.25, 0.5, 5]);
  });

  it('average where there is nothing is carry', async () => {
    assert.deepEqual(await grown({ kind: 'stack', factor: 2 }, 'average'), await grown({ kind: 'stack', factor: 2 }, 'carry'));
    const recipes = restrictionRecipes(injection({ factor: 2, offset: 1 }, 4).restriction);
    const from = await cellsOf([0, 1, 2, 3].map(layer));
    assert.deepEqual(await applied('restrict', recipes, { from }, 'average'), [layer(1), layer(3)]);
  });

  it('rescale: m by the factor of h, v by its square; the count moves along', async () => {
    const recipes = restrictionRecipes(injection({ factor: 2, offset: 1 }, 4).restriction);
    const from = await cellsOf([0, 1, 2, 3].map(layer));
    assert.deepEqual(await applied('restrict', recipes, { from }, 'rescale', 'carry', 2), [
      [101, 2 * 2, 4 * 4, 20],
      [103, 2 * 4, 4 * 16, 40],
    ]);
  });

  it('counters are their own choice: moments carried with counters at 0, moments at 0 with counters carried; what stays keeps both', async () => {
    const without = ([weight, m, v]: Layer): Layer => [weight, m, v, 0];
    const counting = ([weight, , , updates]: Layer): Layer => [weight, 0, 0, updates];
    const total: Correction = { kind: 'total' };
    assert.deepEqual(await back('own', total, 'carry', 'reset'), [without(layer(10)), layer(1), without(layer(12)), layer(3)]);
    assert.deepEqual(await back('own', total, 'reset', 'carry'), [counting(layer(10)), layer(1), counting(layer(12)), layer(3)]);
    assert.deepEqual(await back('own', total, 'reset'), [counting([110, 0, 0, 0]), layer(1), counting([112, 0, 0, 0]), layer(3)]);
    assert.deepEqual(
      await grown({ kind: 'stack', factor: 2 }, 'carry', 'reset'),
      [0, 1, 0, 1].map((index) => without(layer(index))),
    );
  });
});
