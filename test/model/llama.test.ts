/**
 * A Llama-shaped model: the program of a level computes what the equations say, at any step size, with whole documents and with separate ones.
 */
import assert from 'node:assert/strict';
import { evaluation, logitsProgram } from '../../src/model/level-programs.js';
import { layerParameters, sharedParameters } from '../../src/model/parameters.js';
import type { Program } from '../../src/program/program.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { randomParameters } from '../huggingface/random-model.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { tinyLlama } from './tiny.js';

const sequences = [
  [3, 1, 4, 1, 5, 9],
  [2, 6, 5, 3, 5, 8],
];

/** −mean of the targets' log probabilities. */
const lossOf = (rows: readonly (readonly number[])[], targets: readonly number[]): number =>
  rows
    .map((row, index) => Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (row[targets[index] ?? -1] ?? Number.NaN))
    .reduce((sum, loss) => sum + loss, 0) / rows.length;

describe('a Llama-shaped model in float64', () => {
  for (const [title, own, h] of [
    ['two groups of two heads, norms of queries and keys, a head of its own', {}, 1],
    ['the same at twice the step', {}, 2],
    ['tied, without those norms', { tied: true, queryKeyNorm: false }, 1],
    ['as many heads of keys and values', { keyValueHeads: 4, queryKeyNorm: false }, 0.5],
    ['one head of keys and values for all, another base', { keyValueHeads: 1, theta: 10_000, epsilon: 0.1 }, 1],
  ] as const)
    it(`${title}: logits and loss as the equations say`, async () => {
      const model = { ...tinyLlama, layers: 2, ...own };
      const parameters = randomParameters(model, model.vocabulary, 1);
      const targets = [...sequences].reverse().flat();
      const evaluate = async (program: Program): Promise<Float64Array> => {
        const given = new Map<string, ArrayLike<number>>([
          ['inputs', sequences.flat()],
          ['targets', targets],
        ]);
        const inputs = program.inputs.map(({ name }) => given.get(name) ?? parameters.get(name)?.data ?? assert.fail(name));
        const [output] = await (await onReference(program))(inputs);
        return output ?? assert.fail('no output');
      };
      const expected = sequences.map((tokens) => plainLogits(parameters, model, h, tokens));
      const logits = await evaluate(logitsProgram(model, { layers: 2, h }, 2));
      assertClose(logits, expected.flat(2), { relative: 1e-12, absolute: 0 }, 'logits');
      const loss = await evaluate(evaluation(model, { layers: 2, h }, 2));
      assertClose(loss, [lossOf(expected.flat(), targets)], { relative: 1e-12, absolute: 0 }, 'loss');
    });

  it('separate documents: each is turned from position 0, and sees itself alone', async () => {
    const model = { ...tinyLlama, layers: 2 };
    const parameters = randomParameters(model, model.vocabulary, 1);
    // Two documents in a sequence: two tokens and four.
    const [tokens, targets] = [
      [3, 1, 4, 1, 5, 9],
      [1, 4, 1, 5, 9, 2],
    ];
    const program = evaluation(model, { layers: 2, h: 1 }, 1, { documents: 'separate' });
    const given = new Map<string, ArrayLike<number>>([
      ['inputs', tokens],
      ['targets', targets],
      ['documents', [0, 0, 1, 1, 1, 1]],
      ['positions', [0, 1, 0, 1, 2, 3]],
    ]);
    const inputs = program.inputs.map(({ name }) => given.get(name) ?? parameters.get(name)?.data ?? assert.fail(name));
    const [loss] = await (await onReference(program))(inputs);
    const apart = [tokens.slice(0, 2), tokens.slice(2)].flatMap((document) => plainLogits(parameters, model, 1, document));
    assertClose(loss ?? [], [lossOf(apart, targets)], { relative: 1e-12, absolute: 0 }, 'loss');
  });

  it('has no biases and no position embedding; its weights of norms begin at 1', () => {
    const all = [...sharedParameters(tinyLlama), ...layerParameters(tinyLlama)];
    assert.deepEqual(
      all.filter(({ role }) => role === 'vector').map(({ name, initial }) => [name, initial]),
      ['norm', 'attention.norm', 'attention.queryNorm', 'attention.keyNorm', 'mlp.norm'].map((name) => [`${name}.weight`, { constant: 1 }]),
    );
    assert.deepEqual(
      sharedParameters({ ...tinyLlama, tied: true }).map(({ name }) => name),
      ['embedding.token.weight', 'norm.weight'],
    );
  });
});
