/**
 * The transfer over the width, on the float64 reference: R·P = I, a widened network computes what the coarse one does, width and depth commute,
 * and operators composed are operators one after the other, up to the rounding of their coefficients (which are float32).
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type * as E from 'fp-ts/lib/Either.js';
import { createReference } from '../../backends/reference/index.js';
import type { Backend, DeviceTensor } from '../../src/backend.js';
import { heldOutBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { stream } from '../../src/data/random.js';
import type { SizedModel } from '../../src/model/family.js';
import { evaluation } from '../../src/model/level-programs.js';
import { layerParameters, modelAt, sharedParameters } from '../../src/model/parameters.js';
import { sizeOf } from '../../src/program/program.js';
import { type Cell, cellsByGroup, type Level } from '../../src/runner/levels/cell.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import { firstGrid, type Grid } from '../../src/schedule/grid.js';
import { coarseLayersAndHeads } from '../../src/schedule/operators/operator.js';
import type { MomentsPolicy, Operator, Pairing, ProlongateStage, RestrictStage, SimpleOperator } from '../../src/schedule/schedule.js';
import { pairingGiven } from '../../src/schedule/text/index.js';
import { adamw, sgd, tinyLlama, tinyModel } from '../model/tiny.js';
import { right as rightOf } from '../runner/harness.js';
import { prolongateBack, restrictTo } from './stack-steps.js';

const right = <A>(result: E.Either<{ readonly message: string }, A>): A => rightOf(result);

type Values = ReadonlyMap<string, readonly number[]>;

/** A stack whose weights and moments are random numbers, moments positive. */
const randomStack = async (backend: Backend, model: SizedModel, optimizer = adamw as typeof adamw | typeof sgd): Promise<LevelStack> => {
  const stack = right(await LevelStack.create(backend, model, optimizer, 1));
  await scramble(stack, stack.current, 'begin');
  return stack;
};

const scramble = async (stack: LevelStack, level: Level, name: string): Promise<void> => {
  for (const { group, cell } of cellsByGroup(level)) {
    cell.updates = 5;
    for (const [map, positive] of [
      [cell.parameters, false],
      [cell.moments, true],
    ] as const)
      for (const [key, tensor] of map) {
        const random = stream(3, `${name}/${group}/${key}`);
        const values = Float32Array.from({ length: sizeOf(tensor.type.shape) }, () => random.uniform() + (positive ? 0.1 : -0.5));
        stack.store.put(map, key, right(await stack.store.upload(tensor.type.shape, values)));
      }
  }
};

const goDown = async (
  stack: LevelStack,
  operator: Operator,
  moments: MomentsPolicy = 'carry',
  h: 'scale' | 'keep' = 'scale',
): Promise<void> => {
  const stage: RestrictStage = { kind: 'restrict', operator, h, moments, counters: 'carry' };
  const from = stack.current;
  const { layers, heads } = coarseLayersAndHeads(operator, from);
  const to: Grid = {
    level: from.level + 1,
    layers,
    heads,
    width: (from.width / from.heads) * heads,
    h: h === 'keep' ? from.h : from.h * (from.layers / layers),
  };
  right(await restrictTo(stack, stage, to));
};

const goUp = async (stack: LevelStack, correction: ProlongateStage['correction'], moments: MomentsPolicy = 'carry'): Promise<void> => {
  right(await prolongateBack(stack, { kind: 'prolongate', correction, interpolation: 'own', moments, counters: 'carry' }));
};

const total = { kind: 'total' } as const;
const half = { kind: 'correction', alpha: 0.5 } as const;
const mix = { kind: 'mix', alpha: 0.25 } as const;

const numbersOf = async (backend: Backend, tensor: DeviceTensor): Promise<readonly number[]> =>
  Array.from(right(await backend.download(tensor)()).data);

const valuesOf = async (backend: Backend, level: Level): Promise<Values> => {
  const values = new Map<string, readonly number[]>();
  const read = async ({ parameters, moments }: Cell, fullName: (name: string) => string): Promise<void> => {
    for (const [name, tensor] of [...parameters, ...moments]) values.set(fullName(name), await numbersOf(backend, tensor));
  };
  for (const { cell, fullName } of cellsByGroup(level)) await read(cell, fullName);
  return values;
};

const assertNear = (actual: Values, expected: Values, tolerance: number): void => {
  assert.deepEqual([...actual.keys()], [...expected.keys()]);
  for (const [name, values] of actual) {
    const wanted = expected.get(name) ?? assert.fail(name);
    assert.equal(values.length, wanted.length, name);
    values.forEach((value, index) => {
      const other = wanted[index] ?? Number.NaN;
      assert.ok(Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(other)), `${name}[${index}]: ${value} and ${other}`);
    });
  }
};

