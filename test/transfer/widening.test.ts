/**
 * Permanent growth of the width, on the float64 reference: which ways preserve the function, to 1e-12; what becomes of old and new parts of weights and
 * moments under each policy; that copies stay alike or do not; that random parts keep the norms of activations; and that all of it depends on the seed.
 */
import assert from 'node:assert/strict';
import { createReference } from '../../backends/reference/index.js';
import { heldOutBatch, trainingBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { stream } from '../../src/data/random.js';
import type { SizedModel } from '../../src/model/family.js';
import { evaluation, logitsProgram } from '../../src/model/level-programs.js';
import { modelAt } from '../../src/model/parameters.js';
import { trainingStep } from '../../src/model/training-step.js';
import { sizeOf, typeIn } from '../../src/program/program.js';
import { cellsByGroup, type Level, parametersOf } from '../../src/runner/levels/cell.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import type { MomentsPolicy, Optimizer, Pairing, WidthWay } from '../../src/schedule/schedule.js';
import { pairingGiven, wayGiven } from '../../src/schedule/text/index.js';
import { adamw, muon, sgd, tinyLlama, tinyModel } from '../model/tiny.js';
import { right } from '../runner/harness.js';
import { growTo } from './stack-steps.js';

type Values = ReadonlyMap<string, Float64Array>;

interface Growing {
  readonly way: WidthWay;
  readonly factor?: number;
  readonly pairing?: Pairing;
  readonly moments?: MomentsPolicy;
}

const ways: readonly WidthWay[] = ['uneven', 'copy', 'zero', 'random'];

/** Two heads of two units each: a GPT with biases, and Llamas with heads of keys and values of their own. */
const gpt: SizedModel = { ...tinyModel, layers: 2, heads: 2, width: 4, context: 3, vocabulary: 5 };
const llama: SizedModel = { ...tinyLlama, layers: 2, heads: 4, keyValueHeads: 2, width: 8, hidden: 6, context: 3, vocabulary: 5 };
const models: readonly (readonly [name: string, model: SizedModel])[] = [
  ['a GPT', gpt],
  ['a Llama', llama],
  ['a Llama whose head is tied, without norms of queries and keys', { ...llama, tied: true, queryKeyNorm: false }],
  ['a GPT under completeP', { ...gpt, parametrisation: 'completeP', baseLayers: 1, baseWidth: 2 }],
];

describe('growth of the width', () => {
  const backend = createReference();

  /** Weights and moments are random numbers, moments positive. */
  const randomStack = async (model: SizedModel, optimizer: Optimizer = adamw, seed = 1): Promise<LevelStack> => {
    const stack = right(await LevelStack.create(backend, model, optimizer, seed));
    for (const { group, cell } of cellsByGroup(stack.current)) {
      cell.updates = 5;
      for (const [map, least] of [
        [cell.parameters, -0.5],
        [cell.moments, 0.1],
      ] as const)
        for (const [key, tensor] of map) {
          const random = stream(3, `${group}/${key}`);
          const values = Float32Array.from({ length: sizeOf(tensor.type.shape) }, () => random.uniform() + least);
          stack.store.put(map, key, right(await stack.store.upload(tensor.type.shape, values)));
        }
    }
    return stack;
  };

  const grow = async (stack: LevelStack, { way, factor = 2, pairing, moments = 'carry' }: Growing): Promise<void> => {
    const { heads, width } = stack.current;
    const growth = { kind: 'width', factor, ...pairingGiven(pairing) } as const;
    const stage = { kind: 'grow', growth, ...wayGiven(way), h: 'keep', moments, counters: 'carry' } as const;
    right(await growTo(stack, stage, { ...stack.current, heads: heads * factor, width: width * factor }));
  };

  const lossOf = async (stack: LevelStack, model: SizedModel): Promise<number> => {
    const { layers, h } = stack.current;
    const executable = right(await backend.compile(evaluation(modelAt(model, stack.current), { layers, h }, 2))());
    const batch = heldOutBatch(tokensDataset(model.vocabulary), { batch: 2, context: model.context, index: 0, count: 1 });
    return right(await new Trainer(stack.store, stack.current, adamw).evaluate(executable, [batch]));
  };

  const valuesOf = async (level: Level): Promise<Values> => {
    const values = new Map<string, Float64Array>();
    for (const { cell, fullName } of cellsByGroup(level))
      for (const [name, tensor] of [...cell.parameters, ...cell.moments])
        values.set(fullName(name), Float64Array.from(right(await backend.download(tensor)()).data));
    return values;
  };

  /** Values before and after a growth, of weights and moments. */
  const grown = async (growing: Growing, model = gpt, seed = 1): Promise<{ readonly before: Values; readonly after: Values }> => {
    const stack = await randomStack(model, adamw, seed);
    const before = await valuesOf(stack.current);
    await grow(stack, growing);
    const after = await valuesOf(stack.current);
    stack.release();
    return { before, after };
  };

  for (const [name, model] of models)
    it(`all ways but random preserve the function, in float64 to 1e-12: ${name}`, async () => {
      for (const way of ways)
        for (const [factor, pairing] of [
          [2, 'neighbours'],
          [3, 'halves'],
        ] as const) {
          const stack = await randomStack(model);
          const before = await lossOf(stack, model);
          assert.ok(Math.abs(before - Math.log(model.vocabulary)) > 1e-3, 'a loss that says nothing');
          await grow(stack, { way, factor, pairing });
          const { heads, width } = stack.current;
          assert.deepEqual([heads, width], [factor * model.heads, factor * model.width]);
          const change = Math.abs((await lossOf(stack, model)) - before);
          if (way === 'random') assert.ok(change > 1e-4, `${way} changes the loss by ${change}`);
          else assert.ok(change < 1e-12, `${way}, ${factor}, ${pairing} changes the loss by ${change}`);
          stack.release();
        }
    });

  /** An entry of a matrix. */
  const at = (values: Values, name: string, columns: number, row: number, column: number): number =>
    values.get(name)?.[row * columns + column] ?? Number.NaN;

  const close = (is: number, should: number, what: string): void =>
    assert.ok(Math.abs(is - should) < 1e-12, `${what}: ${is}, not ${should}`);

  it('shares out what is read and copies what is written, by hand: neighbours are 2i and 2i + 1, halves i and i + n, heads stay whole', async () => {
    for (const [pairing, old, copied] of [
      ['neighbours', (unit: number) => 2 * unit, (unit: number) => 2 * unit + 1],
      ['halves', (unit: number) => unit, (unit: number) => unit + 4],
    ] as const) {
      const { before, after } = await grown({ way: 'copy', pairing });
      // Hidden unit 3 to unit 1 of head 1; in heads of two units.
      const column = pairing === 'halves' ? [3, 7] : [5, 7];
      const entry = at(before, 'layers.1.attention.query.weight', 4, 3, 3) / 2;
      for (const from of [old(3), copied(3)])
        for (const to of column) close(at(after, 'layers.1.attention.query.weight', 8, from, to), entry, `query ${from}, ${to}`);
      for (const unit of [old(1), copied(1)]) {
        close(at(after, 'embedding.token.weight', 8, 2, unit), at(before, 'embedding.token.weight', 4, 2, 1), 'embedding');
        close(at(after, 'layers.0.mlp.norm.weight', 1, unit, 0), at(before, 'layers.0.mlp.norm.weight', 1, 1, 0), 'norm of a layer');
        // The tied head reads the final norm.
        close(at(after, 'norm.weight', 1, unit, 0), at(before, 'norm.weight', 1, 1, 0) / 2, 'final norm');
      }
      const zero = (await grown({ way: 'zero', pairing })).after;
      close(at(zero, 'layers.1.attention.query.weight', 8, old(3), 7), 2 * entry, 'read from the old unit');
      assert.equal(at(zero, 'layers.1.attention.query.weight', 8, copied(3), 7), 0);
      assert.equal(at(zero, 'norm.weight', 1, copied(1), 0), 0);
    }
  });

  it('uneven shares of a weight differ, add up to it, and lie between a quarter and three quarters', async () => {
    const { before, after } = await grown({ way: 'uneven' });
    const name = 'layers.0.mlp.expand.weight';
    const shares = new Set<string>();
    for (let column = 0; column < 32; column++)
      for (let row = 0; row < 4; row++) {
        const whole = at(before, name, 16, row, Math.floor(column / 2));
        const parts = [at(after, name, 32, 2 * row, column), at(after, name, 32, 2 * row + 1, column)] as const;
        close(parts[0] + parts[1], whole, `${name} ${row}, ${column}`);
        assert.ok(parts.every((part) => part / whole > 0.25 && part / whole < 0.75));
        shares.add((parts[0] / whole).toFixed(6));
      }
    assert.equal(shares.size, 128);
  });

  /** m and v of an old entry, and of a new one that is read by what was there, as multiples of what the old one had. */
  const momentsAfter = async (way: WidthWay, moments: MomentsPolicy) => {
    const { before, after } = await grown({ way, moments });
    const name = 'layers.0.mlp.contract.weight';
    const of = (moment: string, row: number, column: number): number =>
      at(after, `${name}/${moment}`, 8, row, column) / at(before, `${name}/${moment}`, 4, 1, 2);
    const pair = (row: number, column: number) =>
      [of('first-moment', row, column), of('second-moment', row, column)].map((each) => Math.round(each * 1e9) / 1e9);
    return { old: pair(2, 4), read: pair(3, 4), written: pair(2, 5) };
  };

  it('moments of old and new parts, by hand: those of zero-new are zero where an entry is new, in whatever way', async () => {
    const half = [0.5, 0.25];
    assert.deepEqual(await momentsAfter('copy', 'carry'), { old: half, read: half, written: half });
    assert.deepEqual(await momentsAfter('uneven', 'average'), { old: half, read: half, written: half });
    assert.deepEqual(await momentsAfter('copy', 'zero-new'), { old: half, read: [0, 0], written: [0, 0] });
    assert.deepEqual(await momentsAfter('copy', 'reset'), { old: [0, 0], read: [0, 0], written: [0, 0] });
    assert.deepEqual(await momentsAfter('zero', 'carry'), { old: [1, 1], read: [0, 0], written: [1, 1] });
    // What nothing reads has no gradient, and what reads a copy has the gradient of what reads the original.
    assert.deepEqual(await momentsAfter('zero', 'rescale'), { old: [1, 1], read: [1, 1], written: [0, 0] });
    assert.deepEqual(await momentsAfter('zero', 'zero-new'), { old: [1, 1], read: [0, 0], written: [0, 0] });
    const root = [Math.round(Math.SQRT1_2 * 1e9) / 1e9, 0.5];
    assert.deepEqual(await momentsAfter('random', 'carry'), { old: root, read: [0, 0], written: [0, 0] });
  });

  /** Tensors that write heads or units of the feed-forward part: units of the stream that nothing reads have a gradient through the norms over it. */
  const ofInnerUnits = /(query|key|value|expand|gate|up)\./;

  it('rescale gives moments that are the gradient’s, in float64: of copies, and where nothing reads them', async () => {
    for (const way of ['copy', 'zero'] as const)
      for (const model of [gpt, llama]) {
        // SGD with momentum 0.9 from zeros: the moment is the gradient.
        const begin = async (): Promise<LevelStack> => {
          const stack = await randomStack(model, { ...sgd, weightDecay: 0, clip: 0 });
          for (const { cell } of cellsByGroup(stack.current))
            for (const [key, tensor] of cell.moments) stack.store.put(cell.moments, key, right(await stack.store.zeros(tensor.type.shape)));
          return stack;
        };
        // Neighbouring copies of a head of keys serve different heads of queries, and then have different gradients.
        const pairing = model.kind === 'llama' ? 'halves' : 'neighbours';
        const first = await begin();
        await step(first, model, { ...sgd, weightDecay: 0, clip: 0 });
        await grow(first, { way, pairing, moments: 'rescale' });
        const second = await begin();
        await grow(second, { way, pairing });
        await step(second, model, { ...sgd, weightDecay: 0, clip: 0 });
        const [moved, fresh] = [await valuesOf(first.current), await valuesOf(second.current)];
        let compared = 0;
        for (const [name, values] of moved) {
          if (!name.includes('/') || (way === 'zero' && !ofInnerUnits.test(name))) continue;
          compared++;
          for (const [index, value] of values.entries()) close(value, fresh.get(name)?.[index] ?? Number.NaN, `${way}, ${name}[${index}]`);
        }
        assert.ok(compared >= 10);
        first.release();
        second.release();
      }
  });

  /** Training steps on the present level. */
  const step = async (stack: LevelStack, model: SizedModel, optimizer: Optimizer, steps = 1): Promise<void> => {
    const { layers, h } = stack.current;
    const executable = right(await backend.compile(trainingStep(modelAt(model, stack.current), { layers, h }, 2, optimizer))());
    const trainer = new Trainer(stack.store, stack.current, optimizer);
    for (let index = 0; index < steps; index++) {
      const batch = right(trainingBatch(tokensDataset(model.vocabulary), { seed: 1, step: index, batch: 2, context: model.context }));
      right(await trainer.step([{ executable, times: 1 }], batch, 0.01));
    }
    executable.dispose();
  };

  it('copies of equal shares stay alike under every optimizer, unless only the new ones begin without moments; others part', async () => {
    for (const optimizer of [adamw, sgd, muon])
      for (const [way, moments, alike] of [
        ['copy', 'carry', true],
        ['copy', 'reset', true],
        ['copy', 'zero-new', false],
        ['uneven', 'carry', false],
        ['zero', 'carry', false],
      ] as const) {
        const stack = await randomStack(gpt, optimizer);
        await grow(stack, { way, moments });
        await step(stack, gpt, optimizer, 2);
        const values = await valuesOf(stack.current);
        for (const name of ['embedding.token.weight', 'layers.1.mlp.expand.weight', 'layers.0.attention.value.weight']) {
          const columns = name.includes('expand') ? 32 : 8;
          const differs = Math.abs(at(values, name, columns, 2, 4) - at(values, name, columns, 2, name.includes('attention') ? 6 : 5));
          assert.equal(differs < 1e-9, alike, `${optimizer.kind}, ${way}, ${moments}: ${name} differs by ${differs}`);
        }
        stack.release();
      }
  });

  it('random parts keep the root mean square of weights and of logits, on average; nothing random is the same for another seed', async () => {
    const model: SizedModel = { ...llama, heads: 8, width: 16, hidden: 24, tied: false };
    const square = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value ** 2, 0) / values.length;
    const logitsOf = async (stack: LevelStack): Promise<ArrayLike<number>> => {
      const { layers, h } = stack.current;
      const executable = right(await backend.compile(logitsProgram(modelAt(model, stack.current), { layers, h }, 1))());
      const { program } = executable;
      const held = parametersOf(stack.current);
      const run = await executable.run(
        program.inputs.map(({ name, value }) => held.get(name) ?? { type: typeIn(program, value), data: Int32Array.of(1, 4, 2) }),
      )();
      return right(await backend.download(right(run)[0] ?? assert.fail())()).data;
    };
    const ratios: number[] = [];
    const seen = new Set<number>();
    for (let seed = 1; seed <= 8; seed++) {
      const stack = await randomStack(model, adamw, seed);
      const [before, logits] = [await valuesOf(stack.current), square(await logitsOf(stack))];
      await grow(stack, { way: 'random' });
      const after = await valuesOf(stack.current);
      const name = 'layers.1.mlp.down.weight';
      const [was, is] = [square(before.get(name) ?? []), square(after.get(name) ?? [])];
      assert.ok(Math.abs((2 * is) / was - 1) < 0.1, `${is} and ${was}`);
      seen.add(at(after, name, 32, 3, 1));
      ratios.push(square(await logitsOf(stack)) / logits);
      stack.release();
    }
    assert.equal(seen.size, 8);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    // Without the division by √2 of each product that reads twice as many units it is about twice as much.
    assert.ok(mean > 0.7 && mean < 1.4, `mean squares of logits change by ${ratios}`);
    assert.deepEqual((await grown({ way: 'uneven' })).after, (await grown({ way: 'uneven' })).after);
    assert.notDeepEqual((await grown({ way: 'uneven' })).after, (await grown({ way: 'uneven' }, gpt, 2)).after);
  });

  it('gives every tensor back', async () => {
    const { held } = backend.memory();
    for (const way of ways) await grown({ way, moments: 'reset' });
    assert.equal(backend.memory().held, held);
  });
});
