/** Tokenizers of bytes and of tiktoken's encodings: the ids of the originals, text for text. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { Tiktoken } from 'tiktoken/lite';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import { tokenizerFromJson } from '../../src/data/tokenizers/from-json.js';
import {
  flatFromCompact,
  fromCompact,
  fromRankFile,
  looksLikeRanks,
  mergesOf,
  type Ranks,
  toCompact,
  toRankFile,
} from '../../src/data/tokenizers/ranks.js';
import { lastCut } from '../../src/data/tokenizers/text-pieces.js';
import { encodings, namedEncoding } from '../../src/data/tokenizers/tiktoken.js';
import type { Tokenizer } from '../../src/data/tokenizers/tokenizer.js';
import { right, sentence } from './right.js';

const require = createRequire(import.meta.url);
interface Encoder {
  readonly bpe_ranks: string;
  readonly special_tokens: Record<string, number>;
  readonly pat_str: string;
}

/** The package itself, which sees a text whole. */
const original = (name: string): Tiktoken => {
  const { Tiktoken: Rust } = require('tiktoken/lite') as typeof import('tiktoken/lite');
  const { bpe_ranks, special_tokens, pat_str } = require(`tiktoken/encoders/${name}.json`) as Encoder;
  return new Rust(bpe_ranks, special_tokens, pat_str);
};

/** Blanks of all kinds beside letters, digits, signs and letters of other scripts: where words end is what may differ. */
const pieces = fc.constantFrom(
  ...[' ', '  ', '\n', '\n\n', '\r\n', '\t', '\u00a0', '\u0085', '\ufeff', '\u2028', '\u3000', '\u180e', '\u200b'],
  ...[
    'a',
    'the',
    "'",
    '(',
    'foo.bar(x1)',
    "don't",
    '_',
    "'s",
    "'LL",
    'Ab',
    '7',
    '1234',
    '.',
    '!!',
    '/',
    '<|endoftext|>',
    'é',
    'ß',
    'ſ',
    'Ω',
    '日本',
    'か',
    'א',
    '😀',
    '\u0301',
    '٣',
    '²',
  ],
);
const texts = fc.array(pieces, { maxLength: 30 }).map((each) => each.join(''));

const kinds = (): readonly Tokenizer[] => [byteTokenizer, ...Object.keys(encodings).map((name) => right(namedEncoding(name)))];

