/** The training step in parts, on float64: microbatches whose gradients add up, and an update, are the step that sees the whole batch. */
import assert from 'node:assert/strict';
import { cachedLogits } from '../../src/model/cached-logits.js';
import { evaluation, logitsProgram, objective } from '../../src/model/level-programs.js';
import type { StepShape } from '../../src/model/level-trace.js';
import { gradientProgram, trainingStep, updateProgram, WEIGHT } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import { type Program, type ProgramInput, type Role, sizeOf } from '../../src/program/program.js';
import type { Optimizer } from '../../src/schedule/schedule.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { randomState } from './random-state.js';
import { adamw, muon, sgd, tinyModel } from './tiny.js';

const BATCH = 4;

type Values = ReadonlyMap<string, Float64Array>;
const keyOf = ({ role, name }: { readonly role: Role; readonly name: string }): string => `${role} ${name}`;

/** What a program gives, by role and name, for values that are found in the same way. */
const gives = async (program: Program, given: (input: ProgramInput) => ArrayLike<number>): Promise<Values> => {
  const outputs = await (await onReference(program))(program.inputs.map(given));
  return new Map(program.outputs.map((output, index) => [keyOf(output), outputs[index] ?? assert.fail(output.name)]));
};

const shapes: Readonly<Record<string, StepShape>> = {
  'of everything': { layers: 2, h: 0.5 },
  'of some layers': { layers: 3, h: 1, trained: { layers: [1], shared: false } },
  'with stochastic depth and a linear term': { layers: 2, h: 2, stochasticDepth: 0.5, hasTau: true },
  'without layers': { layers: 0, h: 1 },
};

const optimizers: Readonly<Record<string, Optimizer>> = { adamw, sgd, muon };

describe('a training step in parts', () => {
  for (const [what, shape] of Object.entries(shapes))
    for (const [rule, optimizer] of Object.entries(optimizers))
      for (const parts of [1, 2, 4])
        it(`${what}, ${rule}, ${parts} microbatch${parts === 1 ? '' : 'es'}: as the whole, to 1e-12`, async () => {
          const whole = trainingStep(tinyModel, shape, BATCH, optimizer);
          const { inputs } = randomState(whole, tinyModel.vocabulary, 7);
          const values = new Map(whole.inputs.map((input, index) => [keyOf(input), inputs[index] ?? assert.fail(input.name)]));
          const given = (input: ProgramInput): Float64Array => values.get(keyOf(input)) ?? assert.fail(keyOf(input));
          const expected = await gives(whole, given);

          const gradient = gradientProgram(tinyModel, shape, BATCH / parts);
          let sums: Values = new Map();
          for (let part = 0; part < parts; part++)
            sums = await gives(gradient, (input) => {
              const size = sizeOf(gradient.types[input.value]?.shape ?? []);
              if (input.name === WEIGHT) return [1 / parts];
              if (input.role === 'batch') return given(input).slice(part * size, (part + 1) * size);
              return input.role === 'gradient' || input.role === 'loss' ? (sums.get(keyOf(input)) ?? new Float64Array(size)) : given(input);
            });
          const update = updateProgram(tinyModel, shape, optimizer);
          const updated = await gives(update, (input) => sums.get(keyOf(input)) ?? given(input));

          const actual = new Map([['loss loss', sums.get('loss loss') ?? assert.fail('loss')], ...updated]);
          assert.deepEqual(new Set(actual.keys()), new Set(expected.keys()));
          for (const [key, value] of expected)
            assertClose(actual.get(key) ?? [], value, { relative: 1e-12, absolute: 1e-15 }, `${key} of ${parts} microbatches`);
        });

  it('costs as many products in microbatches as the whole, but for those that do not see the batch', () => {
    const level = { layers: 2, h: 1 };
    const whole = flopsOf(trainingStep(tinyModel, level, BATCH, adamw));
    const parts = flopsOf(gradientProgram(tinyModel, level, 1));
    assert.equal(BATCH * parts.matmul, whole.matmul);
    assert.equal(flopsOf(updateProgram(tinyModel, level, adamw)).matmul, 0);
  });

  it('counts the products of an orthogonalisation: in each of 5 iterations X·Xᵀ, A·A and (b·A + c·A²)·X, of every matrix of a layer', () => {
    const level = { layers: 3, h: 1 };
    const { width } = tinyModel;
    const ofMatrix = (small: number, large: number): number => 5 * 2 * (small * small * large + small ** 3 + small * small * large);
    const update = level.layers * (4 * ofMatrix(width, width) + 2 * ofMatrix(width, 4 * width));
    assert.equal(flopsOf(updateProgram(tinyModel, level, muon)).matmul, update);
    const [own, plain] = [muon, adamw].map((optimizer) => flopsOf(trainingStep(tinyModel, level, BATCH, optimizer)).matmul);
    assert.equal(own, (plain ?? Number.NaN) + update);
  });

  it('reads no gradient of what it does not train, and in the update no other parameter', () => {
    const shape = shapes['of some layers'] ?? assert.fail();
    const isTrained = ({ name }: ProgramInput): boolean => name.startsWith('layers.1.');
    const { inputs } = updateProgram(tinyModel, shape, adamw);
    assert.ok(inputs.filter(({ role }) => role !== 'scalar').every(isTrained));
    assert.ok(
      gradientProgram(tinyModel, shape, 1)
        .inputs.filter(({ role }) => role === 'gradient')
        .every(isTrained),
    );
  });
});

describe('every program of a level', () => {
  const level: StepShape = { layers: 2, h: 0.5, stochasticDepth: 0.5, hasTau: true };
  const programs: readonly Program[] = [
    trainingStep(tinyModel, level, 2, adamw),
    gradientProgram(tinyModel, level, 2),
    updateProgram(tinyModel, level, adamw),
    evaluation(tinyModel, level, 2),
    objective(tinyModel, level, 2),
    logitsProgram(tinyModel, level, 2),
    cachedLogits(tinyModel, level, { tokens: 2, places: 5 }),
  ];
  for (const program of programs) {
    it(`${program.name} is plain JSON`, () => assert.deepEqual(JSON.parse(JSON.stringify(program)), program));

    it(`${program.name} tells its inputs, and its outputs, by role and name`, () => {
      for (const ends of [program.inputs, program.outputs]) assert.equal(new Set(ends.map(keyOf)).size, ends.length);
      const inputs = new Map(program.inputs.map((input) => [keyOf(input), program.types[input.value]]));
      for (const output of program.outputs)
        if (['parameter', 'moment', 'gradient', 'cache'].includes(output.role))
          assert.deepEqual(program.types[output.value], inputs.get(keyOf(output)), `${keyOf(output)} is the next value of an input`);
    });
  }
});
