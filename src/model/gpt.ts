/**
 * The GPT family: a pre-norm transformer whose residual branches are Euler steps of size h,
 *
 *     x ← x + h·attention(norm(x)),   x ← x + h·mlp(norm(x)).
 *
 * With h = 1 it is GPT-2 (Radford et al., 2019), with the exact GELU unless its own approximation is asked for. The head is tied to the token
 * embedding. Activations are [time·batch, width]: the operation `attention` says why. What is computed differently for speed is a rewrite of this
 * (`src/program/rewrite`). Not here: its cost by conventions (`gpt-conventions.ts`), its names at Hugging Face (`gpt-hugging-face.ts`).
 */
import type { Tensor } from '../program/types/trace.js';
import type { GptModel } from '../schedule/schedule.js';
import type { Axis, NarrowedAxis } from '../transfer/layer-tensor.js';
import { eulerStep, type Family, type Forward, type ParameterSpec, type Sized } from './family.js';
import { gptConventions } from './gpt-conventions.js';
import { gptGguf } from './gpt-gguf.js';
import { gptHuggingFace } from './gpt-hugging-face.js';
import { unitsOf } from './gpt-units.js';
import { nextTokenLoss } from './head.js';
import { constantVector, normalParameter, reads, writes } from './parameter-spec.js';

// Parameters: y = x·W + b with W [in, out].

/** GPT-2's standard deviation (Radford et al., 2019; as in the released code). */
const DEVIATION = 0.02;

type Units = NarrowedAxis['of'];

const sizeOf = (model: GptModel, of: Units): number => (of === 'units' ? unitsOf(model) : model.width);

const linear = (model: GptModel, name: string, from: Units, to: Units, deviation = DEVIATION): readonly ParameterSpec[] => [
  normalParameter(`${name}.weight`, 'matrix', [sizeOf(model, from), sizeOf(model, to)], [reads(from), writes(to)], deviation),
  ...(model.bias ? [constantVector(`${name}.bias`, sizeOf(model, to), 0, writes(to))] : []),
];

/** The initial values of the last product of a residual branch are smaller by √(2·layers), as in GPT-2. */
const lastLinear = (model: GptModel, name: string, from: Units): readonly ParameterSpec[] =>
  linear(model, name, from, 'hidden', DEVIATION / Math.sqrt(2 * Math.max(1, model.layers))).map((spec) => ({ ...spec, endsBranch: true }));

const normVectors = (model: GptModel, name: string, axis: Axis): readonly ParameterSpec[] => [
  constantVector(`${name}.weight`, model.width, 1, axis),
  ...(model.bias ? [constantVector(`${name}.bias`, model.width, 0, axis)] : []),
];

/**
 * Token embedding [V, C] (tied with the head), position embedding [T, C], final norm. Only the head reads the final norm, logits = norm(x)·Eᵀ, and E
 * is also written into the residual stream: so it is the norm that is on the reading side.
 */
const sharedParameters = (model: Sized<GptModel>): readonly ParameterSpec[] => [
  normalParameter('embedding.token.weight', 'embedding', [model.vocabulary, model.width], ['kept', writes('hidden')], DEVIATION),
  normalParameter('embedding.position.weight', 'embedding', [model.context, model.width], ['kept', writes('hidden')], DEVIATION),
  ...normVectors(model, 'norm', reads('hidden')),
];

const layerParameters = (model: GptModel): readonly ParameterSpec[] => [
  ...normVectors(model, 'attention.norm', writes('hidden')),
  ...linear(model, 'attention.query', 'hidden', 'heads'),
  ...linear(model, 'attention.key', 'hidden', 'heads'),
  ...linear(model, 'attention.value', 'hidden', 'heads'),
  ...lastLinear(model, 'attention.output', 'heads'),
  ...normVectors(model, 'mlp.norm', writes('hidden')),
  ...linear(model, 'mlp.expand', 'hidden', 'units'),
  ...lastLinear(model, 'mlp.contract', 'units'),
];

// The forward pass. Rows are [time·batch]; C is the width, T the context, B the batch.

const NORM_EPSILON = 1e-5;

type Gpt = Forward<GptModel>;

/** norm(x) = x̂∘γ + β, [rows, C] */
const norm = ({ trace, parameter, optional }: Gpt, x: Tensor, name: string): Tensor => {
  const scaled = trace.mul(trace.normalize(x, NORM_EPSILON), parameter(`${name}.weight`));
  const beta = optional(`${name}.bias`);
  return beta === undefined ? scaled : trace.add(scaled, beta);
};

/** x·W + b, from [rows, in] to [rows, out] */
const affine = ({ trace, parameter, optional }: Gpt, x: Tensor, name: string): Tensor => {
  const weight = parameter(`${name}.weight`);
  const bias = optional(`${name}.bias`);
  return bias === undefined ? trace.matmul(x, weight) : trace.linear(x, weight, bias);
};

/** Causal self-attention, [rows, C]: softmax(QKᵀ/√(C/heads))·V in each head, and a product over all of them. */
const attention = (forward: Gpt, x: Tensor, name: string): Tensor => {
  const { heads, width } = forward.model;
  const q = affine(forward, x, `${name}.query`); // [rows, C], as k and v
  const k = affine(forward, x, `${name}.key`);
  const v = affine(forward, x, `${name}.value`);
  const mixed = forward.attention(q, k, v, { heads, scale: 1 / Math.sqrt(width / heads) });
  return affine(forward, mixed, `${name}.output`);
};

const activation = ({ trace, model }: Gpt, x: Tensor): Tensor => (model.gelu === 'tanh' ? trace.tanhGelu(x) : trace.gelu(x));

/** [rows, C] → [rows, 4·C] → [rows, C] */
const mlp = (forward: Gpt, x: Tensor, name: string): Tensor =>
  affine(forward, activation(forward, affine(forward, x, `${name}.expand`)), `${name}.contract`);

/** token + position, [rows, C] */
const embedding = ({ trace, model: { width }, batch, time, ofPlaces, parameter }: Gpt, tokens: Tensor): Tensor => {
  const ofTokens = trace.reshape(trace.gather(parameter('embedding.token.weight'), tokens), [time, batch, width]);
  const ofPositions = ofPlaces(parameter('embedding.position.weight'));
  return trace.reshape(trace.add(ofTokens, ofPositions), [time * batch, width]);
};

const hiddenStates = (forward: Gpt, tokens: Tensor): Tensor => {
  let x = embedding(forward, tokens);
  for (const layer of forward.layers) {
    const { name } = layer;
    // x ← x + h·attention(norm(x))
    x = eulerStep(forward, layer, x, attention(forward, norm(forward, x, `${name}.attention.norm`), `${name}.attention`));
    // x ← x + h·mlp(norm(x))
    x = eulerStep(forward, layer, x, mlp(forward, norm(forward, x, `${name}.mlp.norm`), `${name}.mlp`));
  }
  return norm(forward, x, 'norm');
};

const head = ({ parameter }: Gpt): Tensor => parameter('embedding.token.weight');

export const gpt: Family<GptModel> = {
  kind: 'gpt',
  sharedParameters,
  layerParameters,
  resized: (model, size) => ({ ...model, heads: size(model.heads), width: size(model.width) }),
  hiddenStates,
  head,
  loss: (forward, hidden, targets) => nextTokenLoss(forward.trace, hidden, head(forward), targets),
  conventions: gptConventions,
  huggingFace: gptHuggingFace,
  gguf: gptGguf,
};
