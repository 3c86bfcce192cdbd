/**
 * Folders that Hugging Face's Transformers saved (`test/huggingface/make_golden.py` says how): their logits are Transformers' own, which are beside
 * them. And which folders are refused, in which words.
 */

import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { joined } from '../../src/byte-pieces.js';
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../../src/model/safetensors.js';
import type { ReadPretrained } from '../../src/runner/initial-weights.js';
import { readPretrained } from '../../src/runner/read-pretrained.js';
import { compiledLogits } from '../huggingface/compiled-logits.js';
import { inTemporaryFolder, right } from '../runner/harness.js';

const GOLDEN = join('test', 'golden', 'hugging-face');
const TOLERANCE = 1e-4;

interface Expected {
  readonly tokens: readonly (readonly number[])[];
  readonly logits: readonly (readonly (readonly number[])[])[];
}

const expectedIn = (folder: string): Expected => JSON.parse(readFileSync(join(GOLDEN, folder, 'logits.json'), 'utf8'));

/** The largest difference to the logits of Transformers. */
const difference = async ({ model, parameters }: ReadPretrained, { tokens, logits }: Expected): Promise<number> => {
  const ours = (await compiledLogits(parameters, model, 1, tokens)).flat(2);
  const theirs = logits.flat(2);
  assert.equal(ours.length, theirs.length);
  assert.ok(Math.max(...theirs.map(Math.abs)) > 1, 'logits that say nothing');
  return Math.max(...theirs.map((logit, index) => Math.abs(logit - (ours[index] ?? Number.NaN))));
};

const folders = [
  { folder: 'whole', gelu: 'tanh' },
  { folder: 'sharded-bf16', gelu: 'tanh' },
  { folder: 'bare-f16', gelu: undefined },
] as const;

