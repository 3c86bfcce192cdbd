/**
 * A stranger's `tokenizer.json` gives the ids of Python's `tokenizers`, and their text, or is refused. The golden files were trained there by
 * `test/huggingface/make_tokenizers.py`; where this machine has that library, what it makes now is asked as well.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { huggingFaceTokenizer } from '../../src/data/tokenizers/hugging-face.js';
import type { Tokenizer } from '../../src/data/tokenizers/tokenizer.js';
import type { JsonObject } from '../../src/json-object.js';
import { madeTokenizers, pythonFor } from '../huggingface/python.js';
import { inTemporaryFolder } from '../runner/harness.js';
import { right } from './right.js';

interface Made {
  readonly texts: readonly string[];
  readonly tokenizers: readonly {
    readonly name: string;
    readonly json: JsonObject;
    readonly ids: readonly (readonly number[])[];
    readonly decoded: readonly string[];
  }[];
}

const madeIn = (file: string): Made => JSON.parse(readFileSync(file, 'utf8'));

const golden = madeIn(join('test', 'golden', 'tokenizers', 'of-others.json'));

const open = (name: string, tokenizer: JsonObject): E.Either<{ readonly message: string }, Tokenizer> =>
  huggingFaceTokenizer({ kind: 'hugging-face', name, endOfText: null, tokenizer });

const holds = ({ texts, tokenizers }: Made, wanted: string): void => {
  const { json, ids, decoded } = tokenizers.find(({ name }) => name === wanted) ?? assert.fail(`no ${wanted}`);
  const tokenizer = right(open(wanted, json));
  for (const [index, text] of texts.entries()) {
    assert.deepEqual([...right(tokenizer.encode(text))], ids[index], JSON.stringify(text));
    assert.equal(tokenizer.decode(ids[index] ?? []), decoded[index], JSON.stringify(text));
  }
};

describe('a tokenizer.json of others', function () {
  this.timeout(120_000);

  for (const { name } of golden.tokenizers) it(`gives Python's ids, and its text: ${name}`, () => holds(golden, name));

  it('does so for those that the Python of this machine makes now', async function () {
    const python = await pythonFor(this);
    await inTemporaryFolder(async (folder) => {
      const file = join(folder, 'made.json');
      await madeTokenizers(python, file);
      const made = madeIn(file);
      assert.equal(made.tokenizers.length, golden.tokenizers.length);
      for (const { name } of made.tokenizers) holds(made, name);
    });
  });

  const gpt2 = golden.tokenizers.find(({ name }) => name === 'gpt-2')?.json ?? assert.fail('no gpt-2');
  const model = gpt2.model as JsonObject;
  const split = (own: object) => ({
    pre_tokenizer: { type: 'Split', pattern: { String: 'e' }, behavior: 'Isolated', invert: false, ...own },
  });
  const added = (own: object) => ({ added_tokens: [{ id: 900, content: 'God', special: false, ...own }] });
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ['a normalizer', { normalizer: { type: 'Nmt' } }, /normalizer: a step must be one of NFC, .* \(was "Nmt"\)/],
    [
      'one within others',
      { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'BertNormalizer' }] } },
      /normalizer: a step must be one of .* \(was "BertNormalizer"\)/,
    ],
    [
      'a pre-tokenizer',
      { pre_tokenizer: { type: 'Whitespace' } },
      /pre_tokenizer: a step must be one of ByteLevel, .* \(was "Whitespace"\)/,
    ],
    ['a decoder', { decoder: { type: 'WordPiece' } }, /decoder: a step must be one of .* \(was "WordPiece"\)/],
    ['a behavior', split({ behavior: 'Contiguous' }), /a Split's behavior must be one of Isolated, Removed \(was "Contiguous"\)/],
    ['one that would find something', split({ behavior: 'MergedWithPrevious' }), /\(was "MergedWithPrevious"\)/],
    [
      'punctuation that is merged',
      { pre_tokenizer: { type: 'Punctuation', behavior: 'MergedWithNext' } },
      /a Punctuation's behavior must be one of Isolated, Removed, Contiguous \(was "MergedWithNext"\)/,
    ],
    [
      'blanks before pieces',
      {
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Digits', individual_digits: true },
            { type: 'ByteLevel', add_prefix_space: true },
          ],
        },
      },
      /a ByteLevel must be the first step where it adds a blank/,
    ],
    [
      'another mark for blanks',
      { pre_tokenizer: { type: 'Metaspace', replacement: '_', prepend_scheme: 'first' } },
      /a Metaspace's replacement must be "▁" \(was "_"\)/,
    ],
    ['an inverted split', split({ invert: true }), /pre_tokenizer: a Split must not be inverted/],
    [
      'marks at the end of words',
      { model: { ...model, end_of_word_suffix: '</w>' } },
      /model\.end_of_word_suffix must be empty \(was "<\/w>"\)/,
    ],
    ['marks within words', { model: { ...model, continuing_subword_prefix: '##' } }, /model\.continuing_subword_prefix must be empty/],
    [
      'dropout',
      { model: { ...model, dropout: 0.1 } },
      /model\.dropout must be 0, or a text has other tokens each time \(was 0\.1\); set it to 0$/,
    ],
    [
      'fused unknown',
      { model: { ...model, unk_token: '<unk>', fuse_unk: true } },
      /model\.fuse_unk must be false where there is no byte_fallback/,
    ],
    [
      'added tokens that trim',
      added({ lstrip: true }),
      /added_tokens: "God" must have none of lstrip, rstrip and single_word, or be special/,
    ],
    [
      'added tokens of a text that is changed first',
      { ...added({}), normalizer: { type: 'Lowercase' } },
      /added_tokens must be special or not normalized beside "Lowercase" \("God" is neither\)/,
    ],
    [
      'added tokens and Metaspace',
      { ...added({}), pre_tokenizer: { type: 'Metaspace' } },
      /added_tokens must be special or not normalized beside "Metaspace"/,
    ],
  ];
  for (const [name, own, sentence] of cases)
    it(`is refused for what the package does otherwise: ${name}`, () => {
      const opened = open('theirs.json', { ...gpt2, ...own });
      assert.match(E.isLeft(opened) ? opened.left.message : 'it was opened', new RegExp(`^theirs\\.json: .*${sentence.source}`));
    });

  it('is opened without the parts that Python does without', () => {
    const { pre_tokenizer: _, decoder: __, added_tokens: ___, ...rest } = gpt2;
    assert.deepEqual([...right(right(open('theirs.json', rest)).encode('ab'))], [...right(right(open('theirs.json', gpt2)).encode('ab'))]);
  });

  it('is opened where an added token trims and is special, and so is text in a text', () => {
    const tokenizer = right(open('theirs.json', { ...gpt2, ...added({ lstrip: true, special: true }) }));
    assert.ok(![...right(tokenizer.encode('And God said'))].includes(900));
  });
});
