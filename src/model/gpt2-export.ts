/**
 * Our parameters as GPT-2's, and back: the names, layouts and configuration that Hugging Face's `GPT2LMHeadModel` reads. GPT-2 has
 * no step size, so h is folded into the two projections that end a residual branch: h·(xW + b) = x(hW) + hb.
 * Not here: the file format (`safetensors.ts`), the folder (`model-folder.ts`), the forward pass.
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { sizeOf } from '../program/program.js';
import type { GptModel } from '../schedule/schedule.js';

export interface Parameter {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export type Parameters = ReadonlyMap<string, Parameter>;

/** One tensor of GPT-2: the parameters of ours that stand side by side in it, along its last axis. */
interface Correspondence {
  readonly gpt2: string;
  readonly ours: readonly string[];
  /** Shape of each of `ours`. */
  readonly shape: readonly number[];
  /** Multiplied by h on the way out. */
  readonly scaled: boolean;
}

const correspondences = ({ layers, width, context }: GptModel, vocabulary: number): readonly Correspondence[] => {
  const one = (gpt2: string, ours: string, shape: readonly number[], scaled = false): Correspondence => ({
    gpt2,
    ours: [ours],
    shape,
    scaled,
  });
  const norm = (gpt2: string, ours: string): readonly Correspondence[] =>
    ['weight', 'bias'].map((part) => one(`${gpt2}.${part}`, `${ours}.${part}`, [width]));
  const linear = (gpt2: string, ours: readonly string[], inputs: number, outputs: number, scaled = false): readonly Correspondence[] => [
    { gpt2: `${gpt2}.weight`, ours: ours.map((name) => `${name}.weight`), shape: [inputs, outputs], scaled },
    { gpt2: `${gpt2}.bias`, ours: ours.map((name) => `${name}.bias`), shape: [outputs], scaled },
  ];
  const layer = (index: number): readonly Correspondence[] => {
    const [theirs, our] = [`transformer.h.${index}`, `layers.${index}`];
    const projections = ['query', 'key', 'value'].map((name) => `${our}.attention.${name}`);
    return [
      ...norm(`${theirs}.ln_1`, `${our}.attention.norm`),
      ...linear(`${theirs}.attn.c_attn`, projections, width, width),
      ...linear(`${theirs}.attn.c_proj`, [`${our}.attention.output`], width, width, true),
      ...norm(`${theirs}.ln_2`, `${our}.mlp.norm`),
      ...linear(`${theirs}.mlp.c_fc`, [`${our}.mlp.expand`], width, 4 * width),
      ...linear(`${theirs}.mlp.c_proj`, [`${our}.mlp.contract`], 4 * width, width, true),
    ];
  };
  return [
    one('transformer.wte.weight', 'embedding.token.weight', [vocabulary, width]),
    one('transformer.wpe.weight', 'embedding.position.weight', [context, width]),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
    ...norm('transformer.ln_f', 'norm'),
  ];
};

/** Whether a tensor of this name exists in a model without biases. */
const isBias = (name: string): boolean => name.endsWith('.bias');

/**
 * Parameters under GPT-2's names: c_attn.weight is [width, 3·width], biases that the model lacks are zeros, h is folded in, and the
 * head is left out (it is tied to `transformer.wte.weight`). `model.layers` and `h` are those of the level that is exported.
 * Throws where a parameter is missing or has another shape than the model says: such parameters are not this model's.
 *
 * @example
 * encodeSafetensors(asTensors(toGpt2(parameters, model, 2)), { format: 'pt' });
 */
export const toGpt2 = (parameters: Parameters, model: GptModel, h: number): ReadonlyMap<string, Parameter> => {
  const part = (name: string, shape: readonly number[]): Float32Array => {
    const parameter = parameters.get(name);
    if (parameter === undefined && isBias(name) && !model.bias) return new Float32Array(sizeOf(shape));
    if (parameter === undefined) throw new RangeError(`the model has no parameter ${name}`);
    if (!sameShape(parameter.shape, shape)) throw new RangeError(`${name}: the shape must be [${shape}] (was [${parameter.shape}])`);
    return parameter.data;
  };
  const tensors = correspondences(model, vocabularyOf(parameters)).map(({ gpt2, ours, shape, scaled }): [string, Parameter] => {
    const joined = joinColumns(
      ours.map((name) => part(name, shape)),
      lastOf(shape),
    );
    return [gpt2, { shape: joinedShape(shape, ours.length), data: scaled ? joined.map((value) => h * value) : joined }];
  });
  return new Map(tensors);
};

