/**
 * The Llama family (Touvron et al., 2023): a pre-norm transformer whose residual branches are Euler steps of size h,
 *
 *     x ← x + h·attention(norm(x)),   x ← x + h·mlp(norm(x)),
 *
 * with RMS norms, rotary positions, queries in groups that share keys and values, SwiGLU, and no biases. With h = 1 it is Hugging Face's
 * `LlamaForCausalLM`; with `queryKeyNorm`, its `Qwen3ForCausalLM`. Activations are [time·batch, width]: the operation `attention` says why. Not here:
 * its cost by conventions (`llama-conventions.ts`), its names at Hugging Face (`llama-hugging-face.ts`) and in llama.cpp (`llama-gguf.ts`).
 */
import type { Tensor } from '../program/types/trace.js';
import type { LlamaModel } from '../schedule/schedule.js';
import { eulerStep, type Family, type Forward, type ParameterSpec, type Sized } from './family.js';
import { nextTokenLoss } from './head.js';
import { llamaConventions } from './llama-conventions.js';
import { llamaGguf } from './llama-gguf.js';
import { llamaHuggingFace } from './llama-hugging-face.js';
import { headSizeOf, keyValueWidthOf } from './llama-sizes.js';
import { constantVector, normalParameter, reads, writes } from './parameter-spec.js';

// Parameters: y = x·W with W [in, out].

/** As in GPT-2, and in Llama's configurations at Hugging Face (`initializer_range`). */
const DEVIATION = 0.02;

/** The initial values of the last product of a residual branch are smaller by √(2·layers), as in GPT-2. */
const lastDeviation = ({ layers }: LlamaModel): number => DEVIATION / Math.sqrt(2 * Math.max(1, layers));

/**
 * Token embedding [V, C], final norm, and the head [V, C] unless it is the embedding. A norm's weight is on the side of what reads it alone: the head
 * reads the residual stream, whereas a tied one is also what is written into it.
 */
const sharedParameters = ({ tied, vocabulary, width }: Sized<LlamaModel>): readonly ParameterSpec[] => [
  normalParameter('embedding.token.weight', 'embedding', [vocabulary, width], ['kept', writes('hidden')], DEVIATION),
  constantVector('norm.weight', width, 1, tied ? reads('hidden') : writes('hidden')),
  ...(tied ? [] : [normalParameter('head.weight', 'head', [vocabulary, width], ['kept', reads('hidden')], DEVIATION)]),
];

const layerParameters = (model: LlamaModel): readonly ParameterSpec[] => {
  const { width, hidden, queryKeyNorm } = model;
  const [size, keyValueWidth] = [headSizeOf(model), keyValueWidthOf(model)];
  const matrix = (name: string, from: readonly [number, 'hidden' | 'heads' | 'units'], to: typeof from, deviation = DEVIATION) =>
    normalParameter(`${name}.weight`, 'matrix', [from[0], to[0]], [reads(from[1]), writes(to[1])], deviation);
  const last = (name: string, from: readonly [number, 'heads' | 'units']): ParameterSpec => ({
    ...matrix(name, from, [width, 'hidden'], lastDeviation(model)),
    endsBranch: true,
  });
  const norm = (name: string): ParameterSpec => constantVector(`${name}.weight`, width, 1, writes('hidden'));
  const headNorm = (name: string): ParameterSpec => constantVector(`${name}.weight`, size, 1, 'kept');
  return [
    norm('attention.norm'),
    matrix('attention.query', [width, 'hidden'], [width, 'heads']),
    matrix('attention.key', [width, 'hidden'], [keyValueWidth, 'heads']),
    matrix('attention.value', [width, 'hidden'], [keyValueWidth, 'heads']),
    ...(queryKeyNorm ? [headNorm('attention.queryNorm'), headNorm('attention.keyNorm')] : []),
    last('attention.output', [width, 'heads']),
    norm('mlp.norm'),
    matrix('mlp.gate', [width, 'hidden'], [hidden, 'units']),
    matrix('mlp.up', [width, 'hidden'], [hidden, 'units']),
    last('mlp.down', [hidden, 'units']),
  ];
};

