/**
 * Rewrites: on float64 a program computes after each of them, and after all, what it computed before, to 1e-12, with no product more; over generated
 * programs in which they find what they are about, and over models.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { stream } from '../../src/data/random.js';
import type { SizedModel } from '../../src/model/family.js';
import { evaluation, logitsProgram } from '../../src/model/level-programs.js';
import { trainingStep } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import { differentiate } from '../../src/program/differentiate.js';
import { legalize } from '../../src/program/legalize.js';
import { operationNames, operationOf } from '../../src/program/operations/index.js';
import { type Program, sizeOf } from '../../src/program/program.js';
import { everyRewrite, portableRewrites, type RewriteName, rewriteNames, rewrites } from '../../src/program/rewrite/index.js';
import { rewritten } from '../../src/program/rewrite/rewritten.js';
import { type Tensor, Tracer } from '../../src/program/tracer.js';
import { randomState } from '../model/random-state.js';
import { residualMlpLike, withResidualMlps } from '../model/residual-mlp.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { assertClose, onReference } from './on-reference.js';

const LAW = { relative: 1e-12, absolute: 1e-13 };

/** Rows and columns: all matrices have as many, so that any operation fits any values. */
const ROWS = 3;
/** Logits of a chunk: two of the three rows. */
const FEW = 8;
const WIDTH = 4;

/** One operation more; `a`, `b` and `which` choose among what there is. */
interface Step {
  readonly operation: (typeof OPERATIONS)[number];
  readonly a: number;
  readonly b: number;
  readonly which: number;
}

const OPERATIONS = [
  'normalize',
  'scale',
  'shift',
  'linear',
  'product',
  'transposed',
  'gelu',
  'attention',
  'factor',
  'scalar',
  'add',
  'norm',
  'normed',
  'loss',
] as const;

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    // Mostly the newest value, so that operations follow each other as the rewrites want them.
    a: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(9) }),
    b: fc.nat(9),
    which: fc.nat(99),
  }),
  { minLength: 1, maxLength: 9 },
);

/** @param returned how many of the newest values are returned, beside the last. */
const programOf = (written: readonly Step[], returned: number): Program => {
  const trace = new Tracer('generated');
  const input = (name: string, shape: readonly number[]): Tensor => trace.input(name, 'parameter', { dtype: 'f32', shape });
  const values = [input('x', [ROWS, WIDTH]), input('y', [ROWS, WIDTH])];
  const vectors = [0, 1, 2].map((index) => input(`vector ${index}`, [WIDTH]));
  const matrices = [0, 1].map((index) => input(`matrix ${index}`, [WIDTH, WIDTH]));
  const scalar = input('scalar', []);
  const targets = trace.input('targets', 'batch', { dtype: 'i32', shape: [ROWS] });
  const among = <A>(all: readonly A[], at: number): A => all[at % all.length] ?? assert.fail('there is one');
  for (const { operation, a, b, which } of written) {
    const x = among(values.toReversed(), a);
    const vector = among(vectors, which);
    const matrix = among(matrices, which);
    const turned = (left: Tensor, right: Tensor): [Tensor, Tensor] => (which % 2 === 0 ? [left, right] : [right, left]);
    const made: Record<Step['operation'], () => Tensor> = {
      normalize: () => trace.normalize(x, 1e-2),
      scale: () => trace.mul(...turned(x, vector)),
      shift: () => trace.add(...turned(x, vector)),
      linear: () => trace.linear(x, matrix, vector, { alpha: which % 3 === 0 ? 1 : 0.7 }),
      product: () => trace.matmul(x, matrix, { alpha: which % 3 === 0 ? 1 : -0.6 }),
      transposed: () => trace.matmul(x, matrix, { transposeB: true }),
      gelu: () => trace.gelu(x),
      attention: () => trace.attention(x, among(values, b), x, { batch: 1, heads: 2, scale: 0.5 }),
      factor: () => trace.mul(...turned(x, trace.scalar(0.5 + (which % 4)))),
      scalar: () => trace.mul(...turned(x, scalar)),
      add: () => trace.add(x, among(values, b)),
      norm: () => trace.add(trace.mul(trace.normalize(x, 1e-2), vector), among(vectors, b)),
      loss: () => trace.add(vector, trace.crossEntropy(trace.matmul(x, matrix, { transposeB: true }), targets)),
      normed: () => trace.matmul(trace.mul(trace.normalize(x, 1e-2), vector), matrix),
    };
    const value = made[operation]();
    values.push(trace.broadcast(value, [ROWS, WIDTH]));
  }
  return trace.finish(
    values
      .toReversed()
      .slice(0, 1 + returned)
      .map((tensor, index) => ({ name: `${index}`, tensor })),
  );
};

