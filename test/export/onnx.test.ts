/**
 * The graph for Transformers.js on ONNX Runtime itself, against the equations on paper: whatever the model, in whichever pieces a text comes, sequences
 * beside one another with padding before them.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { joined } from '../../src/byte-pieces.js';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import type { Exported } from '../../src/export/export-format.js';
import { onnx, onnxWithin } from '../../src/export/onnx.js';
import { onnxModel } from '../../src/export/onnx-model.js';
import { putAt } from '../../src/export/place.js';
import type { GptModel, LlamaModel } from '../../src/schedule/schedule.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { randomParameters } from '../huggingface/random-model.js';
import { residualMlpLike, withResidualMlps } from '../model/residual-mlp.js';
import { tinyLlama } from '../model/tiny.js';
import { assertClose } from '../program/on-reference.js';
import { inTemporaryFolder, right } from '../runner/harness.js';

const VOCABULARY = 11;
/** Of 32-bit floats, beside logits of about 1. */
const CLOSE = { relative: 1e-5, absolute: 1e-5 };

type Model = (GptModel | LlamaModel) & { readonly vocabulary: number };

const gpts: fc.Arbitrary<Model> = fc
  .record({
    layers: fc.integer({ min: 0, max: 3 }),
    heads: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 1, max: 3 }),
    bias: fc.boolean(),
    tanh: fc.boolean(),
  })
  .map(({ layers, heads, size, bias, tanh }) => {
    const gelu = tanh ? { gelu: 'tanh' as const } : {};
    return { kind: 'gpt', layers, heads, width: heads * size, context: 8, bias, vocabulary: VOCABULARY, ...gelu } as const;
  });

const llamas: fc.Arbitrary<Model> = fc
  .record({
    layers: fc.integer({ min: 0, max: 3 }),
    keyValueHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 3 }),
    half: fc.integer({ min: 1, max: 2 }),
    hidden: fc.integer({ min: 1, max: 9 }),
    tied: fc.boolean(),
    queryKeyNorm: fc.boolean(),
  })
  .map(({ keyValueHeads, group, half, ...own }) => {
    const heads = keyValueHeads * group;
    const common = { context: 8, theta: 50, epsilon: 1e-5, vocabulary: VOCABULARY } as const;
    return { kind: 'llama', heads, keyValueHeads, width: 2 * half * heads, ...own, ...common } as const;
  });

const models = fc.oneof(gpts, llamas);

const integers = (rows: readonly (readonly number[])[]): Tensor =>
  new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]?.length ?? 0]);

interface Before {
  readonly before: number;
  readonly past: Readonly<Record<string, Tensor>>;
}

const NOTHING: Before = { before: 0, past: {} };

/** A batch of sequences that grows: new tokens of each, how many of all are padding, and what the runs before gave. */
const step = async (
  session: InferenceSession,
  model: Model,
  tokens: readonly (readonly number[])[],
  padding: readonly number[],
  { before, past }: Before,
): Promise<Before & { readonly logits: Float32Array }> => {
  const [batch, fresh] = [tokens.length, tokens[0]?.length ?? 0];
  const size = model.width / model.heads;
  const own = model.kind === 'llama' ? model.keyValueHeads : model.heads;
  const all = Array.from({ length: before + fresh }, (_, place) => place);
  const feeds: Record<string, Tensor> = {
    input_ids: integers(tokens),
    attention_mask: integers(padding.map((pads) => all.map((place) => Number(place >= pads)))),
    position_ids: integers(padding.map((pads) => all.slice(before).map((place) => Math.max(0, place - pads)))),
  };
  for (const name of session.inputNames)
    if (name.startsWith('past_key_values.')) feeds[name] = past[name] ?? new Tensor('float32', new Float32Array(0), [batch, own, 0, size]);
  const results = await session.run(feeds);
  const { logits } = results;
  assert.deepEqual(logits?.dims, [batch, fresh, VOCABULARY]);
  const next = Object.entries(results).flatMap(([name, tensor]): (readonly [string, Tensor])[] =>
    name === 'logits' ? [] : [[name.replace('present', 'past_key_values'), tensor]],
  );
  return { logits: logits.data as Float32Array, before: all.length, past: Object.fromEntries(next) };
};

const sessionOf = (model: Model, h: number, parameters: ReturnType<typeof randomParameters>): Promise<InferenceSession> =>
  InferenceSession.create(onnxModel({ model, h, parameters }), { logSeverityLevel: 3 });

