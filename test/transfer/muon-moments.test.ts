/**
 * What every moments policy makes of Muon's state: of a matrix's momentum what it makes of AdamW's first moment of the same matrix, and of the other
 * parameters' moments what it makes of AdamW's own, to the bit.
 */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { stream } from '../../src/data/random.js';
import { tensorsOf } from '../../src/model/cell-tensors.js';
import { sizeOf } from '../../src/program/program.js';
import { type Sources, Transfers } from '../../src/runner/levels/blend-cells.js';
import type { Cell } from '../../src/runner/levels/cell.js';
import { TensorStore } from '../../src/runner/levels/tensor-store.js';
import { optionValues } from '../../src/schedule/defaults.js';
import { usualCounters } from '../../src/schedule/moment-policies.js';
import type { MomentsPolicy, Optimizer } from '../../src/schedule/schedule.js';
import { injection } from '../../src/transfer/layer-matrix.js';
import { PARAMETER_CLASS } from '../../src/transfer/layer-tensor.js';
import { momentsTransfer } from '../../src/transfer/moments.js';
import { prolongationOf, transferOf } from '../../src/transfer/operators.js';
import { growthRecipes, prolongationRecipes, type Recipe, restrictionRecipes } from '../../src/transfer/recipe.js';
import { adamw, muon, tinyModel } from '../model/tiny.js';

const right = <A>(result: E.Either<BackendError, A>): A => (E.isLeft(result) ? assert.fail(result.left.message) : result.right);

const model = { ...tinyModel, width: 2 };

/** A momentum has the values that a first moment of its parameter has. */
const seedOf = (name: string): string => name.replace(/\/momentum$/, '/first-moment');

/** Transfers as a stage of that kind would have them, from layers that were trained to layers that were trained. */
interface Transferring {
  readonly kind: 'restrict' | 'prolongate' | 'grow';
  readonly recipes: readonly Recipe[];
  readonly from: number;
  readonly h: number;
}

const even = injection({ factor: 2, offset: 0 }, 4);
const transfers: Readonly<Record<string, Transferring>> = {
  'a restriction to means': {
    kind: 'restrict',
    recipes: restrictionRecipes(transferOf({ kind: 'average', factor: 2 }, 4).restriction),
    from: 4,
    h: 2,
  },
  'a prolongation in full': {
    kind: 'prolongate',
    recipes: prolongationRecipes(prolongationOf('linear', even), even.restriction, { kind: 'total' }),
    from: 2,
    h: 0.5,
  },
  'a correction': {
    kind: 'prolongate',
    recipes: prolongationRecipes(prolongationOf('own', even), even.restriction, { kind: 'correction', alpha: 0.5 }),
    from: 2,
    h: 0.5,
  },
  'a growth': { kind: 'grow', recipes: growthRecipes({ kind: 'stack', factor: 2 }, 2), from: 2, h: 0.5 },
};

describe("Muon's moments under every policy", () => {
  let backend: Backend;
  let store: TensorStore;
  before(async () => {
    backend = right(await createOnnxCpu()());
    store = new TensorStore(backend);
  });
  after(async () => right(await backend.close()()));

  const cellOf = async (optimizer: Optimizer, what: string, layer: number): Promise<Cell> => {
    const cell: Cell = { parameters: new Map(), moments: new Map(), updates: 5 * layer + 1 };
    for (const { name, class: tensorClass, shape, degree } of tensorsOf(model, optimizer)(model).layer) {
      const draws = stream(4, `${what}/${seedOf(name)}`, layer);
      const values = Float32Array.from({ length: sizeOf(shape) }, () => (degree === 2 ? draws.uniform() : draws.normal(0, 1)));
      store.put(tensorClass === PARAMETER_CLASS ? cell.parameters : cell.moments, name, right(await store.upload(shape, values)));
    }
    return cell;
  };
  const cellsOf = (optimizer: Optimizer, what: string, count: number): Promise<readonly Cell[]> =>
    Promise.all(Array.from({ length: count }, (_, layer) => cellOf(optimizer, what, layer)));

  /** Every tensor after the transfer, by layer and name. */
  const transferred = async (optimizer: Optimizer, { kind, recipes, from, h }: Transferring, moments: MomentsPolicy) => {
    const said = momentsTransfer({ kind, moments, counters: usualCounters(moments) }, { h: 1 }, { h });
    const running = new Transfers({ store, optimizer, seed: 1 }, model);
    const sources: Sources = {
      from: await cellsOf(optimizer, 'from', from),
      ...(kind === 'prolongate' && {
        destination: await cellsOf(optimizer, 'destination', 4),
        restricted: await cellsOf(optimizer, 'restricted', 2),
      }),
    };
    const cells = right(await running.apply({ of: 'layers', recipes, moments: said, at: model }, sources));
    running.dispose();
    const values = new Map<string, readonly number[]>();
    for (const [layer, { parameters, moments }] of cells.entries())
      for (const [name, tensor] of [...parameters, ...moments])
        values.set(`${layer} ${name}`, Array.from(right(await backend.download(tensor)()).data));
    return values;
  };

  for (const [title, transferring] of Object.entries(transfers))
    for (const policy of optionValues.moments)
      it(`${title}, ${policy}`, async () => {
        const [own, adam] = [await transferred(muon, transferring, policy), await transferred(adamw, transferring, policy)];
        const matrices = [...own.keys()].filter((name) => name.endsWith('/momentum'));
        assert.equal(matrices.length, transferring.recipes.length * 6);
        for (const [name, values] of own) assert.deepEqual(values, adam.get(seedOf(name)), name);
      });
});
