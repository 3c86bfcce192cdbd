/**
 * Law 7, first half: each gradient rule agrees with finite differences in float64; and so does the whole model's.
 */
import assert from 'node:assert/strict';
import { stream } from '../../src/data/random.js';
import { levelParameters } from '../../src/model/parameters.js';
import { trainingStep } from '../../src/model/training-step.js';
import { differentiate } from '../../src/program/differentiate.js';
import { type OperationName, operationNames, operationOf } from '../../src/program/operations/index.js';
import { type Program, sizeOf } from '../../src/program/program.js';
import { type Tensor, Tracer } from '../../src/program/tracer.js';
import { randomState } from '../model/random-state.js';
import { gradientOnly, tinyLlama, tinyModel } from '../model/tiny.js';
import { assertClose, type Evaluate, onReference } from './on-reference.js';
import { allCases, type NamedCase, typeOfInput, valuesOfInputs } from './operation-cases.js';

const hasGradient = (name: OperationName): boolean => operationOf(name).gradient !== undefined;

/** Central differences: an error of STEP²·f''', and rounding of about 1e-16/STEP. */
const STEP = 1e-5;
const TOLERANCE = { relative: 1e-8, absolute: 1e-8 };

/** Σ weights∘(first output), and its gradient by every f32 input. */
const objectiveOf = ({ name, attributes, inputs, title }: NamedCase): Program => {
  const trace = new Tracer(title);
  const traced = inputs.map((input, index) => trace.input(`x${index}`, 'batch', typeOfInput(input)));
  const [output] = trace.apply(name, traced, attributes as never);
  assert.ok(output);
  const weighted = trace.mul(output, trace.input('weights', 'batch', output.type));
  const objective = trace.sumTo(weighted, []);
  const sources = traced.filter(({ type }) => type.dtype === 'f32');
  const gradients = differentiate(trace, objective, sources);
  return trace.finish([
    { name: 'objective', tensor: objective },
    ...gradients.map((gradient, index) => ({
      name: `gradient ${index}`,
      tensor: gradient ?? assert.fail(`no gradient by input ${index}`),
    })),
  ]);
};

const differences = async (evaluate: Evaluate, inputs: readonly Float64Array[], which: number): Promise<readonly number[]> => {
  const slopes: number[] = [];
  const moved = async (place: number, step: number): Promise<number> => {
    const [value] = await evaluate(
      inputs.map((input, index) => (index === which ? input.map((x, at) => (at === place ? x + step : x)) : input)),
    );
    return value?.[0] ?? Number.NaN;
  };
  for (let place = 0; place < (inputs[which]?.length ?? 0); place++)
    slopes.push(((await moved(place, STEP)) - (await moved(place, -STEP))) / (2 * STEP));
  return slopes;
};

