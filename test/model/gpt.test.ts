/**
 * The model: the program of a level computes what the equations say, at any step size; and parameters begin as GPT-2's do.
 */
import assert from 'node:assert/strict';
import { evaluation, logitsProgram } from '../../src/model/level-programs.js';
import { initialValues, layerParameters, levelParameters, parameterCount, sharedParameters } from '../../src/model/parameters.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { randomParameters } from '../huggingface/random-model.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { tinyLlama, tinyModel } from './tiny.js';

const sequences = [
  [3, 1, 4, 1, 5, 9],
  [2, 6, 5, 3, 5, 8],
];

describe('the matrices of a layer', () => {
  it('are what Muon takes them for: [what they read, what they write], and nothing else has that role', () => {
    for (const model of [tinyModel, tinyLlama])
      for (const { name, role, axes } of [...sharedParameters(model), ...layerParameters(model)]) {
        const sides = axes.map((axis) => (axis === 'kept' ? axis : axis.side));
        assert.equal(role === 'matrix', sides.join() === 'input,output', name);
      }
  });
});

describe('the model in float64', () => {
  for (const bias of [true, false])
    for (const { layers, h, gelu } of [
      { layers: 4, h: 1, gelu: undefined },
      { layers: 2, h: 2, gelu: undefined },
      { layers: 1, h: 0.5, gelu: undefined },
      { layers: 2, h: 1, gelu: 'tanh' },
    ] as const)
      it(`${layers} layers, h ${h}, ${bias ? 'with' : 'without'} biases${gelu === undefined ? '' : ', GELU with tanh'}: logits and loss as the equations say`, async () => {
        const model = { ...tinyModel, layers, bias, ...(gelu === undefined ? {} : { gelu }) };
        const parameters = randomParameters(model, model.vocabulary, 1);
        const expected = sequences.map((tokens) => plainLogits(parameters, model, h, tokens));
        const evaluate = async (program: ReturnType<typeof logitsProgram>): Promise<Float64Array> => {
          const given = new Map<string, ArrayLike<number>>([
            ['inputs', sequences.flat()],
            ['targets', [...sequences].reverse().flat()],
          ]);
          const inputs = program.inputs.map(({ name }) => given.get(name) ?? parameters.get(name)?.data ?? assert.fail(name));
          const [output] = await (await onReference(program))(inputs);
          return output ?? assert.fail('no output');
        };
        const logits = await evaluate(logitsProgram(model, { layers, h }, 2));
        assertClose(logits, expected.flat(2), { relative: 1e-12, absolute: 0 }, 'logits');

        const rows = expected.flat();
        const losses = rows.map((row, index) => {
          const target = [...sequences].reverse().flat()[index] ?? Number.NaN;
          return Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (row[target] ?? Number.NaN);
        });
        const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
        assertClose(await evaluate(evaluation(model, { layers, h }, 2)), [mean], { relative: 1e-12, absolute: 0 }, 'loss');
      });
});

describe('parameters', () => {
  const statistics = (values: Float32Array) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
  };
  const model = { ...tinyModel, width: 64, layers: 8 };
  const initial = (name: string): Float32Array => {
    const spec = [...sharedParameters(model), ...layerParameters(model)].find((given) => given.name === name) ?? assert.fail(name);
    return initialValues(spec, name, 1);
  };

  it('begin as GPT-2 does: deviation 0.02, residual projections smaller by √(2·layers), norms 1, biases 0', () => {
    for (const [name, deviation] of [
      ['attention.query.weight', 0.02],
      ['mlp.expand.weight', 0.02],
      ['attention.output.weight', 0.02 / 4],
      ['mlp.contract.weight', 0.02 / 4],
    ] as const) {
      const found = statistics(initial(name));
      assert.ok(
        Math.abs(found.mean) < deviation / 15 && Math.abs(found.deviation / deviation - 1) < 0.05,
        `${name}: ${JSON.stringify(found)}`,
      );
    }
    assert.ok(initial('attention.norm.weight').every((value) => value === 1));
    assert.ok(initial('mlp.expand.bias').every((value) => value === 0));
  });

  it('draw from streams of their own: none depends on another, on the depth, or on more than the seed', () => {
    const [first] = layerParameters(tinyModel).filter(({ name }) => name === 'attention.query.weight');
    assert.ok(first);
    const value = (name: string, seed: number) => initialValues(first, name, seed);
    assert.deepEqual(value('layers.0.attention.query.weight', 1), value('layers.0.attention.query.weight', 1));
    assert.notDeepEqual(value('layers.0.attention.query.weight', 1), value('layers.1.attention.query.weight', 1));
    assert.notDeepEqual(value('layers.0.attention.query.weight', 1), value('layers.0.attention.query.weight', 2));
  });

  it('are counted as they are listed', () => {
    const listed = (layers: number): number =>
      levelParameters(model, { layers, h: 1 }).reduce(
        (sum, { spec: { shape } }) => sum + shape.reduce((product, size) => product * size, 1),
        0,
      );
    assert.equal(parameterCount(model), listed(8));
    assert.equal(parameterCount(model, 4), listed(4));
  });
});