const programs = fc.tuple(steps, fc.nat(2)).map(([written, returned]) => programOf(written, returned));

const changedBy = (program: Program, asked: ReadonlySet<RewriteName>): Program => {
  const { trace, of } = rewritten(program, asked, { mostLogits: FEW, logitsOfChunk: FEW });
  return trace.finish(program.outputs.map(({ name, role, value }) => ({ name, role, tensor: of(value) })));
};

const inputsOf = (program: Program): readonly Float64Array[] =>
  program.inputs.map(({ name, value }) => {
    const draws = stream(4, name);
    const { dtype, shape } = program.types[value] ?? assert.fail('an input has a type');
    return Float64Array.from({ length: sizeOf(shape) }, () => (dtype === 'i32' ? Math.floor(WIDTH * draws.uniform()) : draws.normal(0, 1)));
  });

const assertSame = async (before: Program, changed: Program, inputs: readonly Float64Array[], law = LAW): Promise<void> => {
  assert.deepEqual(
    changed.inputs.map(({ name, role }) => [name, role]),
    before.inputs.map(({ name, role }) => [name, role]),
  );
  const expected = await (await onReference(before))(inputs);
  const outputs = await (await onReference(changed))(inputs);
  for (const [index, { role, name }] of before.outputs.entries())
    assertClose(outputs[index] ?? [], expected[index] ?? [], law, `${role} ${name}`);
};

const timesOf = ({ rewrites: done = [] }: Program, name: RewriteName): number =>
  done.find(({ says }) => says === rewrites[name].says)?.times ?? 0;

describe('rewrites of generated programs', () => {
  for (const name of [...rewriteNames, 'all of them'] as const) {
    const asked = name === 'all of them' ? everyRewrite : new Set([name]);
    it(`${name}: the same function, and no product more`, async () => {
      await fc.assert(
        fc.asyncProperty(programs, async (program) => {
          const changed = changedBy(program, asked);
          await assertSame(program, changed, inputsOf(program));
          assert.ok(flopsOf(changed).matmul <= flopsOf(program).matmul);
        }),
        { numRuns: 150 },
      );
    });
  }

  it('each finds something to do in them', () => {
    const found = fc.sample(programs, { numRuns: 300, seed: 1 }).map((program) => changedBy(program, everyRewrite));
    for (const name of rewriteNames) assert.ok(found.filter((program) => timesOf(program, name) > 0).length > 20, name);
  });

  it('none asked: the same program', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const { types: _, ...again } = changedBy(program, new Set());
        const { types: __, ...before } = program;
        assert.deepEqual(
          again.nodes.map(({ operation, attributes }) => [operation, attributes]),
          before.nodes.map(({ operation, attributes }) => [operation, attributes]),
        );
      }),
    );
  });

  it('a product that is read twice is not computed twice for the sake of a factor', () => {
    const trace = new Tracer('twice');
    const x = trace.input('x', 'parameter', { dtype: 'f32', shape: [3, 4] });
    const w = trace.input('w', 'parameter', { dtype: 'f32', shape: [4, 4] });
    const product = trace.matmul(x, w);
    const program = trace.finish([{ name: 'sum', tensor: trace.add(product, trace.mul(product, trace.scalar(2))) }]);
    assert.equal(changedBy(program, everyRewrite).rewrites, undefined);
  });
});