describe('encodings', function () {
  this.timeout(60_000);

  for (const name of Object.keys(encodings))
    it(`${name}: a text cut into words gives the ids of the text as a whole`, () => {
      const whole = original(name);
      const tokenizer = right(namedEncoding(name));
      fc.assert(
        fc.property(texts, (text) => {
          assert.deepEqual([...right(tokenizer.encode(text))], [...whole.encode_ordinary(text)]);
        }),
        { numRuns: 1500 },
      );
      const article = readFileSync('README.md', 'utf8');
      assert.deepEqual([...right(tokenizer.encode(article))], [...whole.encode_ordinary(article)]);
    });

  for (const name of ['gpt2', 'p50k_base'])
    it(`${name}: words of ASCII, short and long, have the ids of the package`, () => {
      const whole = original(name);
      const tokenizer = right(namedEncoding(name));
      const alphabets = [
        'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
        'eta',
        'ACGT',
        '0123456789',
        '=-_#*/',
        'A',
        ' \n\t',
        "ab0 ='",
        "'stremld ",
        '\r\n \v\f\x1c\0a-1',
      ];
      const words = fc.constantFrom(...alphabets).chain((letters) => {
        const most = fc.constantFrom(1, 8, 64, 65, 700);
        return most.chain((maxLength) =>
          fc
            .array(fc.integer({ min: 0, max: letters.length - 1 }), { minLength: Math.floor(maxLength / 2), maxLength })
            .map((each) => each.map((at) => letters[at]).join('')),
        );
      });
      fc.assert(
        fc.property(fc.array(words, { maxLength: 4 }), fc.constantFrom('', ' ', '\n'), (each, between) => {
          const text = each.join(between);
          assert.deepEqual([...right(tokenizer.encode(text))], [...whole.encode_ordinary(text)]);
        }),
        { numRuns: 400 },
      );
    });

  it('takes a word of a million letters in a second or two, where looking at all pairs for each merge takes a quarter of an hour', () => {
    const letters = Array.from({ length: 1 << 20 }, (_, at) => 'ACGT'[(Math.imul(at, 0x9e3779b1) >>> 13) & 3]).join('');
    const tokenizer = right(namedEncoding('gpt2'));
    const began = performance.now();
    const tokens = right(tokenizer.encode(letters));
    assert.ok(performance.now() - began < 30_000);
    assert.equal(tokenizer.decode(tokens), letters);
    assert.deepEqual(right(tokenizer.encode(`='${letters}`)).subarray(1), right(tokenizer.encode(letters)));
    const some = letters.slice(0, 5000);
    assert.deepEqual(right(tokenizer.encode(some)), Int32Array.from(original('gpt2').encode_ordinary(some)));
  });

  it('gives the same ids when more pieces have come than are remembered', () => {
    const text = Array.from({ length: 90_000 }, (_, word) => `${word.toString(36)}\t${(7919 * word).toString(26)}\n  `).join('');
    const tokenizer = right(namedEncoding('gpt2'));
    const expected = original('gpt2').encode_ordinary(text);
    for (let time = 0; time < 2; time++) assert.deepEqual(right(tokenizer.encode(text)), Int32Array.from(expected));
  });

  it("gives the ids of Python's tiktoken", () => {
    const golden: Readonly<Record<string, readonly { readonly text: string; readonly ids: readonly number[] }[]>> = JSON.parse(
      readFileSync('test/golden/tokens/tiktoken.json', 'utf8'),
    );
    assert.deepEqual(Object.keys(golden).sort(), Object.keys(encodings).sort());
    for (const [name, examples] of Object.entries(golden)) {
      assert.ok(examples.length > 10);
      for (const { text, ids } of examples)
        assert.deepEqual([...right(right(namedEncoding(name)).encode(text))], ids, JSON.stringify(text));
    }
  });

  it('decodes what it encodes, counts its bytes, and takes special tokens in a text as text', () => {
    for (const tokenizer of kinds())
      fc.assert(
        fc.property(texts, (text) => {
          const tokens = right(tokenizer.encode(text));
          assert.equal(tokenizer.decode(tokens), text);
          assert.ok(tokens.every((token) => token >= 0 && token < tokenizer.vocabulary && token !== tokenizer.endOfText));
          assert.equal(
            tokens.reduce((sum, token) => sum + tokenizer.bytesOf(token), 0),
            Buffer.byteLength(text),
          );
        }),
      );
  });

  it('holds half a character back', () => {
    for (const tokenizer of kinds()) {
      const text = 'naïve 日本語 😀 𓀀';
      const tokens = right(tokenizer.encode(text));
      const shown = Array.from(tokens, (_, index) => tokenizer.decode(tokens.subarray(0, index + 1)));
      assert.ok(shown.every((each) => text.startsWith(each)));
      assert.ok(new Set(shown).size < shown.length, `${tokenizer.name} has no token that is half a character`);
    }
  });

  it('knows the size of its vocabulary, its end of text, and what is outside of it', () => {
    assert.deepEqual(
      kinds().map(({ name, vocabulary, endOfText }) => [name, vocabulary, endOfText]),
      [
        ['bytes', 256, undefined],
        ['gpt2', 50_257, 50_256],
        ['p50k_base', 50_281, 50_256],
        ['cl100k_base', 100_277, 100_257],
        ['o200k_base', 200_019, 199_999],
      ],
    );
    for (const tokenizer of kinds()) {
      assert.throws(() => tokenizer.decode([tokenizer.vocabulary]), RangeError);
      assert.throws(() => tokenizer.decode([-1]), RangeError);
    }
    assert.equal(right(namedEncoding('gpt2')).decode([50_256]), '<|endoftext|>');
    assert.equal(right(namedEncoding('gpt2')).bytesOf(50_256), 0);
  });

  it('is made again of its JSON', () => {
    for (const tokenizer of kinds()) {
      const again = right(tokenizerFromJson(JSON.parse(JSON.stringify(tokenizer))));
      assert.deepEqual(again.encode('as it was'), tokenizer.encode('as it was'));
    }
    assert.match(sentence(tokenizerFromJson({ kind: 'tiktoken', encoding: 'gpt9' })), /encoding must be one of gpt2, .* \(was "gpt9"\)/);
  });

  it('cuts a text only where the pieces have the tokens of the whole', () => {
    const gpt2 = right(namedEncoding('gpt2'));
    fc.assert(
      fc.property(texts, fc.nat(60), (text, from) => {
        const cut = lastCut(text, from);
        assert.ok(cut >= 0 && cut <= from);
        const parts = [text.slice(0, cut), text.slice(cut)].flatMap((part) => [...right(gpt2.encode(part))]);
        assert.deepEqual(parts, [...right(gpt2.encode(text))]);
      }),
    );
  });
});

