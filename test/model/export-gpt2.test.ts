import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { type Bytes, joined } from '../../src/byte-pieces.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import type { SizedModel } from '../../src/model/family.js';
import { fromHuggingFace, type Parameters, toHuggingFace } from '../../src/model/hugging-face.js';
import { MODEL_FILES, readModelFolder, writeModelFolder } from '../../src/model/model-folder.js';
import { namingOf } from '../../src/model/naming.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { randomParameters } from '../huggingface/random-model.js';

const VOCABULARY = 7;
const gpt = (layers: number, bias = true): SizedModel => ({
  kind: 'gpt',
  layers,
  heads: 2,
  width: 8,
  context: 6,
  bias,
  vocabulary: VOCABULARY,
});
const toGpt2 = (parameters: Parameters, model: SizedModel, h: number): Parameters => toHuggingFace(parameters, namingOf(model, h));
const fromGpt2 = (tensors: Parameters, model: SizedModel, h = 1) => fromHuggingFace(tensors, namingOf(model, h));

const right = <A>(either: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(either)) assert.fail(either.left.message);
  return either.right;
};
const sentence = (either: E.Either<{ readonly message: string }, unknown>): string => {
  assert.ok(E.isLeft(either), 'it was accepted');
  return either.left.message;
};
const values = (parameters: Parameters, name: string): Float32Array => parameters.get(name)?.data ?? assert.fail(`${name} is missing`);

describe('GPT-2 export', () => {
  it('comes back the same to the bit where h is a power of two', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        fc.constantFrom(0.25, 1, 2, 4, 8),
        fc.integer(),
        (layers, bias, h, seed) => {
          const model = gpt(layers, bias);
          const parameters = randomParameters(model, VOCABULARY, seed);
          const again = right(fromGpt2(toGpt2(parameters, model, h), model, h));
          assert.deepEqual(new Map([...again].sort()), new Map([...parameters].sort()));
        },
      ),
      { numRuns: 30 },
    );
  });

  for (const bias of [true, false]) {
    it(`computes at h = 1 what the model ${bias ? 'with' : 'without'} biases computes at h`, () => {
      const model = gpt(3, bias);
      const parameters = randomParameters(model, VOCABULARY, 1);
      const folded = right(fromGpt2(toGpt2(parameters, model, 3), model));
      const tokens = [3, 1, 4, 1, 5];
      const logits = plainLogits(parameters, model, 3, tokens).flat();
      const foldedLogits = plainLogits(folded, model, 1, tokens).flat();
      assert.ok(new Set(logits).size > 30, 'logits that say nothing');
      logits.forEach((logit, index) => {
        assert.ok(Math.abs(logit - (foldedLogits[index] ?? Number.NaN)) < 1e-5);
      });
    });
  }

  it("has the names and shapes of GPT2LMHeadModel's own files, without the tied head", () => {
    const tensors = toGpt2(randomParameters(gpt(1), VOCABULARY, 1), gpt(1), 1);
    assert.deepEqual(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape])), {
      'transformer.wte.weight': [7, 8],
      'transformer.wpe.weight': [6, 8],
      'transformer.h.0.ln_1.weight': [8],
      'transformer.h.0.ln_1.bias': [8],
      'transformer.h.0.attn.c_attn.weight': [8, 24],
      'transformer.h.0.attn.c_attn.bias': [24],
      'transformer.h.0.attn.c_proj.weight': [8, 8],
      'transformer.h.0.attn.c_proj.bias': [8],
      'transformer.h.0.ln_2.weight': [8],
      'transformer.h.0.ln_2.bias': [8],
      'transformer.h.0.mlp.c_fc.weight': [8, 32],
      'transformer.h.0.mlp.c_fc.bias': [32],
      'transformer.h.0.mlp.c_proj.weight': [32, 8],
      'transformer.h.0.mlp.c_proj.bias': [8],
      'transformer.ln_f.weight': [8],
      'transformer.ln_f.bias': [8],
    });
  });

  it('sets query, key and value side by side, and scales what ends a branch by h alone', () => {
    const parameters = randomParameters(gpt(1), VOCABULARY, 1);
    const tensors = toGpt2(parameters, gpt(1), 2);
    const row = (name: string) => values(parameters, `layers.0.attention.${name}.weight`).subarray(8, 16);
    assert.deepEqual(
      [...values(tensors, 'transformer.h.0.attn.c_attn.weight').subarray(24, 48)],
      [...row('query'), ...row('key'), ...row('value')],
    );
    const pairs: readonly [string, string, number][] = [
      ['attn.c_proj.weight', 'attention.output.weight', 2],
      ['attn.c_proj.bias', 'attention.output.bias', 2],
      ['mlp.c_proj.weight', 'mlp.contract.weight', 2],
      ['mlp.c_proj.bias', 'mlp.contract.bias', 2],
      ['mlp.c_fc.weight', 'mlp.expand.weight', 1],
      ['ln_2.weight', 'mlp.norm.weight', 1],
    ];
    for (const [theirs, ours, factor] of pairs) {
      assert.deepEqual(
        values(tensors, `transformer.h.0.${theirs}`),
        values(parameters, `layers.0.${ours}`).map((value) => factor * value),
      );
    }
  });

  it('leaves the exported parameters as they were', () => {
    const parameters = randomParameters(gpt(2), VOCABULARY, 1);
    toGpt2(parameters, gpt(2), 4);
    assert.deepEqual(parameters, randomParameters(gpt(2), VOCABULARY, 1));
  });

  it('throws where parameters are not the model’s: a mistake of the caller', () => {
    assert.throws(() => toGpt2(randomParameters(gpt(1), VOCABULARY, 1), gpt(2), 1), /no parameter layers\.1\.attention\.norm\.weight/);
    assert.throws(
      () => toGpt2(randomParameters(gpt(1), VOCABULARY, 1), { ...gpt(1), context: 5 }, 1),
      /embedding\.position\.weight: the shape must be \[5,8\]/,
    );
  });

  it('refuses weights that do not fit the model, in a sentence', () => {
    const tensors = toGpt2(randomParameters(gpt(1), VOCABULARY, 1), gpt(1), 1);
    assert.match(
      sentence(fromGpt2(tensors, gpt(2))),
      /transformer\.h\.1\.ln_1\.weight is missing \(and 11 more\), and a gpt of 2 layers needs it; save the model again or name another$/,
    );
    assert.match(sentence(fromGpt2(tensors, { ...gpt(1), context: 5 })), /wpe\.weight: the shape must be \[5,8\] \(was \[6,8\]\)/);
    assert.match(sentence(fromGpt2(tensors, gpt(1, false))), /ln_1\.bias: must be zero in a model without biases/);
    assert.match(
      sentence(fromGpt2(toGpt2(randomParameters(gpt(2), VOCABULARY, 1), gpt(2), 1), gpt(1))),
      /transformer\.h\.1\..* has no place in a gpt of 1 layers/,
    );
  });
});