describe('gradient rules against finite differences', () => {
  for (const given of allCases) {
    const continuous = given.inputs.flatMap((input, index) => (typeOfInput(input).dtype === 'f32' ? [index] : []));
    if (!hasGradient(given.name) || continuous.length === 0) continue;
    it(given.title, async () => {
      const evaluate = await onReference(objectiveOf(given));
      const draws = stream(2, given.title);
      const weights = Float64Array.from({ length: sizeOf(given.outputs[0] ?? []) }, () => draws.normal(0, 1));
      const inputs = [...valuesOfInputs(given), weights];
      const [, ...gradients] = await evaluate(inputs);
      assert.equal(gradients.length, continuous.length);
      for (const [index, which] of continuous.entries())
        assertClose(gradients[index] as Float64Array, await differences(evaluate, inputs, which), TOLERANCE, `input ${which}`);
    });
  }

  it('no operation goes unchecked but those without a rule and those without a real input', () => {
    const unchecked = operationNames.filter(
      (name) =>
        !hasGradient(name) ||
        !allCases.some((given) => given.name === name && given.inputs.some((input) => typeOfInput(input).dtype === 'f32')),
    );
    assert.deepEqual(unchecked, [
      'constant',
      'causalMask',
      'rotaryTable',
      'minimum',
      'barrier',
      'max',
      'oneHot',
      'flashAttentionGradient',
      'geluDerivative',
      'scaledGeluDerivative',
      'tanhGeluDerivative',
      'siluDerivative',
      'allReduce',
    ]);
  });

  it('a rule that is not there, or an output whose gradient no rule knows, is an error and not a zero', () => {
    const trace = new Tracer('test');
    const x = trace.input('x', 'batch', { dtype: 'f32', shape: [2, 3] });
    for (const undifferentiable of [trace.minimum(x, trace.scalar(1)), trace.max(x, [1]), trace.scaledGeluDerivative(x, x)])
      assert.throws(() => differentiate(trace, trace.sumTo(undifferentiable, []), [x]), /is not differentiable/);
    const [, inverse] = trace.apply('normalize', [x], { epsilon: 1 });
    assert.throws(
      () => differentiate(trace, trace.sumTo(inverse as Tensor, []), [x]),
      /normalize is differentiable in its first output only/,
    );
  });

  it('indices, and inputs that the objective does not read, have none', () => {
    const trace = new Tracer('test');
    const table = trace.input('table', 'parameter', { dtype: 'f32', shape: [5, 3] });
    const indices = trace.input('indices', 'batch', { dtype: 'i32', shape: [4] });
    const other = trace.input('other', 'batch', { dtype: 'f32', shape: [2] });
    const objective = trace.sumOfSquares(trace.mul(trace.gather(table, indices), trace.sumTo(trace.oneHot(indices, 3), [1])));
    const [byTable, byIndices, byOther] = differentiate(trace, objective, [table, indices, other]);
    assert.deepEqual([byTable?.type.shape, byIndices, byOther], [[5, 3], undefined, undefined]);
  });

  it('a value that is read several times collects all of its gradients', async () => {
    const trace = new Tracer('test');
    const x = trace.input('x', 'batch', { dtype: 'f32', shape: [] });
    const cube = trace.mul(trace.mul(x, x), x);
    const [slope] = differentiate(trace, trace.add(cube, trace.exp(x)), [x]);
    const [value] = await (await onReference(trace.finish([{ name: 'slope', tensor: slope as Tensor }])))([[2]]);
    assertClose(value as Float64Array, [12 + Math.exp(2)], { relative: 1e-14, absolute: 0 }, 'slope');
  });
});

for (const [title, model, step] of [
  ['with biases', tinyModel, STEP],
  ['without biases', { ...tinyModel, bias: false }, STEP],
  // Norms of heads of two units are steep, so that smaller differences are needed for as many digits.
  ['a Llama', { ...tinyLlama, width: 8 }, STEP / 10],
] as const)
  describe(`the gradient of the whole model, ${title}`, () => {
    const level = { layers: 2, h: 2 };
    const program = trainingStep(model, level, 2, gradientOnly);
    const { inputs } = randomState(program, model.vocabulary, 1);
    let evaluate: Evaluate;
    let outputs: readonly Float64Array[];
    before(async () => {
      evaluate = await onReference(program);
      outputs = await evaluate(inputs);
    });

    // With momentum 0 and no clipping, what is in the momentum after a step is the gradient.
    const gradientOf = (name: string): Float64Array =>
      outputs[program.outputs.findIndex((output) => output.name === `${name}/momentum`)] ?? assert.fail(name);

    for (const { fullName } of levelParameters(model, level))
      it(`by ${fullName}, along a random direction`, async () => {
        const which = program.inputs.findIndex(({ name }) => name === fullName);
        const draws = stream(3, fullName);
        const direction = Float64Array.from(inputs[which] ?? [], () => draws.normal(0, 1));
        const along = async (far: number): Promise<number> => {
          const moved = inputs.map((input, index) => (index === which ? input.map((x, at) => x + far * (direction[at] ?? 0)) : input));
          const [loss] = await evaluate(moved);
          return loss?.[0] ?? Number.NaN;
        };
        const slope = ((await along(step)) - (await along(-step))) / (2 * step);
        const gradient = gradientOf(fullName);
        const expected = direction.reduce((sum, value, at) => sum + value * (gradient[at] ?? Number.NaN), 0);
        assertClose([expected], [slope], { relative: 1e-6, absolute: 1e-9 }, fullName);
        // Shifting all keys by one vector changes no softmax, so that the key's bias alone has a gradient of zero.
        if (!fullName.endsWith('key.bias')) assert.ok(Math.abs(slope) > 1e-6, `a slope of ${slope} says nothing`);
      });
  });
