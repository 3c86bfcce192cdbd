/** Steps that train a part of a level, and steps with stochastic depth: what they compute, and what they cost. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evaluation } from '../../src/model/level-programs.js';
import type { StepShape } from '../../src/model/level-trace.js';
import { survivalName, survivalProbability, survivals } from '../../src/model/stochastic-depth.js';
import { trainingStep } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import type { Program } from '../../src/program/program.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { randomState } from './random-state.js';
import { adamw, gradientOnly, tinyModel } from './tiny.js';

const level = { layers: 4, h: 0.5 };
const batch = 2;
const only = (layers: readonly number[], shared = false): StepShape => ({ ...level, trained: { layers, shared } });
const stepOf = (shape: StepShape, optimizer: Parameters<typeof trainingStep>[3] = adamw): Program =>
  trainingStep(tinyModel, shape, batch, optimizer);
const matmul = (program: Program): number => flopsOf(program).matmul;

/** Outputs by name, for the same values of inputs with the same name; `change` may replace some. */
const outputsOf = async (
  program: Program,
  change: (name: string, values: Float64Array) => Float64Array = (_, values) => values,
): Promise<ReadonlyMap<string, Float64Array>> => {
  const { inputs } = randomState(program, tinyModel.vocabulary, 5);
  const given = program.inputs.map(({ name }, index) => change(name, inputs[index] ?? assert.fail(name)));
  const outputs = await (await onReference(program))(given);
  return new Map(program.outputs.map(({ name }, index) => [name, outputs[index] ?? assert.fail(name)]));
};

describe('a step that trains a part', () => {
  it('updates that part and asks for its moments alone', () => {
    const program = stepOf(only([1, 3]));
    const isOfPart = (name: string): boolean => /^layers\.[13]\./.test(name);
    for (const { name, role } of program.inputs) if (role === 'moment') assert.ok(isOfPart(name), name);
    const updated = program.outputs.flatMap(({ role, name }) => (role === 'parameter' || role === 'moment' ? [name] : []));
    assert.equal(updated.length, 3 * 2 * 16);
    assert.ok(updated.every(isOfPart));
    assert.match(program.name, /trains 1 3/);
    assert.ok(stepOf(only([1], true)).outputs.some(({ role, name }) => role === 'parameter' && name === 'embedding.token.weight'));
  });

  for (const [layers, shared] of [
    [[3], false],
    [[0, 2], false],
    [[1], true],
  ] as const)
    it(`layers ${layers}${shared ? ' and the shared ones' : ''}: its gradient is that of the whole`, async () => {
      const whole = await outputsOf(stepOf(level, gradientOnly));
      const part = await outputsOf(stepOf(only(layers, shared), gradientOnly));
      assert.ok(part.size > 2);
      for (const [name, values] of part)
        if (name !== 'gradientNorm') assertClose(values, whole.get(name) ?? assert.fail(name), { relative: 1e-12, absolute: 0 }, name);
      const squares = [...part].filter(([name]) => name.endsWith('/momentum')).flatMap(([, values]) => [...values]);
      const norm = Math.sqrt(squares.reduce((sum, value) => sum + value * value, 0));
      assertClose(part.get('gradientNorm') ?? [], [norm], { relative: 1e-12, absolute: 0 }, 'norm of the part');
    });

  it('costs less the higher its lowest layer: the backward pass stops there', () => {
    const forward = flopsOf(evaluation(tinyModel, level, batch)).matmul;
    const costs = [0, 1, 2, 3].map((layer) => matmul(stepOf(only([layer]))));
    const [all = 0, ...higher] = costs;
    // Each layer less to go down through saves the same: the gradient with respect to one layer's input.
    const saved = costs.slice(1).map((cost, index) => (costs[index] ?? 0) - cost);
    assert.deepEqual(saved, [saved[0], saved[0], saved[0]]);
    assert.ok((saved[0] ?? 0) > 0 && higher.every((cost) => cost < all));
    assert.ok(all < matmul(stepOf(level)) && (costs[3] ?? 0) > forward);
    // The head's input gradient, the top layer's own, and nothing of those below: products backward are at most twice those forward.
    const { context, width, vocabulary } = tinyModel;
    const layer = (forward - 2 * batch * context * width * vocabulary) / 4;
    assert.ok((costs[3] ?? 0) - forward <= 2 * batch * context * width * vocabulary + 3 * layer);
    assert.equal(matmul(stepOf(only([0, 1, 2, 3], true))), matmul(stepOf(level)));
    // With the shared layers the embedding needs a gradient, which comes from all the way down.
    assert.ok(matmul(stepOf(only([3], true))) > all);
  });
});

