/** Steps on sequences shorter than the model's context: what a model of that context computes, in all of the model's parameters. */
import assert from 'node:assert/strict';
import { trainingStep } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import type { Program } from '../../src/program/program.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { randomState } from './random-state.js';
import { gradientOnly, tinyModel } from './tiny.js';

const level = { layers: 2, h: 0.5 };
const { context, vocabulary } = tinyModel;
const BATCH = 2;

/** Outputs by name; parameters of one name begin alike, and a shorter table has a longer one's first rows. */
const outputsOf = async (
  program: Program,
  batch: Readonly<Record<string, readonly number[]>>,
): Promise<ReadonlyMap<string, Float64Array>> => {
  const { inputs } = randomState(program, vocabulary, 5);
  const given = program.inputs.map(({ name, role }, index) => (role === 'batch' ? batch[name] : inputs[index]) ?? assert.fail(name));
  const outputs = await (await onReference(program))(given);
  return new Map(program.outputs.map(({ name }, index) => [name, outputs[index] ?? assert.fail(name)]));
};

describe('a context of a step that is shorter than the model', () => {
  for (let time = 1; time <= context; time++)
    for (const documents of [undefined, 'separate'] as const)
      it(`${time} of ${context} tokens, documents ${documents ?? 'joined'}: the model of context ${time}, to the last digits`, async () => {
        const rows = Array.from({ length: BATCH * time }, (_, index) => index);
        const batch = {
          inputs: rows.map((row) => (3 * row + 1) % vocabulary),
          targets: rows.map((row) => (5 * row + 2) % vocabulary),
          documents: rows.map(() => 0),
          positions: rows.map((row) => row % time),
        };
        const short = await outputsOf(trainingStep(tinyModel, { ...level, context: time }, BATCH, gradientOnly, { documents }), batch);
        const own = trainingStep({ ...tinyModel, context: time }, level, BATCH, gradientOnly, { documents });
        for (const [name, expected] of await outputsOf(own, batch)) {
          const found = short.get(name) ?? assert.fail(name);
          if (name === 'embedding.position.weight') continue;
          assertClose(found.subarray(0, expected.length), expected, { relative: 1e-12, absolute: 1e-14 }, name);
          // Positions that no sequence reaches have no gradient, which with this optimizer is the momentum.
          if (name.endsWith('/momentum')) assert.ok(found.subarray(expected.length).every((value) => value === 0));
        }
      });

  it('costs the products of a model of that context', () => {
    const matmul = (model: typeof tinyModel, own: object): number =>
      flopsOf(trainingStep(model, { ...level, ...own }, BATCH, gradientOnly)).matmul;
    assert.equal(matmul(tinyModel, { context: 2 }), matmul({ ...tinyModel, context: 2 }, {}));
    assert.ok(matmul(tinyModel, { context: 2 }) < matmul(tinyModel, {}));
  });

  it('is named in the program', () =>
    assert.match(trainingStep(tinyModel, { ...level, context: 2 }, BATCH, gradientOnly).name, /batch 2, context 2/));
});