describe('the transfer over the width', () => {
  const backend = createReference();
  const model: SizedModel = { ...tinyModel, layers: 2, heads: 4, width: 8, context: 3, vocabulary: 5 };
  const width = (factor: number, pairing: Pairing = 'neighbours'): Operator => ({ kind: 'width', factor, ...pairingGiven(pairing) });

  it('knows the axes of every parameter, and halves none that is not there', () => {
    for (const { name, shape, axes } of [...sharedParameters(model), ...layerParameters(model)]) {
      assert.equal(axes.length, shape.length, name);
      assert.ok(
        axes.some((axis) => axis !== 'kept'),
        name,
      );
    }
  });

  it('sums what a matrix reads, means what it writes, head by head', async () => {
    const stack = await randomStack(backend, model);
    const fine = await valuesOf(backend, stack.current);
    await goDown(stack, width(2));
    const { heads, width: units, cells } = stack.current;
    assert.deepEqual([heads, units, cells.length], [2, 4, 2]);
    const coarse = await valuesOf(backend, stack.current);
    const at = (name: string, columns: number, row: number, column: number): number =>
      fine.get(name)?.[row * columns + column] ?? Number.NaN;
    // Heads of two units each: coarse unit 3 is unit 1 of coarse head 1, which is made of fine heads 2 and 3.
    const name = 'layers.1.attention.query.weight';
    const entry = at(name, 8, 4, 5) + at(name, 8, 5, 5) + at(name, 8, 4, 7) + at(name, 8, 5, 7);
    assert.ok(Math.abs((coarse.get(name)?.[2 * 4 + 3] ?? 0) - entry / 2) < 1e-12);
    const token = 'embedding.token.weight';
    assert.ok(Math.abs((coarse.get(token)?.[3 * 4 + 1] ?? 0) - (at(token, 8, 3, 2) + at(token, 8, 3, 3)) / 2) < 1e-12);
    // The tied head reads the final norm: a sum.
    assert.ok(Math.abs((coarse.get('norm.weight')?.[1] ?? 0) - (at('norm.weight', 1, 2, 0) + at('norm.weight', 1, 3, 0))) < 1e-12);
    stack.release();
  });

  it('by halves, heads i and i + half become one, and so do units', async () => {
    const stack = await randomStack(backend, model);
    const fine = await valuesOf(backend, stack.current);
    await goDown(stack, width(2, 'halves'));
    const coarse = await valuesOf(backend, stack.current);
    stack.release();
    const at = (name: string, columns: number, row: number, column: number): number =>
      fine.get(name)?.[row * columns + column] ?? Number.NaN;
    // Coarse unit 3 is unit 1 of coarse head 1, which is made of fine heads 1 and 3: fine units 3 and 7. It is read from hidden units 2 and 6.
    const query = 'layers.1.attention.query.weight';
    const entry = at(query, 8, 2, 3) + at(query, 8, 6, 3) + at(query, 8, 2, 7) + at(query, 8, 6, 7);
    assert.ok(Math.abs((coarse.get(query)?.[2 * 4 + 3] ?? 0) - entry / 2) < 1e-12);
    // Of 32 units of the feed-forward part, 5 and 21.
    const expand = 'layers.0.mlp.expand.weight';
    const unit = at(expand, 32, 1, 5) + at(expand, 32, 5, 5) + at(expand, 32, 1, 21) + at(expand, 32, 5, 21);
    assert.ok(Math.abs((coarse.get(expand)?.[1 * 16 + 5] ?? 0) - unit / 2) < 1e-12);
    const token = 'embedding.token.weight';
    assert.ok(Math.abs((coarse.get(token)?.[3 * 4 + 1] ?? 0) - (at(token, 8, 3, 1) + at(token, 8, 3, 5)) / 2) < 1e-12);
  });

  it('all heads and units in one group, both pairings are one', async () => {
    const narrowed = async (pairing: Pairing): Promise<readonly number[]> => {
      const stack = await randomStack(backend, { ...model, width: 4, heads: 4 });
      await goDown(stack, width(4, pairing));
      const values = (await valuesOf(backend, stack.current)).get('layers.0.attention.key.weight') ?? assert.fail();
      stack.release();
      return values;
    };
    const [neighbours, halves] = [await narrowed('neighbours'), await narrowed('halves')];
    assert.deepEqual(
      neighbours.map((value) => value.toFixed(9)),
      halves.map((value) => value.toFixed(9)),
    );
  });

  const operators: readonly (readonly [string, Operator])[] = [
    ['width(2)', width(2)],
    ['width(4)', width(4)],
    ['width(2) by halves', width(2, 'halves')],
    ['width(4) by halves', width(4, 'halves')],
    [
      'neighbours, then halves',
      {
        kind: 'compose',
        operators: [
          { kind: 'width', factor: 2 },
          { kind: 'width', factor: 2, pairing: 'halves' },
        ],
      },
    ],
    [
      'halves, then neighbours',
      {
        kind: 'compose',
        operators: [
          { kind: 'width', factor: 2, pairing: 'halves' },
          { kind: 'width', factor: 2 },
        ],
      },
    ],
  ];
  /** Groups of two heads of queries, of which whole ones become one. */
  const llama: SizedModel = { ...tinyLlama, layers: 2, heads: 8, keyValueHeads: 4, width: 16, hidden: 12 };
  const families: readonly (readonly [string, SizedModel])[] = [
    ['a GPT', model],
    ['a Llama', llama],
    ['a Llama whose head is tied, without norms of queries and keys', { ...llama, tied: true, queryKeyNorm: false }],
  ];
  for (const moments of ['carry', 'rescale'] as const)
    for (const [name, operator] of operators)
      for (const [family, model] of families)
        it(`law 1: R·P = I of ${name} on weights and moments of ${family}, moments: ${moments}`, async () => {
          const stack = await randomStack(backend, model);
          await goDown(stack, operator);
          await scramble(stack, stack.current, 'coarse');
          const coarse = await valuesOf(backend, stack.current);
          await goUp(stack, total, moments);
          await goDown(stack, operator, moments);
          assertNear(await valuesOf(backend, stack.current), coarse, 1e-12);
          stack.release();
        });

  for (const [family, model] of families)
    it(`a total prolongation computes what the coarse network did: ${family}`, async () => {
      const lossOf = async (stack: LevelStack): Promise<number> => {
        const { layers, h } = stack.current;
        const executable = right(await backend.compile(evaluation(modelAt(model, stack.current), { layers, h }, 2))());
        const batch = heldOutBatch(tokensDataset(model.vocabulary), { batch: 2, context: model.context, index: 0, count: 1 });
        return right(await new Trainer(stack.store, stack.current, adamw).evaluate(executable, [batch]));
      };
      for (const [name, operator] of operators) {
        const stack = await randomStack(backend, model);
        await goDown(stack, operator);
        await scramble(stack, stack.current, 'coarse');
        const coarse = await lossOf(stack);
        assert.ok(Math.abs(coarse - Math.log(model.vocabulary)) > 1e-3, 'a loss that says nothing');
        await goUp(stack, total);
        assert.ok(Math.abs((await lossOf(stack)) - coarse) < 1e-10, name);
        stack.release();
      }
    });

  it('rescale brings moments to the coarse gradient: sums where the means of carry are, and second moments by the square', async () => {
    const down = async (moments: MomentsPolicy): Promise<Values> => {
      const stack = await randomStack(backend, model);
      await goDown(stack, width(2), moments);
      const values = await valuesOf(backend, stack.current);
      stack.release();
      return values;
    };
    const [carried, rescaled] = [await down('carry'), await down('rescale')];
    for (const [name, factor] of [
      ['layers.0.mlp.expand.bias', 2],
      ['embedding.token.weight', 2],
      ['layers.0.mlp.expand.weight', 1],
      ['norm.weight', 0.5],
    ] as const)
      for (const [moment, degree] of [
        ['first-moment', 1],
        ['second-moment', 2],
      ] as const) {
        const key = `${name}/${moment}`;
        assertNear(
          new Map([[key, rescaled.get(key) ?? []]]),
          new Map([[key, (carried.get(key) ?? []).map((value) => value * factor ** degree)]]),
          1e-12,
        );
      }
  });

  /** All that the finest level holds after a coarse level learnt something and came back. */
  const returned = async (operator: Operator, correction: ProlongateStage['correction']): Promise<Values> => {
    const stack = await randomStack(backend, model);
    await goDown(stack, operator);
    await scramble(stack, stack.current, 'coarse');
    await goUp(stack, correction);
    const values = await valuesOf(backend, stack.current);
    stack.release();
    return values;
  };

  it('a mix is between what was there and what total brings: layers, shared layers and all moments', async () => {
    const stack = await randomStack(backend, model);
    const begin = await valuesOf(backend, stack.current);
    stack.release();
    for (const operator of [
      width(2),
      {
        kind: 'compose',
        operators: [
          { kind: 'average', factor: 2 },
          { kind: 'width', factor: 2 },
        ],
      },
    ] as const) {
      const whole = await returned(operator, total);
      const between = [...whole].map(([name, values]): [string, readonly number[]] => [
        name,
        values.map((value, index) => 0.75 * (begin.get(name)?.[index] ?? Number.NaN) + 0.25 * value),
      ]);
      assertNear(await returned(operator, mix), new Map(between), 1e-12);
      assertNear(await returned(operator, { kind: 'mix', alpha: 1 }), whole, 0);
    }
  });

  it('where the width stays, a mix leaves the shared layers as they were trained', async () => {
    const every = { kind: 'every', factor: 2, offset: 1 } as const;
    const ofShared = (values: Values): Values => new Map([...values].filter(([name]) => !name.startsWith('layers.')));
    assertNear(ofShared(await returned(every, mix)), ofShared(await returned(every, total)), 0);
  });

  it('gives every tensor back', async () => {
    const { held } = backend.memory();
    for (const correction of [total, half, mix]) {
      const stack = await randomStack(backend, model);
      await goDown(
        stack,
        {
          kind: 'compose',
          operators: [
            { kind: 'every', factor: 2, offset: 1 },
            { kind: 'width', factor: 2 },
          ],
        },
        'reset',
      );
      await goDown(stack, width(2), 'rescale');
      await goUp(stack, correction, 'average');
      await goDown(stack, width(2));
      await goUp(stack, correction);
      await goUp(stack, correction, 'zero-new');
      await goDown(stack, width(2));
      stack.release();
      assert.equal(backend.memory().held, held);
    }
  });
});