describe('a folder of Hugging Face’s Transformers', function () {
  this.timeout(60_000);

  for (const { folder, gelu } of folders)
    it(`${folder}: has the model that it says, and the logits of Transformers to 1e-4`, async () => {
      const read = right(readPretrained(join(GOLDEN, folder)));
      const sizes = { kind: 'gpt', layers: 2, heads: 2, width: 8, context: 6, bias: true, vocabulary: 11 };
      assert.deepEqual(read.model, gelu === undefined ? sizes : { ...sizes, gelu });
      assert.equal(read.tokenizer, undefined);
      assert.ok((await difference(read, expectedIn(folder))) < TOLERANCE);
    });

  for (const { folder, own } of [
    { folder: 'llama', own: { tied: false, queryKeyNorm: false } },
    { folder: 'llama-of-old', own: { tied: true, queryKeyNorm: false } },
    { folder: 'qwen3', own: { tied: true, queryKeyNorm: true } },
  ] as const)
    it(`${folder}: has the model that it says, and the logits of Transformers to 1e-4`, async () => {
      const read = right(readPretrained(join(GOLDEN, folder)));
      assert.deepEqual(read.model, {
        ...{ kind: 'llama', layers: 2, heads: 4, keyValueHeads: 2, width: 16, hidden: 12, context: 6 },
        ...{ theta: 500, epsilon: 1e-6, ...own, vocabulary: 11 },
      });
      assert.ok((await difference(read, expectedIn(folder))) < TOLERANCE);
      assert.ok(read.model.kind === 'llama');
      const turnedOtherwise = { ...read, model: { ...read.model, theta: 10_000 } };
      assert.ok((await difference(turnedOtherwise, expectedIn(folder))) > TOLERANCE, 'another base has other logits');
    });

  it('would tell: the other GELU has other logits', async () => {
    const read = right(readPretrained(join(GOLDEN, 'whole')));
    assert.ok(read.model.kind === 'gpt');
    const { gelu: _, ...exact } = read.model;
    assert.ok((await difference({ ...read, model: exact }, expectedIn('whole'))) > TOLERANCE);
  });

  /** A copy of a golden folder, changed, and what is said of it. */
  const changed = (
    golden: string,
    change: (file: (name: string) => string) => void,
  ): Promise<E.Either<{ readonly message: string }, ReadPretrained>> =>
    inTemporaryFolder(async (temporary) => {
      const folder = join(temporary, 'model');
      cpSync(join(GOLDEN, golden), folder, { recursive: true });
      change((name) => join(folder, name));
      const read = readPretrained(folder);
      return E.mapLeft(({ kind, message }: { readonly kind: string; readonly message: string }) => {
        assert.equal(kind, 'input');
        assert.ok(message.startsWith(`${folder}: `), message);
        return { message: message.slice(folder.length + 2) };
      })(read);
    });
  const refused = async (golden: string, change: (file: (name: string) => string) => void): Promise<string> => {
    const read = await changed(golden, change);
    return E.isLeft(read) ? read.left.message : assert.fail('the folder was read');
  };
  const withConfig =
    (of: Readonly<Record<string, unknown>>) =>
    (file: (name: string) => string): void =>
      writeFileSync(file('config.json'), JSON.stringify({ ...JSON.parse(readFileSync(file('config.json'), 'utf8')), ...of }));
  const withTensors =
    (of: (tensors: Map<string, SafeTensor>) => void) =>
    (file: (name: string) => string): void => {
      const { tensors, metadata } = right(decodeSafetensors(readFileSync(file('model.safetensors'))));
      const own = new Map(tensors);
      of(own);
      writeFileSync(file('model.safetensors'), joined(encodeSafetensors(own, metadata)));
    };

  it('may be links, as in the cache of the hub, have a head that is the embedding, and say nothing of what is usual', async () => {
    const plain = right(readPretrained(join(GOLDEN, 'whole')));
    const read = right(
      await changed('whole', (file) => {
        withTensors((tensors) => {
          const embedding = tensors.get('transformer.wte.weight') ?? assert.fail('no embedding');
          tensors.set('lm_head.weight', embedding);
        })(file);
        cpSync(file('model.safetensors'), file('blob'));
        rmSync(file('model.safetensors'));
        symlinkSync(file('blob'), file('model.safetensors'));
        withConfig({ activation_function: undefined, layer_norm_epsilon: undefined, scale_attn_weights: undefined })(file);
      }),
    );
    assert.deepEqual([read.model, read.parameters], [plain.model, plain.parameters]);
    assert.notEqual(read.digest, plain.digest);
  });

  it('is refused where its model is another one', async () => {
    const says = async (config: Readonly<Record<string, unknown>>, sentence: string): Promise<void> =>
      assert.equal(await refused('whole', withConfig(config)), `config.json: ${sentence}`);
    await says(
      { model_type: 'lama' },
      'model_type must be gpt2 or llama or qwen3 (was "lama"); the nearest word is llama; name a model of that family',
    );
    await says(
      { activation_function: 'relu' },
      'activation_function must be one of gelu, gelu_new, gelu_pytorch_tanh, gelu_fast (was "relu")',
    );
    await says({ n_inner: 16 }, 'n_inner must be 32, four times n_embd (was 16); name a model with that');
    await says({ layer_norm_epsilon: 1e-6 }, 'layer_norm_epsilon must be 0.00001 (was 0.000001); name a model with that');
    await says(
      { scale_attn_by_inverse_layer_idx: true },
      'scale_attn_by_inverse_layer_idx must be false (was true); name a model with that',
    );
    await says({ n_layer: 0 }, 'n_layer must be a whole number above 0 (was 0)');
    await says({ n_head: 3 }, 'n_head must divide n_embd, 8 (was 3)');
    await says({ n_layer: 1e9 }, 'model.layers must be an integer <= 1024 (was 1000000000)');
  });

  it('is refused where it is a Llama that is computed otherwise', async () => {
    const says = async (config: Readonly<Record<string, unknown>>, sentence: string): Promise<void> =>
      assert.equal(await refused('llama', withConfig(config)), `config.json: ${sentence}`);
    await says(
      { rope_parameters: { rope_type: 'llama3', rope_theta: 500_000, factor: 8 } },
      'rope_parameters.rope_type must be default (was "llama3"); name a model whose positions are not scaled',
    );
    await says(
      { rope_scaling: { type: 'linear', factor: 2 } },
      'rope_parameters and rope_scaling must not both be there, since they may differ; keep the one that the model was trained with',
    );
    await says(
      { rope_parameters: undefined, rope_scaling: { type: 'linear', factor: 2 } },
      'rope_scaling.rope_type must be default (was "linear"); name a model whose positions are not scaled',
    );
    await says(
      { rope_parameters: { rope_theta: 5, partial_rotary_factor: 0.5 } },
      'partial_rotary_factor must be 1 (was 0.5); name a model that turns whole heads',
    );
    await says({ rope_parameters: { rope_theta: 0 } }, 'rope_theta must be a number above 0 (was 0)');
    await says({ hidden_act: 'gelu' }, 'hidden_act must be silu (was "gelu"); name a model with that');
    await says({ attention_bias: true }, 'attention_bias must be false (was true); name a model with that');
    await says({ mlp_bias: true }, 'mlp_bias must be false (was true); name a model with that');
    await says({ head_dim: 8 }, 'head_dim must be hidden_size / num_attention_heads, 4 (was 8); name a model with that');
    await says({ num_key_value_heads: 0 }, 'num_key_value_heads must be a whole number above 0 (was 0)');
    await says({ num_key_value_heads: 3 }, 'num_key_value_heads: keyValueHeads must divide the heads 4 (was 3); change one of them');
    await says(
      { num_attention_heads: 16, num_key_value_heads: 16, head_dim: undefined },
      'num_attention_heads: heads must give each head an even part of the width 16, since rotary positions turn pairs of units (was 16, for heads of 1); change one of them',
    );
    await says({ rms_norm_eps: 0 }, 'rms_norm_eps must be a number above 0 (was 0)');
  });

  it('is refused where its tensors are not that model’s: each by name, and the nearest name', async () => {
    assert.equal(
      await refused('whole', withConfig({ vocab_size: 12 })),
      'model: transformer.wte.weight: the shape must be [12,8] (was [11,8]); save the model again or name another',
    );
    assert.equal(
      await refused('whole', withConfig({ n_layer: 3 })),
      'model: the tensor transformer.h.2.ln_1.weight is missing (and 11 more), and a gpt of 3 layers needs it; save the model again or name another',
    );
    assert.match(
      await refused('whole', withConfig({ n_layer: 1 })),
      /^model: the tensor transformer\.h\.1\.\S+ \(and 11 more\) has no place in a gpt of 1 layers \(the nearest name is transformer\.h\.0\.\S+\); /,
    );
    const norm = 'transformer.h.1.ln_2.weight';
    const renamed = withTensors((tensors) => {
      tensors.set('transformer.h.1.ln2.weight', tensors.get(norm) ?? assert.fail('no norm'));
      tensors.delete(norm);
    });
    assert.match(
      await refused('whole', renamed),
      /the tensor transformer\.h\.1\.ln_2\.weight is missing, and a gpt of 2 layers needs it \(the nearest name is transformer\.h\.1\.ln2\.weight\); /,
    );
    const untied = withTensors((tensors) => tensors.set('lm_head.weight', { dtype: 'F32', shape: [11, 8], data: new Float32Array(88) }));
    assert.equal(
      await refused('whole', untied),
      'lm_head.weight must be the token embedding, transformer.wte.weight (was another matrix): this gpt has one matrix for both; ' +
        'name a model whose head is tied',
    );
    const classifier = withTensors((tensors) => tensors.set('score.weight', { dtype: 'F32', shape: [2, 8], data: new Float32Array(16) }));
    assert.match(await refused('whole', classifier), /^model: the tensor score\.weight has no place in a gpt of 2 layers/);
    const twice = withTensors((tensors) => tensors.set('wte.weight', tensors.get('transformer.wte.weight') ?? assert.fail('no embedding')));
    assert.match(await refused('whole', twice), /^model\.safetensors: the tensor \S*wte\.weight occurs twice; restore a complete copy/);
  });

  it('is refused where files are missing or no files of the kind', async () => {
    const remove = (name: string) => (file: (name: string) => string) => rmSync(file(name));
    const one = 'copy it there, or name a run folder, a model folder or a model file';
    assert.equal(
      await refused('whole', remove('model.safetensors')),
      `model.safetensors: the folder must hold this file, or model.safetensors.index.json and the files that it names; ${one}`,
    );
    assert.equal(
      await refused('sharded-bf16', remove('model-00002-of-00002.safetensors')),
      `model-00002-of-00002.safetensors: the folder must hold this file, which model.safetensors.index.json names; ${one}`,
    );
    for (const folder of ['whole', 'sharded-bf16'])
      assert.match(
        await refused(folder, remove('config.json')),
        /^config\.json, which says of what model the weights are, must be beside them \(is not\); copy it there$/,
      );
    const pickled = (file: (name: string) => string): void => {
      remove('model.safetensors')(file);
      writeFileSync(file('pytorch_model.bin'), '');
    };
    assert.match(
      await refused('whole', pickled),
      /and pytorch_model\.bin is not read: save it as safetensors, in Python with save_pretrained; /,
    );
    const outside = (file: (name: string) => string): void =>
      writeFileSync(file('model.safetensors.index.json'), '{"weight_map": {"a": "../elsewhere"}}');
    assert.match(
      await refused('sharded-bf16', outside),
      /^model\.safetensors\.index\.json: weight_map must give the file of each tensor, in this folder \(was "\.\.\/elsewhere"\)/,
    );
    assert.equal(
      await refused('whole', (file) => writeFileSync(file('config.json'), '{')),
      'config.json: the file must hold a JSON object; put back a whole copy of it',
    );
  });
});