describe('ranks', () => {
  it('are read the same without an array for each', () => {
    const missing: Ranks = [Uint8Array.of(1), undefined, undefined, Uint8Array.of(255, 0, 7), Uint8Array.of(9, 10)];
    for (const each of [fromCompact((require('tiktoken/encoders/p50k_base.json') as Encoder).bpe_ranks), missing]) {
      const { bytes, begins } = flatFromCompact(toCompact(each), each.length);
      assert.equal(begins.length, each.length + 1);
      assert.deepEqual(
        each.map((_, rank) => [...bytes.subarray(begins[rank], begins[rank + 1])]),
        each.map((token) => [...(token ?? [])]),
      );
    }
  });

  const { bpe_ranks } = require('tiktoken/encoders/gpt2.json') as Encoder;
  const ranks = fromCompact(bpe_ranks);

  it('are read as they were written, in both forms', () => {
    assert.deepEqual(fromCompact(toCompact(ranks)), ranks);
    const file = toRankFile(ranks);
    assert.ok(looksLikeRanks(file) && !looksLikeRanks('In the beginning'));
    assert.deepEqual(right(fromRankFile(file)), ranks);
    // A rank that is left out.
    const gap = [Uint8Array.of(65), undefined, Uint8Array.of(66)];
    assert.deepEqual(fromCompact(toCompact(gap)), gap);
  });

  it('say which line is invalid, what appears twice, and what is missing', () => {
    const [first = '', ...others] = toRankFile(ranks).trimEnd().split('\n');
    const file = (...lines: readonly string[]): string => lines.join('\n');
    assert.match(sentence(fromRankFile(file(first, 'not base64!', ...others))), /^line 2 must be a token in base64.*\(was "not base64!"\)/);
    assert.match(sentence(fromRankFile(file(first, ...others, 'QUJDREVGRw== 0'))), /rank 0 appears twice/);
    assert.match(sentence(fromRankFile(file(first, ...others, 'IQ== 60000'))), /the token IQ== appears twice/);
    assert.match(sentence(fromRankFile(file(...others))), /the byte 0x21 must have a token of its own/);
  });

  it('need a pattern and special tokens that fit them, and are opened after others that had none', () => {
    const { pat_str: pattern } = require('tiktoken/encoders/gpt2.json') as Encoder;
    const open = (own: object) =>
      tokenizerFromJson({ kind: 'ranks', name: 'own', ranks: toRankFile(ranks.slice(0, 400)), special: { end: 400 }, pattern, ...own });
    assert.match(sentence(open({ pattern: '(((' })), /^own: pat_str must be a regular expression as tiktoken has them \(was "\(\(\("\)/);
    assert.match(sentence(open({ special: { end: 5 } })), /^own: special_tokens must have ids that no rank has \("end" has 5\)/);
    const tokenizer = right(open({}));
    assert.equal(tokenizer.vocabulary, 401);
    assert.equal(tokenizer.decode(right(tokenizer.encode('the sea, 日'))), 'the sea, 日');
  });

  it('are the merges that they stand for', () => {
    const merges = mergesOf(ranks);
    assert.equal(merges.length, 50_000);
    const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');
    // The first lines of GPT-2's merges.txt.
    assert.deepEqual(
      merges.slice(0, 5).map(([left, right]) => [text(left), text(right)]),
      [
        [' ', 't'],
        [' ', 'a'],
        ['h', 'e'],
        ['i', 'n'],
        ['r', 'e'],
      ],
    );
  });
});