describe('the ONNX graph of a model', () => {
  it('gives the logits of the equations, in whichever pieces the text comes', async () => {
    const texts = fc.array(fc.nat(VOCABULARY - 1), { minLength: 1, maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(models, fc.constantFrom(0.5, 1, 3), texts, cuts, async (model, h, text, sizes) => {
        const parameters = randomParameters(model, VOCABULARY, 1);
        const session = await sessionOf(model, h, parameters);
        const logits: number[] = [];
        let seen = NOTHING;
        for (let at = 0, piece = 0; at < text.length; piece++) {
          const size = Math.min(text.length - at, sizes[piece] ?? 1);
          const result = await step(session, model, [text.slice(at, at + size)], [0], seen);
          logits.push(...result.logits);
          seen = result;
          at += size;
        }
        assertClose(logits, plainLogits(parameters, model, h, text).flat(), CLOSE, `h ${h}, ${text}`);
        await session.release();
      }),
      { numRuns: 40 },
    );
  });

  for (const model of [
    { kind: 'gpt', layers: 2, heads: 2, width: 8, context: 8, bias: true, vocabulary: VOCABULARY },
    { ...tinyLlama, layers: 2, context: 8 },
  ] as const satisfies readonly Model[])
    it(`gives each of several sequences its own, whatever padding is before it: a ${model.kind}`, async () => {
      const parameters = randomParameters(model, VOCABULARY, 2);
      const session = await sessionOf(model, 1, parameters);
      const [long, short] = [
        [3, 1, 4, 1, 5],
        [9, 2, 6],
      ] as const;
      const first = await step(session, model, [long, [0, 0, ...short]], [0, 2], NOTHING);
      const second = await step(session, model, [[5], [3]], [0, 2], first);
      const rows = (from: number, to: number) => first.logits.slice(from * VOCABULARY, to * VOCABULARY);
      assertClose(rows(0, 5), plainLogits(parameters, model, 1, long).flat(), CLOSE, 'the long one');
      assertClose(rows(7, 10), plainLogits(parameters, model, 1, short).flat(), CLOSE, 'the short one');
      const next = [
        [...long, 5],
        [...short, 3],
      ].flatMap((text) => plainLogits(parameters, model, 1, text).at(-1) ?? []);
      assertClose(second.logits, next, CLOSE, 'their next tokens');
      await session.release();
    });
});

describe('export for Transformers.js', () => {
  const model: Model = { kind: 'gpt', layers: 1, heads: 2, width: 8, context: 6, bias: true, vocabulary: 260 };
  const saved = { model, h: 2, parameters: randomParameters(model, 260, 3), tokenizer: byteTokenizer };
  const filesOf = (exported: Exported): ReadonlyMap<string, Uint8Array> => {
    const content = exported.content();
    return content instanceof Map ? new Map([...content].map(([name, bytes]) => [name, joined(bytes)])) : assert.fail('one file');
  };

  it('has the graph where it is looked for, and beside it what is read', () => {
    const files = filesOf(right(onnx(saved)));
    assert.deepEqual([...files.keys()].sort(), [
      'config.json',
      'generation_config.json',
      'onnx/model.onnx',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const { model_type, n_layer, ...config } = JSON.parse(new TextDecoder().decode(files.get('config.json')));
    assert.deepEqual([model_type, n_layer, config['transformers.js_config']], ['gpt2', 1, { dtype: 'fp32' }]);
  });

  it('says that a model of random tokens has no tokenizer', () => {
    const exported = right(onnx({ ...saved, tokenizer: undefined }));
    assert.deepEqual([...filesOf(exported).keys()].sort(), ['config.json', 'onnx/model.onnx']);
    assert.match(exported.notes.join(), /^the model has no tokenizer: ONNX Runtime runs the graph/);
  });

  it('has weights beside the graph where one file does not hold them, and computes the same', () =>
    inTemporaryFolder(async (folder) => {
      const larger: Model = { kind: 'gpt', layers: 3, heads: 2, width: 32, context: 6, bias: true, vocabulary: VOCABULARY };
      const parameters = randomParameters(larger, VOCABULARY, 4);
      const sizes = [...parameters.values()].map(({ data }) => data.byteLength);
      const weights = sizes.reduce((sum, size) => sum + size, 0);
      const within = async (most: number) => {
        const path = join(folder, String(most));
        const exported = right(onnxWithin(most)({ model: larger, h: 2, parameters, tokenizer: undefined }));
        right(putAt(path, exported));
        const session = await InferenceSession.create(join(path, 'onnx', 'model.onnx'), { logSeverityLevel: 3 });
        const { logits } = await step(session, larger, [[3, 1, 4]], [0], NOTHING);
        await session.release();
        const data = [...filesOf(exported)].filter(([name]) => name.startsWith('onnx/model.onnx_data'));
        const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'))['transformers.js_config'];
        return { logits, data, config };
      };
      const whole = await within(weights);
      assert.deepEqual([whole.data, whole.config], [[], { dtype: 'fp32' }]);
      for (const most of [weights - 1, Math.max(...sizes), 1]) {
        const { logits, data, config } = await within(most);
        assert.deepEqual(logits, whole.logits);
        assert.deepEqual(config, { dtype: 'fp32', use_external_data_format: data.length });
        assert.deepEqual(
          data.map(([name]) => name),
          data.map((_, index) => `onnx/model.onnx_data${index === 0 ? '' : `_${index}`}`),
        );
        assert.ok(data.every(([, { byteLength }]) => byteLength <= Math.max(most, ...sizes)));
        assert.ok(most === 1 ? data.length === sizes.length : data.length > 1);
      }
    }));

  describe('of a family that it does not have', () => {
    withResidualMlps();

    it('says so', () => {
      const other = { ...residualMlpLike(model), vocabulary: 260 };
      const refused = onnx({ ...saved, model: other });
      assert.ok(E.isLeft(refused) && refused.left.kind === 'input');
      assert.equal(refused.left.message, 'Transformers.js runs no model of the family residual-mlp; export it to another format');
    });
  });
});
