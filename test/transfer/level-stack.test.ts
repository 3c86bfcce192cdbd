/**
 * Laws 2 and 3 on a real backend, to the bit: what transfers do to weights, moments and counters that training has filled, and that
 * nothing is copied on the way.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { createOnnxCpu } from '../../backends/onnx/index.js';
import type { Backend, BackendError, DeviceTensor } from '../../src/backend.js';
import { trainingBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { trainingStep } from '../../src/model/programs.js';
import { cellsByGroup, type Level, LevelStack } from '../../src/runner/level-stack.js';
import { Trainer } from '../../src/runner/trainer.js';
import type { MomentsPolicy, RestrictStage, Stage } from '../../src/schedule/schedule.js';
import { walk } from '../../src/schedule/walk.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { setupOf } from '../schedule/setups.js';

const right = <A>(result: E.Either<BackendError, A>): A => (E.isLeft(result) ? assert.fail(result.left.message) : result.right);

/** 12 layers, so that factors 2, 3, 4 and 6 nest. */
const model = { ...tinyModel, layers: 12, width: 4, context: 4 };

interface State {
  /** By full name: the handle, and the values' bits. */
  readonly tensors: ReadonlyMap<string, { readonly handle: DeviceTensor; readonly bits: Uint32Array }>;
  readonly updates: ReadonlyMap<string, number>;
}

