/** What Transformers.js generates from an exported folder, in Node: what `vcycle sample` writes at temperature 0, with each sort of tokenizer. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import { namedEncoding } from '../../src/data/tokenizers/tiktoken.js';
import type { Tokenizer } from '../../src/data/tokenizers/tokenizer.js';
import type { Exporter } from '../../src/export/export-format.js';
import { onnx, onnxWithin } from '../../src/export/onnx.js';
import { putAt } from '../../src/export/place.js';
import type { SavedModel } from '../../src/model/model-folder.js';
import { sampleFrom } from '../../src/runner/sampler.js';
import { randomParameters } from '../huggingface/random-model.js';
import { tinyLlama } from '../model/tiny.js';
import { inTemporaryFolder, onnxBackend, right } from '../runner/harness.js';
import { askTransformersJs } from './transformers-js.js';

const TOKENS = 20;

type WithTokenizer = SavedModel & { readonly tokenizer: Tokenizer };

const saved = (tokenizer: Tokenizer, own: object, h: number): WithTokenizer => {
  const common = { kind: 'gpt', layers: 3, heads: 4, width: 32, context: 64, bias: true } as const;
  const model = { ...common, vocabulary: tokenizer.vocabulary, ...own };
  return { model, h, parameters: randomParameters(model, model.vocabulary, 2), tokenizer };
};

const savedLlama = (tokenizer: Tokenizer, own: object, h: number): WithTokenizer => {
  const model = { ...tinyLlama, layers: 3, width: 32, hidden: 40, context: 64, vocabulary: tokenizer.vocabulary, ...own };
  return { model, h, parameters: randomParameters(model, model.vocabulary, 2), tokenizer };
};

const cases: Readonly<Record<string, () => WithTokenizer>> = {
  'GPT-2’s tokens, h = 2': () => saved(right(namedEncoding('gpt2')), {}, 2),
  'GPT-4o’s tokens, GELU by tanh, no biases': () => saved(right(namedEncoding('o200k_base')), { gelu: 'tanh', bias: false, width: 16 }, 1),
  bytes: () => saved(byteTokenizer, {}, 1),
  'a Llama, GPT-2’s tokens, h = 2': () => savedLlama(right(namedEncoding('gpt2')), { queryKeyNorm: false, tied: true }, 2),
  'a Llama of bytes with norms of queries and keys': () => savedLlama(byteTokenizer, {}, 1),
  'no layers': () => saved(byteTokenizer, { layers: 0 }, 1),
  'characters, in a vocabulary that is larger': () => saved(characterTokenizer('abcdefghijklmnopqrstuvwxyz ,.\né'), { vocabulary: 40 }, 1),
};

/** Less than the weights of each case: they are in several files beside the graph, as those of 2 GiB would be. */
const LITTLE = 20_000;

const exporters: readonly (readonly [string, string, Exporter])[] = [
  ...Object.keys(cases).map((what) => [what, what, onnx] as const),
  ['weights beside the graph', 'bytes', onnxWithin(LITTLE)],
];

describe('Transformers.js', function () {
  this.timeout(120_000);
  for (const [what, name, exporter] of exporters)
    it(`generates what is sampled at temperature 0: ${what}`, () =>
      inTemporaryFolder(async (folder) => {
        const model = cases[name]?.() ?? assert.fail(name);
        const path = join(folder, 'exported');
        right(putAt(path, right(exporter(model))));
        const prompts = ['in the beginning', 'a'];
        const backend = await onnxBackend();
        const generated = await askTransformersJs({ folder: path, prompts, tokens: TOKENS });
        for (const [index, prompt] of prompts.entries()) {
          const { text, ids } = generated[index] ?? assert.fail('no answer');
          assert.equal(ids.length, right(model.tokenizer.encode(prompt)).length + TOKENS);
          const sampled = right(await sampleFrom(model, { backend, prompt, tokens: TOKENS, temperature: 0, topK: 0, seed: 1 })()).text;
          assert.equal(model.tokenizer.decode(ids), sampled);
          // What is half a character at the end is no text of ours.
          if (!text.includes('\uFFFD')) assert.equal(text, sampled);
        }
        right(await backend.close()());
      }));
});