// The forward pass. Rows are [time·batch]; C is the width, T the context, B the batch, S the size of a head.

type Llama = Forward<LlamaModel>;

/** norm(x) = x/√(mean(x²) + ε)∘γ over the last axis */
const norm = ({ trace, parameter, model: { epsilon } }: Llama, x: Tensor, name: string): Tensor =>
  trace.mul(trace.rmsNormalize(x, epsilon), parameter(`${name}.weight`));

/** x·W, from [rows, in] to [rows, out] */
const linear = ({ trace, parameter }: Llama, x: Tensor, name: string): Tensor => trace.matmul(x, parameter(`${name}.weight`));

/** The same norm in each head, [rows, heads·S]. */
const headNorm = (forward: Llama, x: Tensor, name: string): Tensor => {
  const { trace, model } = forward;
  const [rows = 0, width = 0] = x.type.shape;
  const size = headSizeOf(model);
  return trace.reshape(norm(forward, trace.reshape(x, [(rows * width) / size, size]), name), x.type.shape);
};

/**
 * Causal self-attention, [rows, C]: softmax(QKᵀ/√S)·V in each head, Q and K turned by the angles of their positions, and a product over all heads.
 *
 * @param angles [T, 1 or B, S]
 */
const attention = (forward: Llama, x: Tensor, angles: Tensor, name: string): Tensor => {
  const { trace, model } = forward;
  const turned = (what: string): Tensor => {
    const projected = linear(forward, x, `${name}.${what}`);
    return trace.rotary(model.queryKeyNorm ? headNorm(forward, projected, `${name}.${what}Norm`) : projected, angles);
  };
  const [q, k] = [turned('query'), turned('key')]; // [rows, C], [rows, keyValueHeads·S]
  const v = linear(forward, x, `${name}.value`); // as k
  const mixed = forward.attention(q, k, v, { heads: model.heads, scale: 1 / Math.sqrt(headSizeOf(model)) });
  return linear(forward, mixed, `${name}.output`);
};

/** SwiGLU (Shazeer, 2020): (silu(x·G)∘(x·U))·D, [rows, C] → [rows, hidden] → [rows, C] */
const mlp = (forward: Llama, x: Tensor, name: string): Tensor => {
  const { trace } = forward;
  const gate = trace.silu(linear(forward, x, `${name}.gate`));
  return linear(forward, trace.mul(gate, linear(forward, x, `${name}.up`)), `${name}.down`);
};

const hiddenStates = (forward: Llama, tokens: Tensor): Tensor => {
  const { trace, model, parameter } = forward;
  const { context, theta } = model;
  const angles = forward.ofPlaces(trace.rotaryTable({ positions: context, size: headSizeOf(model), theta }));
  let x = trace.gather(parameter('embedding.token.weight'), tokens); // [rows, C]
  for (const layer of forward.layers) {
    const { name } = layer;
    // x ← x + h·attention(norm(x))
    x = eulerStep(forward, layer, x, attention(forward, norm(forward, x, `${name}.attention.norm`), angles, `${name}.attention`));
    // x ← x + h·mlp(norm(x))
    x = eulerStep(forward, layer, x, mlp(forward, norm(forward, x, `${name}.mlp.norm`), `${name}.mlp`));
  }
  return norm(forward, x, 'norm');
};

const head = ({ model: { tied }, parameter }: Llama): Tensor => parameter(tied ? 'embedding.token.weight' : 'head.weight');

export const llama: Family<LlamaModel> = {
  kind: 'llama',
  sharedParameters,
  layerParameters,
  resized: (model, size) => ({
    ...model,
    heads: size(model.heads),
    keyValueHeads: size(model.keyValueHeads),
    width: size(model.width),
    hidden: size(model.hidden),
  }),
  hiddenStates,
  head,
  loss: (forward, hidden, targets) => nextTokenLoss(forward.trace, hidden, head(forward), targets),
  conventions: llamaConventions,
  huggingFace: llamaHuggingFace,
  gguf: llamaGguf,
};