describe('the head in chunks', () => {
  const lossOf = (mostLogits: number, tokens: number): Program => {
    const before = new Tracer('head');
    const parameter = (name: string, ...shape: number[]): Tensor => before.input(name, 'parameter', { dtype: 'f32', shape });
    const [x, head, weight] = [parameter('x', tokens, WIDTH), parameter('head', 4, WIDTH), parameter('weight', WIDTH)];
    const targets = before.input('targets', 'batch', { dtype: 'i32', shape: [tokens] });
    const hidden = before.mul(before.normalize(x, 1e-2), weight);
    const loss = before.mul(before.crossEntropy(before.matmul(hidden, head, { transposeB: true }), targets), before.scalar(0.7));
    const program = before.finish([{ name: 'loss', tensor: loss }]);
    const { trace, of } = rewritten(program, new Set(['headInChunks']), { differentiated: true, mostLogits, logitsOfChunk: mostLogits });
    const gradients = differentiate(
      trace,
      of(loss.id),
      [x, head, weight].map(({ id }) => of(id)),
    );
    return trace.finish([
      { name: 'loss', tensor: of(loss.id) },
      ...gradients.map((tensor, index) => ({ name: `gradient ${index}`, tensor: tensor ?? assert.fail(`no gradient ${index}`) })),
    ]);
  };

  it('gives the same loss and gradients, and computes no product a second time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 4, max: 12 }), async (tokens, most) => {
        const [plain, chunked] = [lossOf(Number.POSITIVE_INFINITY, tokens), lossOf(most, tokens)];
        assert.equal(timesOf(chunked, 'headInChunks'), 4 * tokens > most ? 1 : 0);
        await assertSame(plain, chunked, inputsOf(plain));
        assert.equal(flopsOf(chunked).matmul, flopsOf(plain).matmul);
      }),
      { numRuns: 30 },
    );
  });

  it('holds no tensor of all tokens and the whole vocabulary', () => {
    const program = lossOf(8, 6);
    const reference = legalize(program, new Set(operationNames.filter((name) => operationOf(name).decompose === undefined)));
    assert.ok(E.isRight(reference));
    const logits = reference.right.nodes.filter(({ operation }) => operation === 'exp').flatMap(({ outputs }) => outputs);
    assert.deepEqual(
      logits.map((id) => reference.right.types[id]?.shape),
      [
        [2, 4],
        [2, 4],
        [2, 4],
      ],
    );
  });
});

describe('rewrites of models', () => {
  withResidualMlps();
  const mlp: SizedModel = { ...residualMlpLike(tinyModel), vocabulary: tinyModel.vocabulary };
  const models: Readonly<Record<string, SizedModel>> = {
    gpt: tinyModel,
    'gpt without biases': { ...tinyModel, bias: false },
    'another family': mlp,
  };
  for (const [what, model] of Object.entries(models)) {
    it(`${what}: the same loss, gradients and update`, async () => {
      const level = { layers: 2, h: 0.7, stochasticDepth: 0.5, hasTau: true };
      const plain = trainingStep(model, level, 2, adamw, { rewrites: new Set() });
      const changed = trainingStep(model, level, 2, adamw);
      assert.equal(plain.rewrites, undefined);
      // Of so few logits there is one chunk: the head's rewrite has nothing to say of these models.
      const expected: readonly RewriteName[] = what === 'another family' ? ['factorIntoProduct', 'geluInUnits'] : [...portableRewrites];
      for (const name of expected.filter((each) => each !== 'headInChunks')) assert.ok(timesOf(changed, name) > 0, name);
      await assertSame(plain, changed, randomState(plain, model.vocabulary, 2).inputs, { relative: 1e-10, absolute: 1e-12 });
      assert.equal(flopsOf(changed).matmul, flopsOf(plain).matmul);
    });

    if (what !== 'another family')
      it(`${what}: the same with attention in one kernel, for one product more a layer, of the size of one in its forward pass`, async () => {
        const level = { layers: 2, h: 0.7, stochasticDepth: 0.5, hasTau: true };
        const plain = trainingStep(model, level, 2, adamw, { rewrites: new Set() });
        const changed = trainingStep(model, level, 2, adamw, { rewrites: everyRewrite });
        assert.equal(timesOf(changed, 'attentionInOneKernel'), 2);
        await assertSame(plain, changed, randomState(plain, model.vocabulary, 2).inputs, { relative: 1e-10, absolute: 1e-12 });
        const { context, width } = model;
        assert.equal(flopsOf(changed).matmul - flopsOf(plain).matmul, 2 * (2 * 2 * context * context * width));
      });

    it(`${what}: the same evaluation and logits`, async () => {
      const level = { layers: 3, h: 2 };
      for (const program of [evaluation, logitsProgram]) {
        const plain = program(model, level, 2, { rewrites: new Set() });
        await assertSame(plain, program(model, level, 2), randomState(plain, model.vocabulary, 2).inputs);
      }
    });
  }

  it('a GPT as it is written: nothing is in its program but what its file says', () => {
    const { nodes } = evaluation({ ...tinyModel, bias: false }, { layers: 1, h: 0.5 }, 1, { rewrites: new Set() });
    assert.deepEqual(
      nodes.map(({ operation }) => operation).join(' '),
      [
        'gather reshape reshape add reshape',
        'normalize mul matmul matmul matmul attention matmul constant mul add',
        'normalize mul matmul gelu matmul mul add',
        'normalize mul matmul crossEntropy',
        // The look at its norms (`src/model/watched-loss.ts`).
        'concat constant div sum sum reshape add',
      ].join(' '),
    );
  });
});