/**
 * The inverse of `toGpt2` for the same model and h, to the bit where h is a power of two. With h = 1 (what `GPT2LMHeadModel` runs) the
 * parameters stay folded: the same function at step size 1. Left: a tensor that is missing, misshapen, unknown, or a bias other than
 * zero where the model has none.
 */
export const fromGpt2 = (tensors: Parameters, model: GptModel, h = 1): E.Either<Fault, Parameters> => {
  const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(`model: ${message}`));
  const expected = correspondences(model, tensors.get('transformer.wte.weight')?.shape[0] ?? 0);
  const parameters = new Map<string, Parameter>();
  for (const { gpt2, ours, shape, scaled } of expected) {
    const tensor = tensors.get(gpt2);
    const wanted = joinedShape(shape, ours.length);
    if (tensor === undefined) return refuse(`the tensor ${gpt2} is missing, and ${model.layers} layers need it; save the model again`);
    if (!sameShape(tensor.shape, wanted)) return refuse(`${gpt2}: the shape must be [${wanted}] (was [${tensor.shape}])`);
    if (isBias(gpt2) && !model.bias) {
      if (tensor.data.some((value) => value !== 0)) return refuse(`${gpt2}: must be zero in a model without biases`);
      continue;
    }
    const parts = splitColumns(scaled ? tensor.data.map((value) => value / h) : tensor.data, lastOf(shape), ours.length);
    ours.forEach((name, index) => {
      parameters.set(name, { shape, data: parts[index] ?? new Float32Array() });
    });
  }
  const known = new Set(expected.map(({ gpt2 }) => gpt2));
  const unknown = [...tensors.keys()].find((name) => !known.has(name));
  return unknown === undefined
    ? E.right(parameters)
    : refuse(`the tensor ${unknown} has no place in a GPT of ${model.layers} layers; save the model again`);
};

/** Size of the vocabulary, read off the embedding. */
export const vocabularyOf = (parameters: Parameters): number => {
  const vocabulary = parameters.get('embedding.token.weight')?.shape[0];
  if (vocabulary === undefined) throw new RangeError('the model has no parameter embedding.token.weight');
  return vocabulary;
};

/**
 * The `config.json` of `GPT2LMHeadModel` for this model: exact GELU, tied head, no dropout. Our vocabularies hold no marks for the
 * beginning or the end of a text, so none is named.
 */
export const gpt2Config = ({ layers, heads, width, context }: GptModel, vocabulary: number) =>
  ({
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    n_layer: layers,
    n_head: heads,
    n_embd: width,
    n_inner: 4 * width,
    n_positions: context,
    n_ctx: context,
    vocab_size: vocabulary,
    activation_function: 'gelu',
    layer_norm_epsilon: 1e-5,
    tie_word_embeddings: true,
    scale_attn_weights: true,
    scale_attn_by_inverse_layer_idx: false,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    bos_token_id: null,
    eos_token_id: null,
    torch_dtype: 'float32',
  }) as const;

const lastOf = (shape: readonly number[]): number => shape[shape.length - 1] ?? 1;
const joinedShape = (shape: readonly number[], parts: number): readonly number[] => [...shape.slice(0, -1), parts * lastOf(shape)];
const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** [rows, columns] each → [rows, parts · columns]. */
const joinColumns = (parts: readonly Float32Array[], columns: number): Float32Array => {
  const joined = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  parts.forEach((part, index) => {
    for (let row = 0; row * columns < part.length; row++) {
      joined.set(part.subarray(row * columns, (row + 1) * columns), (row * parts.length + index) * columns);
    }
  });
  return joined;
};

/** [rows, count · columns] → `count` of [rows, columns]. */
const splitColumns = (joined: Float32Array, columns: number, count: number): readonly Float32Array[] =>
  Array.from({ length: count }, (_, index) => {
    const part = new Float32Array(joined.length / count);
    for (let row = 0; row * columns < part.length; row++) {
      const from = (row * count + index) * columns;
      part.set(joined.subarray(from, from + columns), row * columns);
    }
    return part;
  });
