/** The FLOPs that onnx-cpu says it runs are those of the ONNX model that it gives to the runtime. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { lower } from '../../backends/onnx/lower.js';
import { supported } from '../../backends/onnx/lowering.js';
import { evaluation, logitsProgram } from '../../src/model/level-programs.js';
import { trainingStep } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import { legalize } from '../../src/program/legalize.js';
import type { OperationName } from '../../src/program/operations/index.js';
import type { Program } from '../../src/program/program.js';
import { adamw, muon, sgd, tinyModel } from '../model/tiny.js';
import { allCases, programOfCase } from '../program/operation-cases.js';
import { countOnnx } from './onnx-shapes.js';

const legal = (program: Program, operations: ReadonlySet<OperationName> = supported): Program => {
  const result = legalize(program, operations);
  return E.isLeft(result) ? assert.fail(result.left.operation) : result.right;
};

const gpt2 = { ...tinyModel, layers: 12, heads: 12, width: 768, context: 1024, vocabulary: 50_257, bias: false };

const programs: Readonly<Record<string, Program>> = {
  'a training step with biases, AdamW': trainingStep(tinyModel, { layers: 4, h: 1 }, 2, adamw),
  'a training step that recomputes layers': trainingStep(tinyModel, { layers: 3, h: 1 }, 2, adamw, { recompute: 'layers' }),
  'a training step, Muon': trainingStep(tinyModel, { layers: 2, h: 1 }, 2, muon),
  'a training step of a coarse level, SGD': trainingStep(tinyModel, { layers: 2, h: 2 }, 3, sgd),
  'an evaluation without biases': evaluation({ ...tinyModel, bias: false }, { layers: 3, h: 1 }, 2),
  logits: logitsProgram(tinyModel, { layers: 1, h: 4 }, 1),
};

describe('FLOPs of the ONNX model', () => {
  for (const [title, program] of Object.entries(programs))
    it(`${title}: as its nodes say, as the executable says, as the program says`, async () => {
      const { matmul, nodes } = countOnnx(lower(legal(program)));
      assert.ok(matmul > 0 && (nodes.get('Gemm') ?? 0) > 0 && (nodes.get('FusedMatMul') ?? 0) > 0);
      const backend = await createOnnxCpu()();
      if (E.isLeft(backend)) assert.fail(backend.left.message);
      const executable = await backend.right.compile(program)();
      if (E.isLeft(executable)) assert.fail(executable.left.message);
      assert.equal(executable.right.flops.matmul, matmul);
      assert.equal(flopsOf(program).matmul, matmul);
      await backend.right.close()();
    });

  it('has no transposition that only products read', () => {
    const nodesOf = (program: Program) => countOnnx(lower(legal(program))).nodes;
    const level = { layers: 3, h: 1 };
    // Both kinds of tokens; of a layer its output, the gradients of q, k and v, and the sums of a row.
    assert.equal(nodesOf(evaluation(tinyModel, level, 2)).get('Transpose'), 2 + 3);
    assert.equal(nodesOf(trainingStep(tinyModel, level, 2, adamw)).get('Transpose'), 2 + 3 * 5);
  });

  it('every operation alone', () => {
    for (const given of allCases) assert.equal(countOnnx(lower(legal(programOfCase(given)))).matmul, given.flops.matmul, given.title);
  });

  it('without the fused kernels the decompositions are counted: the scatter as the product that it becomes', () => {
    const fused: readonly OperationName[] = ['linear', 'scatterAdd'];
    const plain = legal(
      trainingStep(tinyModel, { layers: 2, h: 1 }, 2, adamw),
      new Set([...supported].filter((name) => !fused.includes(name))),
    );
    const { matmul, nodes } = countOnnx(lower(plain));
    assert.equal(nodes.get('ScatterElements'), undefined);
    assert.equal(matmul, flopsOf(plain).matmul);
    const rows = 2 * tinyModel.context;
    assert.equal(
      matmul,
      flopsOf(trainingStep(tinyModel, { layers: 2, h: 1 }, 2, adamw)).matmul + 2 * rows * tinyModel.vocabulary * tinyModel.width,
    );
  });

  it('GPT-2 of 124 M: 874,944,921,600 in a training step, 291,648,307,200 in an evaluation', () => {
    const count = (program: Program): number => countOnnx(lower(legal(program))).matmul;
    assert.equal(count(evaluation(gpt2, { layers: 12, h: 1 }, 1)), 291_648_307_200);
    // The head is linear in the vocabulary: a small one spares the encoded model its zeros for the embedding's gradient.
    const small = { ...gpt2, vocabulary: 257 };
    const head = 2 * 1024 * 768;
    assert.equal(count(trainingStep(small, { layers: 12, h: 1 }, 1, sgd)) + 3 * head * 50_000, 874_944_921_600);
  });
});
