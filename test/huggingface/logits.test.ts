import assert from 'node:assert/strict';
import { stream } from '../../src/data/random.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import { toHuggingFace } from '../../src/model/hugging-face.js';
import { MODEL_FILES, writeModelFolder } from '../../src/model/model-folder.js';
import { namingOf } from '../../src/model/naming.js';
import { encodeSafetensors } from '../../src/model/safetensors.js';
import { tinyLlama } from '../model/tiny.js';
import { compiledLogits } from './compiled-logits.js';
import { plainLogits } from './plain-gpt.js';
import { compareLogits, pythonFor } from './python.js';
import { randomParameters } from './random-model.js';

const ALPHABET = 'abcdefghijklm';
const TOLERANCE = 1e-4;

const common = { kind: 'gpt', vocabulary: ALPHABET.length } as const;
const llama = { ...tinyLlama, layers: 3, width: 32, hidden: 40, context: 16, theta: 10_000, vocabulary: ALPHABET.length };
const cases = [
  { name: 'with biases at h = 2', model: { ...common, layers: 3, heads: 4, width: 32, context: 16, bias: true }, h: 2 },
  { name: 'without biases at h = 1.5', model: { ...common, layers: 2, heads: 2, width: 24, context: 12, bias: false }, h: 1.5 },
  { name: 'of Llama’s shape at h = 2', model: { ...llama, queryKeyNorm: false }, h: 2 },
  { name: 'of Llama’s shape, tied, of another base', model: { ...llama, queryKeyNorm: false, tied: true, theta: 500 }, h: 1 },
  { name: 'with norms of queries and keys at h = 1.5', model: llama, h: 1.5 },
] as const;

const example = ({ model }: (typeof cases)[number]) => {
  const draws = stream(7, 'tokens');
  return {
    parameters: randomParameters(model, model.vocabulary, 7),
    tokens: Array.from({ length: 3 }, () => Array.from({ length: model.context }, () => draws.integer(model.vocabulary))),
  };
};

describe('the compiled model', () => {
  for (const each of cases) {
    it(`${each.name} gives the logits of a forward pass written by hand, to 1e-4`, async () => {
      const { parameters, tokens } = example(each);
      const compiled = (await compiledLogits(parameters, each.model, each.h, tokens)).flat(2);
      const plain = tokens.flatMap((sequence) => plainLogits(parameters, each.model, each.h, sequence).flat());
      assert.equal(compiled.length, plain.length);
      assert.ok(Math.max(...plain.map(Math.abs)) > 1, 'logits that say nothing');
      plain.forEach((logit, index) => {
        assert.ok(Math.abs(logit - (compiled[index] ?? Number.NaN)) < TOLERANCE, `logit ${index}: ${compiled[index]}, by hand ${logit}`);
      });
    });
  }
});

describe("Hugging Face's AutoModelForCausalLM", function () {
  this.timeout(180_000);
  let python = '';
  before(async function () {
    python = await pythonFor(this);
  });

  for (const each of cases) {
    it(`opens a saved model ${each.name} and gives the same logits to 1e-4`, async () => {
      const { parameters, tokens } = example(each);
      const logits = await compiledLogits(parameters, each.model, each.h, tokens);
      const files = writeModelFolder({ ...each, parameters, tokenizer: characterTokenizer(ALPHABET) });
      const { maxDifference, largestLogit } = await compareLogits(python, files, { tokens, logits });
      assert.ok(largestLogit > 1, 'logits that say nothing');
      assert.ok(maxDifference < TOLERANCE, `logits differ by ${maxDifference}`);
    });
  }

  it('would tell: a model saved without its h differs', async () => {
    const { parameters, tokens } = example(cases[0]);
    const logits = await compiledLogits(parameters, cases[0].model, cases[0].h, tokens);
    const files = writeModelFolder({ ...cases[0], h: 1, parameters, tokenizer: undefined });
    const { maxDifference } = await compareLogits(python, files, { tokens, logits });
    assert.ok(maxDifference > 100 * TOLERANCE, `logits differ by ${maxDifference} only`);
  });

  it('would tell: a file that lacks a tensor does not pass', async () => {
    const { parameters } = example(cases[0]);
    const { model, h } = cases[0];
    const tensors = new Map(
      [...toHuggingFace(parameters, namingOf(model, h))].map(([name, tensor]) => [name, { dtype: 'F32', ...tensor }] as const),
    );
    tensors.delete('transformer.ln_f.weight');
    const files = new Map(writeModelFolder({ model, h, parameters, tokenizer: undefined }));
    files.set(MODEL_FILES.weights, encodeSafetensors(tensors, { format: 'pt' }));
    await assert.rejects(compareLogits(python, files, { tokens: [[1]], logits: [[[0]]] }), /missing_keys.*ln_f\.weight/);
  });
});