describe('a stack of levels on onnx-cpu', () => {
  let backend: Backend;
  let stack: LevelStack;
  before(async () => {
    backend = right(await createOnnxCpu()());
    stack = right(await LevelStack.create(backend, model, adamw, 1));
    // Two steps fill the moments and set the counters of all layers; one more on a coarse level sets some apart.
    const train = async (steps: number): Promise<void> => {
      const executable = right(await backend.compile(trainingStep(model, stack.current, 2, adamw))());
      const trainer = new Trainer(backend, stack.current, adamw);
      for (let step = 0; step < steps; step++) {
        const batch = trainingBatch(tokensDataset(model.vocabulary), { batch: 2, context: model.context, seed: 1, step });
        assert.ok(right(await trainer.step(executable, batch, 0.01)).accepted);
      }
      executable.dispose();
    };
    await train(2);
    await go([restriction(3, 1)]);
    await train(1);
    await go([{ kind: 'prolongate', moments: 'carry' }]);
  });
  after(async () => right(await backend.close()()));

  const restriction = (factor: number, offset: number, moments: MomentsPolicy = 'carry'): RestrictStage => ({
    kind: 'restrict',
    operator: { kind: 'every', factor, offset },
    h: 'scale',
    moments,
  });

  /** Applies transfers to the stack, and says the levels that it passed. */
  const go = async (stages: readonly Stage[]): Promise<readonly Level[]> => {
    const levels: Level[] = [];
    const above = walk({ version: 1, setup: setupOf(model.layers), stages });
    for (const { stage, level, layers, h } of above) {
      if (stage.kind === 'restrict') right(await stack.restrict(stage, { level, layers, h }));
      if (stage.kind === 'prolongate') right(await stack.prolongate(stage));
      levels.push(stack.current);
    }
    return levels;
  };

  const stateOf = async (level: Level): Promise<State> => {
    const tensors = new Map<string, { handle: DeviceTensor; bits: Uint32Array }>();
    for (const { cell, fullName } of cellsByGroup(level))
      for (const [name, handle] of [...cell.parameters, ...cell.moments]) {
        const { data } = right(await backend.download(handle)());
        tensors.set(fullName(name), { handle, bits: new Uint32Array(Float32Array.from(data).buffer) });
      }
    return { tensors, updates: new Map(cellsByGroup(level).map(({ group, cell }) => [group, cell.updates])) };
  };

  it('counts updates by layer: those of the coarse level have seen one more', () => {
    assert.deepEqual(
      cellsByGroup(stack.finest).map(({ cell }) => cell.updates),
      [3, ...Array.from({ length: 12 }, (_, layer) => (layer % 3 === 1 ? 3 : 2))],
    );
  });

  /** Restrictions down to at most three coarser levels, and all the way back. */
  const descents = fc
    .constantFrom<readonly number[]>([2], [3], [4], [6], [12], [2, 2], [2, 3], [3, 2], [2, 2, 3], [3, 4], [2, 6])
    .chain((factors) => fc.tuple(fc.constant(factors), fc.tuple(...factors.map((factor) => fc.nat(factor - 1)))));

  it('law 2: restrictions and prolongations with no training between leave weights, moments and counters, to the bit; handles are the same objects', async () => {
    const before = await stateOf(stack.finest);
    const { held } = backend.memory();
    await fc.assert(
      fc.asyncProperty(descents, async ([factors, offsets]) => {
        const down = factors.map((factor, index) => restriction(factor, offsets[index] ?? 0));
        const levels = await go([...down, ...factors.map((): Stage => ({ kind: 'prolongate', moments: 'carry' }))]);
        for (const { shared } of levels) assert.equal(shared, stack.finest.shared, 'shared layers are one object on all levels');
        assert.equal(stack.current, stack.finest);
        const after = await stateOf(stack.finest);
        assert.deepEqual(after.updates, before.updates);
        assert.deepEqual([...after.tensors.keys()], [...before.tensors.keys()]);
        for (const [name, { handle, bits }] of after.tensors) {
          assert.equal(handle, before.tensors.get(name)?.handle, `${name} is another tensor`);
          assert.deepEqual(bits, before.tensors.get(name)?.bits, name);
        }
        assert.equal(backend.memory().held, held);
      }),
      { numRuns: 25 },
    );
  });

  it('a coarse level holds the cells of the fine one, with its own layers and step size', async () => {
    const fine = stack.finest;
    const [coarse, coarser] = await go([
      restriction(2, 1),
      restriction(3, 2),
      { kind: 'prolongate', moments: 'carry' },
      { kind: 'prolongate', moments: 'carry' },
    ]);
    assert.deepEqual([coarse?.level, coarse?.layers, coarse?.h], [1, 6, 2]);
    assert.deepEqual([coarser?.level, coarser?.layers, coarser?.h], [2, 2, 6]);
    assert.deepEqual(
      coarser?.cells.map((cell) => fine.cells.indexOf(cell)),
      [5, 11],
    );
  });

  it('law 3: reset puts zeros in place of the moved layers’ moments and counters, and touches nothing else', async () => {
    const before = await stateOf(stack.finest);
    const { held } = backend.memory();
    await go([restriction(4, 3, 'reset'), { kind: 'prolongate', moments: 'carry' }]);
    const after = await stateOf(stack.finest);
    const moved = (name: string): boolean => /^layers\.(3|7|11)\./.test(name);
    for (const [name, { handle, bits }] of after.tensors) {
      const reset = moved(name) && /-moment$/.test(name);
      assert.equal(handle === before.tensors.get(name)?.handle, !reset, name);
      assert.deepEqual(bits, reset ? new Uint32Array(bits.length) : before.tensors.get(name)?.bits, name);
      if (reset)
        assert.ok(
          before.tensors.get(name)?.bits.some((value) => value !== 0),
          `${name} was zero before`,
        );
    }
    for (const [group, updates] of after.updates) assert.equal(updates, /^layers\.(3|7|11)$/.test(group) ? 0 : before.updates.get(group));
    assert.equal(backend.memory().held, held, 'the old moments were given back');
  });

  it('law 3: a prolongation resets what it brings back, not what stayed', async () => {
    const before = await stateOf(stack.finest);
    await go([restriction(6, 0), { kind: 'prolongate', moments: 'reset' }]);
    const after = await stateOf(stack.finest);
    const changed = [...after.tensors].filter(([name, { handle }]) => handle !== before.tensors.get(name)?.handle).map(([name]) => name);
    assert.ok(changed.length > 0 && changed.every((name) => /^layers\.(0|6)\..*-moment$/.test(name)));
    for (const [name, { bits }] of after.tensors) if (!changed.includes(name)) assert.deepEqual(bits, before.tensors.get(name)?.bits, name);
  });
});