describe('model folder', () => {
  const model = gpt(2);
  const tokenizer = characterTokenizer('abcdefg');
  const saved = { model, h: 2, parameters: randomParameters(model, VOCABULARY, 1), tokenizer };
  const files = writeModelFolder(saved);
  const withOwn = (change: Readonly<Record<string, unknown>>): ReadonlyMap<string, Bytes> => {
    const own: unknown = JSON.parse(new TextDecoder().decode(joined(files.get(MODEL_FILES.own) ?? assert.fail())));
    return new Map(files).set(MODEL_FILES.own, new TextEncoder().encode(JSON.stringify(Object.assign({}, own, change))));
  };

  it('reads back what it wrote: weights, model, h, tokenizer', () => {
    const again = right(readModelFolder(files));
    assert.deepEqual(again.model, model);
    assert.equal(again.h, 2);
    assert.deepEqual(again.tokenizer?.toJSON(), tokenizer.toJSON());
    assert.deepEqual(new Map([...again.parameters].sort()), new Map([...saved.parameters].sort()));
  });

  it('does without a tokenizer where the data were random tokens', () => {
    assert.equal(right(readModelFolder(writeModelFolder({ ...saved, tokenizer: undefined }))).tokenizer, undefined);
  });

  it('names the file that is missing, damaged, of another version or at odds with the others', () => {
    for (const name of [MODEL_FILES.weights, MODEL_FILES.own]) {
      const rest = new Map(files);
      rest.delete(name);
      assert.match(sentence(readModelFolder(rest)), new RegExp(`^${name}: the model folder must hold this file`));
    }
    assert.match(
      sentence(readModelFolder(new Map(files).set(MODEL_FILES.own, Uint8Array.of(0x7b)))),
      /^vcycle\.json: the file is not JSON/,
    );
    assert.match(sentence(readModelFolder(withOwn({ version: 2 }))), /^vcycle\.json: the version must be 1 \(was 2\)/);
    assert.match(sentence(readModelFolder(withOwn({ h: 0 }))), /^vcycle\.json: h must be a number above 0 \(was 0\)/);
    assert.match(
      sentence(readModelFolder(withOwn({ model: { ...model, vocabulary: 8 } }))),
      /vocabulary must be that of the weights, 7 \(was 8\)/,
    );
    assert.match(
      sentence(readModelFolder(withOwn({ model: { ...model, layers: -1 } }))),
      /^vcycle\.json: model\.layers must be an integer >= 0 \(was -1\); save the model again/,
    );
    assert.match(sentence(readModelFolder(withOwn({ tokenizer: { kind: 'bpe' } }))), /kind must be "characters"/);
  });
});