describe('transfers composed', function () {
  this.timeout(240_000);
  const backend = createReference();
  const model: SizedModel = { ...tinyModel, layers: 4, heads: 4, width: 4, context: 1, vocabulary: 2, bias: false };
  let stack: LevelStack;
  let begin: Values;
  before(async () => {
    stack = await randomStack(backend, model, sgd);
    begin = await valuesOf(backend, stack.current);
  });

  const overLayers = fc.oneof(
    fc.nat(1).map((offset): SimpleOperator => ({ kind: 'every', factor: 2, offset })),
    fc.constantFrom<SimpleOperator>({ kind: 'average', factor: 2 }, { kind: 'average', factor: 2, pairing: 'halves' }),
  );
  const operator = fc.oneof(
    overLayers,
    fc.constantFrom<SimpleOperator>({ kind: 'width', factor: 2 }, { kind: 'width', factor: 2, pairing: 'halves' }),
  );
  const moments = fc.constantFrom<MomentsPolicy>('carry', 'rescale');
  const h = fc.constantFrom('scale' as const, 'keep' as const);

  /** Down by each operator in turn; what the coarse level then holds, and what the finest one does once all came back. */
  const through = async (
    operators: readonly Operator[],
    policy: MomentsPolicy,
    keep: 'scale' | 'keep',
  ): Promise<readonly [Grid, Values]> => {
    for (const each of operators) await goDown(stack, each, policy, keep);
    const { level: _, ...grid } = firstGrid({ kind: 'gpt', context: 1, bias: false, ...stack.current });
    const values = await valuesOf(backend, stack.current);
    const state = { level: 0, ...grid, h: stack.current.h };
    for (const __ of operators) await goUp(stack, half, policy);
    return [state, values];
  };

  it('width and depth commute', () =>
    fc.assert(
      fc.asyncProperty(overLayers, moments, h, async (over, policy, keep) => {
        const width: SimpleOperator = { kind: 'width', factor: 2 };
        const [[one, first], [other, second]] = [await through([over, width], policy, keep), await through([width, over], policy, keep)];
        assert.deepEqual(one, other);
        assertNear(first, second, 1e-6);
      }),
      { numRuns: 1000 },
    ));

  it('R₂·R₁ as one transfer is R₁, then R₂; and a correction with no training between changes nothing, to the bit', () =>
    fc.assert(
      fc.asyncProperty(operator, operator, moments, h, async (a, b, policy, keep) => {
        const [[one, first], [other, second]] = [
          await through([a, b], policy, keep),
          await through([{ kind: 'compose', operators: [a, b] }], policy, keep),
        ];
        assert.deepEqual(one, other);
        assertNear(first, second, 1e-6);
        assertNear(await valuesOf(backend, stack.current), begin, 0);
      }),
      { numRuns: 1000 },
    ));

  it('so it is on the way back: P₁·P₂ as one is P₂, then P₁', () =>
    fc.assert(
      fc.asyncProperty(operator, operator, fc.boolean(), async (a, b, replaces) => {
        const back = async (operators: readonly Operator[]): Promise<Values> => {
          const own = await randomStack(backend, model, sgd);
          for (const each of operators) await goDown(own, each);
          await scramble(own, own.current, 'learnt');
          for (const _ of operators) await goUp(own, replaces ? total : { kind: 'correction', alpha: 1 });
          const values = await valuesOf(backend, own.current);
          own.release();
          return values;
        };
        // What an injection does not write stays: on a level between, that is what had been merged to it, and comes back so.
        fc.pre(!replaces || a.kind === 'every' || b.kind !== 'every');
        assertNear(await back([a, b]), await back([{ kind: 'compose', operators: [a, b] }]), 1e-6);
      }),
      { numRuns: 40 },
    ));
});
