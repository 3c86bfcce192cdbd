/**
 * Laws 2 and 3 on a real backend, to the bit: what transfers do to weights, moments and counters that training has filled, and that
 * nothing is copied on the way.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import type { Backend, DeviceTensor } from '../../src/backend.js';
import { trainingBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { trainingStep } from '../../src/model/training-step.js';
import { cellsByGroup, type Level } from '../../src/runner/levels/cell.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import { firstGrid, gridOf } from '../../src/schedule/grid.js';
import { usualCounters } from '../../src/schedule/moment-policies.js';
import type { LayerOperator, MomentsPolicy, ProlongateStage, RestrictStage, Stage } from '../../src/schedule/schedule.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { setupOf } from '../schedule/setups.js';
import { prolongateBack, restrictTo } from './stack-steps.js';

const right = <A>(result: E.Either<{ readonly message: string }, A>): A =>
  E.isLeft(result) ? assert.fail(result.left.message) : result.right;

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
      const trainer = new Trainer(stack.store, stack.current, adamw);
      for (let step = 0; step < steps; step++) {
        const batch = right(trainingBatch(tokensDataset(model.vocabulary), { batch: 2, context: model.context, seed: 1, step }));
        assert.ok(right(await trainer.step([{ executable, times: 1 }], batch, 0.01)).accepted);
      }
      executable.dispose();
    };
    await train(2);
    await go([restriction(3, 1)]);
    await train(1);
    await go([{ kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' }]);
  });
  after(async () => right(await backend.close()()));

  const finest = (): Level => stack.levels[0] ?? assert.fail('no level is open');

  const restriction = (factor: number, offset: number, moments: MomentsPolicy = 'carry'): RestrictStage => ({
    kind: 'restrict',
    operator: { kind: 'every', factor, offset },
    h: 'scale',
    moments,
    counters: usualCounters(moments),
  });

  const back: ProlongateStage = {
    kind: 'prolongate',
    correction: { kind: 'total' },
    interpolation: 'own',
    moments: 'carry',
    counters: 'carry',
  };

  /** Applies transfers to the stack, and says the levels that it passed. */
  const go = async (stages: readonly Stage[]): Promise<readonly Level[]> => {
    const levels: Level[] = [];
    const above = walk({ version: 1, setup: { ...setupOf(model.layers), model }, stages });
    for (const visit of above) {
      const { stage } = visit;
      if (stage.kind === 'restrict') right(await restrictTo(stack, stage, gridOf(visit)));
      if (stage.kind === 'prolongate') right(await prolongateBack(stack, stage));
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
      cellsByGroup(finest()).map(({ cell }) => cell.updates),
      [3, ...Array.from({ length: 12 }, (_, layer) => (layer % 3 === 1 ? 3 : 2))],
    );
  });

  /** Restrictions down to at most three coarser levels, and all the way back. */
  const descents = fc
    .constantFrom<readonly number[]>([2], [3], [4], [6], [12], [2, 2], [2, 3], [3, 2], [2, 2, 3], [3, 4], [2, 6])
    .chain((factors) => fc.tuple(fc.constant(factors), fc.tuple(...factors.map((factor) => fc.nat(factor - 1)))));

  it('law 2: restrictions and prolongations with no training between leave weights, moments and counters, to the bit; handles are the same objects', async () => {
    const before = await stateOf(finest());
    const { held } = backend.memory();
    await fc.assert(
      fc.asyncProperty(descents, async ([factors, offsets]) => {
        const down = factors.map((factor, index) => restriction(factor, offsets[index] ?? 0));
        const levels = await go([
          ...down,
          ...factors.map(
            (): Stage => ({ kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' }),
          ),
        ]);
        for (const { shared } of levels) assert.equal(shared, finest().shared, 'shared layers are one object on all levels');
        assert.equal(stack.levels.length, 1);
        const after = await stateOf(finest());
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

  it('a coarse level holds the tensors of the fine one, with its own layers and step size', async () => {
    const handles = (level: Level | undefined) => level?.cells.map(({ parameters }) => parameters.get('mlp.expand.weight')) ?? [];
    const fine = handles(finest());
    right(await restrictTo(stack, restriction(2, 1), { ...firstGrid(model), level: 1, layers: 6, h: 2 }));
    right(await restrictTo(stack, restriction(3, 2), { ...firstGrid(model), level: 2, layers: 2, h: 6 }));
    const { level, layers, h } = stack.current;
    assert.deepEqual([level, layers, h], [2, 2, 6]);
    assert.deepEqual(
      handles(stack.current).map((handle) => fine.indexOf(handle)),
      [5, 11],
    );
    right(await prolongateBack(stack, back));
    right(await prolongateBack(stack, back));
  });

  it('law 3: reset puts zeros in place of the moved layers’ moments and counters, and touches nothing else', async () => {
    const before = await stateOf(finest());
    const { held } = backend.memory();
    await go([
      restriction(4, 3, 'reset'),
      { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' },
    ]);
    const after = await stateOf(finest());
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
    const before = await stateOf(finest());
    await go([
      restriction(6, 0),
      { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'reset', counters: 'reset' },
    ]);
    const after = await stateOf(finest());
    const changed = [...after.tensors].filter(([name, { handle }]) => handle !== before.tensors.get(name)?.handle).map(([name]) => name);
    assert.ok(changed.length > 0 && changed.every((name) => /^layers\.(0|6)\..*-moment$/.test(name)));
    for (const [name, { bits }] of after.tensors) if (!changed.includes(name)) assert.deepEqual(bits, before.tensors.get(name)?.bits, name);
  });

  const operators: readonly LayerOperator[] = [
    { kind: 'every', factor: 3, offset: 2 },
    { kind: 'average', factor: 2 },
    { kind: 'average', factor: 4 },
    {
      kind: 'matrix',
      restriction: [
        Array.from({ length: 12 }, (_, layer) => (layer < 6 ? 1 / 6 : 0)),
        Array.from({ length: 12 }, (_, layer) => (layer === 7 ? 1 : 0)),
      ],
      prolongation: Array.from({ length: 12 }, (_, layer) => (layer < 6 ? [1, 0] : layer === 7 ? [0, 1] : [0, 0])),
    },
  ];
  const throughout = (
    operator: LayerOperator,
    correction: ProlongateStage['correction'],
    interpolation: ProlongateStage['interpolation'],
    moments: MomentsPolicy = 'carry',
  ): readonly [RestrictStage, ProlongateStage] => [
    { kind: 'restrict', operator, h: 'scale', moments, counters: usualCounters(moments) },
    { kind: 'prolongate', correction, interpolation, moments, counters: usualCounters(moments) },
  ];

  for (const operator of operators)
    for (const interpolation of ['own', 'repeat', 'linear'] as const)
      it(`a correction by ${operator.kind}, ${interpolation}, with no training between changes nothing, to the bit`, async () => {
        const before = await stateOf(finest());
        const { held } = backend.memory();
        await go(throughout(operator, { kind: 'correction', alpha: 0.37 }, interpolation));
        const after = await stateOf(finest());
        for (const [name, { bits }] of after.tensors) assert.deepEqual(bits, before.tensors.get(name)?.bits, name);
        assert.deepEqual(after.updates, before.updates);
        assert.equal(backend.memory().held, held, 'nothing is held on the side');
      });

  it('a mix by injection with no training between changes nothing, to the bit', async () => {
    const before = await stateOf(finest());
    const { held } = backend.memory();
    await go(throughout({ kind: 'every', factor: 3, offset: 2 }, { kind: 'mix', alpha: 0.37 }, 'own'));
    const after = await stateOf(finest());
    for (const [name, { bits }] of after.tensors) assert.deepEqual(bits, before.tensors.get(name)?.bits, name);
    assert.deepEqual(after.updates, before.updates);
    assert.equal(backend.memory().held, held, 'nothing is held on the side');
  });

  const values = (state: State, layer: number): Float32Array =>
    new Float32Array((state.tensors.get(`layers.${layer}.mlp.expand.weight`)?.bits ?? assert.fail('no such tensor')).buffer);

  it('a mix of means moves each layer by its share of the way to the mean of its group', async () => {
    const before = await stateOf(finest());
    await go(throughout({ kind: 'average', factor: 4 }, { kind: 'mix', alpha: 0.25 }, 'own'));
    const after = await stateOf(finest());
    for (let layer = 0; layer < 12; layer++) {
      const group = 4 * Math.floor(layer / 4);
      const parts = [0, 1, 2, 3].map((within) => values(before, group + within));
      const stood = values(before, layer);
      values(after, layer).forEach((value, index) => {
        const mean = parts.reduce((sum, part) => sum + (part[index] ?? 0), 0) / 4;
        assert.ok(Math.abs(value - (0.75 * (stood[index] ?? Number.NaN) + 0.25 * mean)) < 1e-7, `layer ${layer}`);
      });
    }
  });

  it('an average comes back as the mean of the layers that went, everywhere it went', async () => {
    const before = await stateOf(finest());
    await go(throughout({ kind: 'average', factor: 3 }, { kind: 'total' }, 'own'));
    const after = await stateOf(finest());
    for (let layer = 0; layer < 12; layer++) {
      const group = 3 * Math.floor(layer / 3);
      const parts = [0, 1, 2].map((within) => values(before, group + within));
      values(after, layer).forEach((value, index) => {
        const mean = parts.reduce((sum, part) => sum + (part[index] ?? 0), 0) / 3;
        assert.ok(Math.abs(value - mean) < 1e-7, `layer ${layer}`);
      });
    }
  });

  it('rescale multiplies first moments by the factor of h and second ones by its square, and back', async () => {
    const before = await stateOf(finest());
    const [down, up] = throughout({ kind: 'every', factor: 4, offset: 1 }, { kind: 'total' }, 'own', 'rescale');
    await go([down]);
    const coarse = await stateOf(stack.current);
    for (const [name, { bits }] of coarse.tensors) {
      const source = before.tensors.get(name.replace(/^layers\.(\d+)\./, (_, layer: string) => `layers.${4 * Number(layer) + 1}.`));
      const power = !name.startsWith('layers.') ? 0 : name.endsWith('/first-moment') ? 1 : name.endsWith('/second-moment') ? 2 : 0;
      const expected = new Float32Array(source?.bits.buffer ?? new ArrayBuffer(0)).map((value) => value * 4 ** power);
      assert.deepEqual(bits, new Uint32Array(expected.buffer), name);
    }
    right(await prolongateBack(stack, up));
    const after = await stateOf(finest());
    for (const [name, { bits }] of after.tensors) assert.deepEqual(bits, before.tensors.get(name)?.bits, name);
  });
});