describe('stochastic depth', () => {
  it('draws by seed, step and layer alone, linearly over depth, divided by the probability', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((layer) => survivalProbability(layer, 4, 0.5)),
      [0.875, 0.75, 0.625, 0.5],
    );
    assert.deepEqual(survivals({ seed: 1, step: 7, layers: 3, last: 1 }), [1, 1, 1]);
    const steps = 4000;
    const kept = [0, 0, 0, 0];
    for (let step = 0; step < steps; step += 1)
      for (const [layer, value] of survivals({ seed: 3, step, layers: 4, last: 0.5 }).entries()) {
        const probability = survivalProbability(layer, 4, 0.5);
        assert.ok(value === 0 || value === 1 / probability);
        if (value > 0) kept[layer] = (kept[layer] ?? 0) + 1;
      }
    // Four standard deviations.
    for (const [layer, count] of kept.entries()) {
      const probability = survivalProbability(layer, 4, 0.5);
      assert.ok(Math.abs(count / steps - probability) < 4 * Math.sqrt((probability * (1 - probability)) / steps), `${layer}: ${count}`);
    }
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.integer({ min: 1, max: 9 }), (seed, step, layers) => {
        const at = { seed, step, layers, last: 0.5 };
        assert.deepEqual(survivals(at), survivals(at));
      }),
    );
    assert.notDeepEqual(
      [0, 1, 2, 3, 4, 5].map((step) => survivals({ seed: 1, step, layers: 4, last: 0.5 })),
      [0, 1, 2, 3, 4, 5].map((step) => survivals({ seed: 2, step, layers: 4, last: 0.5 })),
    );
  });

  it('multiplies the branches of each layer: the same loss as with scaled last products, none at all for 0', async () => {
    const factors = [0, 1.5, 1, 0];
    const dropped = await outputsOf(stepOf({ ...level, stochasticDepth: 0.5 }, gradientOnly), (name, values) => {
      const layer = factors.findIndex((_, index) => name === survivalName(index));
      return layer === -1 ? values : Float64Array.of(factors[layer] ?? Number.NaN);
    });
    const scaled = await outputsOf(stepOf(level, gradientOnly), (name, values) => {
      const [, layer] = /^layers\.(\d)\.(?:attention\.output|mlp\.contract)\.(?:weight|bias)$/.exec(name) ?? [];
      return layer === undefined ? values : values.map((value) => value * (factors[Number(layer)] ?? Number.NaN));
    });
    assertClose(dropped.get('loss') ?? [], scaled.get('loss') ?? [Number.NaN], { relative: 1e-12, absolute: 0 }, 'loss');
    for (const [name, values] of dropped)
      if (/layers\.[03]\..*\/momentum$/.test(name))
        assert.ok(
          values.every((value) => value === 0),
          `${name}: what takes no part has no gradient`,
        );
    const query = 'layers.1.attention.query.weight/momentum';
    assertClose(dropped.get(query) ?? [], scaled.get(query) ?? [Number.NaN], { relative: 1e-10, absolute: 1e-14 }, query);
  });

  it('saves no FLOPs, and leaves evaluation as it is', () => {
    assert.equal(matmul(stepOf({ ...level, stochasticDepth: 0.5 })), matmul(stepOf(level)));
    assert.ok(evaluation(tinyModel, level, batch).inputs.every(({ role }) => role !== 'scalar'));
  });
});
