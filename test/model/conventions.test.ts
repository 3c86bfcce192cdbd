/** GPT-2 of 124 M parameters without biases: the figures that everybody knows, exactly; and our own programs against them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { conventionCounts } from '../../src/model/conventions.js';
import type { Sized, SizedModel } from '../../src/model/family.js';
import { blockFlops, gptConventions, headFlops } from '../../src/model/gpt-conventions.js';
import { evaluation, logitsProgram } from '../../src/model/level-programs.js';
import { llamaConventions } from '../../src/model/llama-conventions.js';
import { parameterCount } from '../../src/model/parameters.js';
import { trainingStep } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import type { GptModel, LlamaModel } from '../../src/schedule/schedule.js';
import { adamw, sgd } from './tiny.js';

const gpt2: SizedModel = { kind: 'gpt', layers: 12, heads: 12, width: 768, context: 1024, bias: false, vocabulary: 50_257 };
const FORWARD = 291_648_307_200;
const BLOCK = 17_716_740_096;
const HEAD = 79_047_426_048;
const TRAINING = 874_944_921_600;

const counts = new Map(conventionCounts(gpt2).map(({ name, forward, training }) => [name, { forward, training }]));

describe('FLOP conventions, GPT-2 124 M', () => {
  it('124,337,664 parameters, the position embedding among them', () => assert.equal(parameterCount(gpt2), 124_337_664));

  it('one block, all blocks, the head', () => {
    assert.equal(blockFlops(gpt2), BLOCK);
    assert.equal(12 * blockFlops(gpt2), 212_600_881_152);
    assert.equal(headFlops(gpt2), HEAD);
  });

  it("FlopCounterMode's matrix products", () => assert.deepEqual(counts.get('flopCounterMode'), { forward: FORWARD, training: TRAINING }));

  it("nanoGPT's 6N + 12LHQT", () => assert.deepEqual(counts.get('nanogpt'), { forward: 875_062_886_400 / 3, training: 875_062_886_400 }));

  it('Chinchilla, appendix F, row by row', () => {
    const [T, C, V, L, heads] = [1024, 768, 50_257, 12, 12];
    const attention = 2 * 3 * T * C * C + 2 * T * T * C + 3 * heads * T * T + 2 * T * T * C + 2 * T * C * C;
    const dense = 2 * T * (C * 4 * C + C * 4 * C);
    const forward = 2 * T * V * C + L * (attention + dense) + 2 * T * C * V;
    assert.deepEqual(counts.get('chinchilla'), { forward, training: 3 * forward });
    assert.equal(forward, FORWARD + HEAD + 452_984_832);
  });

  it('Kaplan: 84,934,656 parameters, 2N + 2LTC forward, 6N in training', () =>
    assert.deepEqual(counts.get('kaplan'), { forward: 1024 * (2 * 84_934_656 + 2 * 12 * 1024 * 768), training: 1024 * 6 * 84_934_656 }));

  it('what our own programs do: forward', () => {
    assert.equal(flopsOf(evaluation(gpt2, { layers: 12, h: 1 }, 1)).matmul, FORWARD);
    assert.equal(flopsOf(logitsProgram(gpt2, { layers: 12, h: 1 }, 1)).matmul, FORWARD);
  });

  it('what our own programs do: a block, and all but the head', () => {
    const forward = (layers: number): number => flopsOf(evaluation(gpt2, { layers, h: 12 / layers }, 1)).matmul;
    assert.equal(forward(2) - forward(1), BLOCK);
    assert.equal(forward(12) - HEAD, 212_600_881_152);
  });

  it('what our own programs do: a training step, by either update rule, biased or not, and as often as the batch is large', () => {
    for (const optimizer of [adamw, sgd])
      for (const bias of [true, false])
        assert.equal(flopsOf(trainingStep({ ...gpt2, bias }, { layers: 12, h: 1 }, 1, optimizer)).matmul, TRAINING);
    assert.equal(flopsOf(trainingStep(gpt2, { layers: 12, h: 1 }, 8, adamw)).matmul, 8 * TRAINING);
  });
});

describe('FLOP conventions, any model', () => {
  const models: fc.Arbitrary<Sized<GptModel>> = fc
    .record({
      layers: fc.integer({ min: 1, max: 4 }),
      heads: fc.integer({ min: 1, max: 4 }),
      size: fc.integer({ min: 1, max: 8 }),
      context: fc.integer({ min: 1, max: 32 }),
      bias: fc.boolean(),
      vocabulary: fc.integer({ min: 1, max: 99 }),
    })
    .map(({ size, ...rest }) => ({ kind: 'gpt', width: rest.heads * size, ...rest }));

  it("FlopCounterMode's are those of the programs that run, at any size", () => {
    const counter = gptConventions.find(({ name }) => name === 'flopCounterMode') ?? assert.fail();
    const flops = (model: Sized<GptModel>) => counter.flops(model, parameterCount(model));
    fc.assert(
      fc.property(models, fc.integer({ min: 1, max: 3 }), (model, batch) => {
        const level = { layers: model.layers, h: 1 };
        assert.equal(flopsOf(evaluation(model, level, batch)).matmul, batch * flops(model).forward);
        assert.equal(flopsOf(trainingStep(model, level, batch, sgd)).matmul, batch * flops(model).training);
      }),
      { numRuns: 40 },
    );
  });

  it('are whole numbers, and each says where it comes from', () => {
    fc.assert(
      fc.property(models, (model) => {
        const rows = conventionCounts(model);
        assert.deepEqual(
          rows.map(({ name }) => name),
          ['nanogpt', 'chinchilla', 'kaplan', 'flopCounterMode'],
        );
        for (const { name, cite, forward, training } of rows) {
          assert.ok(cite.length > 0);
          assert.ok(Number.isSafeInteger(forward) && forward > 0 && Number.isSafeInteger(training));
          // Kaplan's training has no term in the context, its forward pass has.
          if (name !== 'kaplan') assert.equal(training, 3 * forward);
        }
      }),
    );
  });

  const llamas: fc.Arbitrary<Sized<LlamaModel>> = fc
    .record({
      layers: fc.integer({ min: 1, max: 3 }),
      keyValueHeads: fc.integer({ min: 1, max: 3 }),
      group: fc.integer({ min: 1, max: 3 }),
      half: fc.integer({ min: 1, max: 3 }),
      hidden: fc.integer({ min: 1, max: 9 }),
      context: fc.integer({ min: 1, max: 16 }),
      tied: fc.boolean(),
      queryKeyNorm: fc.boolean(),
      vocabulary: fc.integer({ min: 1, max: 99 }),
    })
    .map(({ group, half, ...rest }) => {
      const heads = rest.keyValueHeads * group;
      return { kind: 'llama', heads, width: 2 * half * heads, theta: 100, epsilon: 1e-5, ...rest };
    });

  it('and those of a Llama-shaped one, whose parameters the conventions count too', () => {
    const named = (name: string) => llamaConventions.find((each) => each.name === name) ?? assert.fail(name);
    fc.assert(
      fc.property(llamas, fc.integer({ min: 1, max: 3 }), (model, batch) => {
        const level = { layers: model.layers, h: 1 };
        const parameters = parameterCount(model);
        const counted = named('flopCounterMode').flops(model, parameters);
        assert.equal(flopsOf(evaluation(model, level, batch)).matmul, batch * counted.forward);
        assert.equal(flopsOf(trainingStep(model, level, batch, sgd)).matmul, batch * counted.training);
        // 2N a token and attention's own products: what Kaplan counts twice as much of as a causal mask leaves.
        const norms = model.layers * (2 * model.width + (model.queryKeyNorm ? (2 * model.width) / model.heads : 0)) + model.width;
        const tables = (model.tied ? 1 : 2) * model.vocabulary * model.width;
        const { forward } = named('kaplan').flops(model, parameters);
        const attention = 2 * model.layers * model.context * model.width;
        assert.equal(forward, model.context * (2 * (parameters - tables - norms) + attention));
      }),
      { numRuns: 30 },
    );
  });
});
