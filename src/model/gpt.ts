/**
 * The GPT family: a pre-norm transformer whose residual branches are Euler steps of size h,
 *
 *     x ← x + h·attention(norm(x)),   x ← x + h·mlp(norm(x)).
 *
 * With h = 1 it is GPT-2 (Radford et al., 2019) with the exact GELU. The head is tied to the token embedding. Activations are [time·batch, width]:
 * `attention` says why. Not here: what others say that it costs (`gpt-conventions.ts`), what Hugging Face calls it (`gpt-hugging-face.ts`).
 */
import type { ParameterRole } from '../optimizer/parameter-role.js';
import type { Shape } from '../program/program.js';
import type { Tensor, Trace } from '../program/trace.js';
import type { GptModel } from '../schedule/schedule.js';
import type { Axis, NarrowedAxis } from '../transfer/layer-tensor.js';
import type { Family, Forward, ParameterSpec, Sized } from './family.js';
import { gptConventions } from './gpt-conventions.js';
import { gptHuggingFace } from './gpt-hugging-face.js';
import { nextTokenLoss } from './head.js';

// Parameters: y = x·W + b with W [in, out].

/** GPT-2's standard deviation (Radford et al., 2019; as in the released code). */
const DEVIATION = 0.02;
/** Units of the feed-forward part, in widths. */
const EXPANSION = 4;

type Units = NarrowedAxis['of'];
const input = (of: Units): Axis => ({ of, side: 'input' });
const output = (of: Units): Axis => ({ of, side: 'output' });

const normal = (name: string, role: ParameterRole, shape: Shape, axes: readonly Axis[], deviation = DEVIATION): ParameterSpec => ({
  name,
  shape,
  role,
  axes,
  initial: { normal: deviation },
});

const vector = (name: string, size: number, value: number, axis: Axis): ParameterSpec => ({
  name,
  shape: [size],
  role: 'vector',
  axes: [axis],
  initial: { constant: value },
});

/** Sizes of what an axis is over. */
const sizeOf = ({ width }: GptModel, of: Units): number => (of === 'units' ? EXPANSION * width : width);

const linear = (model: GptModel, name: string, from: Units, to: Units, deviation = DEVIATION): readonly ParameterSpec[] => [
  normal(`${name}.weight`, 'matrix', [sizeOf(model, from), sizeOf(model, to)], [input(from), output(to)], deviation),
  ...(model.bias ? [vector(`${name}.bias`, sizeOf(model, to), 0, output(to))] : []),
];

/** The last product of a residual branch begins smaller by √(2·layers), as GPT-2's. */
const lastLinear = (model: GptModel, name: string, from: Units): readonly ParameterSpec[] =>
  linear(model, name, from, 'hidden', DEVIATION / Math.sqrt(2 * Math.max(1, model.layers))).map((spec) => ({ ...spec, endsBranch: true }));

const norm = (model: GptModel, name: string, axis: Axis): readonly ParameterSpec[] => [
  vector(`${name}.weight`, model.width, 1, axis),
  ...(model.bias ? [vector(`${name}.bias`, model.width, 0, axis)] : []),
];

/**
 * Token embedding [V, C] (tied with the head), position embedding [T, C], final norm. The final norm is read by the head alone, logits = norm(x)·Eᵀ,
 * where E is also what is written into the residual stream: so it is the norm that is on the reading side.
 */
const sharedParameters = (model: Sized<GptModel>): readonly ParameterSpec[] => [
  normal('embedding.token.weight', 'embedding', [model.vocabulary, model.width], ['kept', output('hidden')]),
  normal('embedding.position.weight', 'embedding', [model.context, model.width], ['kept', output('hidden')]),
  ...norm(model, 'norm', input('hidden')),
];

const layerParameters = (model: GptModel): readonly ParameterSpec[] => [
  ...norm(model, 'attention.norm', output('hidden')),
  ...linear(model, 'attention.query', 'hidden', 'heads'),
  ...linear(model, 'attention.key', 'hidden', 'heads'),
  ...linear(model, 'attention.value', 'hidden', 'heads'),
  ...lastLinear(model, 'attention.output', 'heads'),
  ...norm(model, 'mlp.norm', output('hidden')),
  ...linear(model, 'mlp.expand', 'hidden', 'units'),
  ...lastLinear(model, 'mlp.contract', 'units'),
];

// The forward pass.

const NORM_EPSILON = 1e-5;
/** In which `gelu` takes x and gives its value. */
const GELU_UNIT = Math.SQRT2;

type Gpt = Forward<GptModel>;

/** alpha·x·weight + bias, where there may be no bias. */
const product = (trace: Trace, x: Tensor, weight: Tensor, bias: Tensor | undefined, alpha = 1): Tensor =>
  bias === undefined ? trace.matmul(x, weight, { alpha }) : trace.linear(x, weight, bias, { alpha });

/** A tensor in a unit of its own: unit·x is meant. */
interface InUnits {
  readonly x: Tensor;
  readonly unit: number;
}

/**
 * h·(x·W + b): an Euler step's branch. The step size rides on the product and on the short bias; a factor that changes from step to
 * step (`survival`) on W and b, which are smaller than the activations.
 */
const branch = (
  { trace, parameter, optional, level: { h }, survivals }: Gpt,
  layer: number,
  name: string,
  { x, unit }: InUnits,
): Tensor => {
  const survival = survivals[layer];
  const scaled = (tensor: Tensor): Tensor => (survival === undefined ? tensor : trace.mul(tensor, survival));
  const bias = optional(`${name}.bias`);
  return product(trace, x, scaled(parameter(`${name}.weight`)), bias && scaled(trace.mul(bias, trace.scalar(h))), h * unit);
};

/**
 * norm(x)·W + b in a unit, from x normalised: the norm's weight and bias are folded into W and b, which are smaller than the activations,
 * (x̂∘γ + β)·W + b = x̂·(γ∘W) + (β·W + b).
 */
const affineOfNorm = ({ trace, parameter, optional }: Gpt, norm: string, name: string, normal: Tensor, unit = 1): Tensor => {
  const gamma = parameter(`${norm}.weight`);
  const beta = optional(`${norm}.bias`);
  const weight = parameter(`${name}.weight`);
  const bias = optional(`${name}.bias`);
  const column = (x: Tensor): Tensor => trace.reshape(x, [gamma.type.shape[0] ?? 0, 1]);
  const shifted = beta && bias && trace.add(trace.sumTo(trace.mul(column(beta), weight), bias.type.shape), bias);
  return product(trace, normal, trace.mul(column(gamma), weight), shifted && trace.mul(shifted, trace.scalar(1 / unit)), 1 / unit);
};

/** x̂∘γ + β */
const finalNorm = ({ trace, parameter, optional }: Gpt, x: Tensor): Tensor => {
  const scaled = trace.mul(trace.normalize(x, NORM_EPSILON), parameter('norm.weight'));
  const beta = optional('norm.bias');
  return beta === undefined ? scaled : trace.add(scaled, beta);
};

const hiddenStates = (forward: Gpt, tokens: Tensor): Tensor => {
  const { trace, model, level, batch, parameter } = forward;
  const { context, width, heads } = model;
  const embedded = trace.reshape(trace.gather(parameter('embedding.token.weight'), tokens), [context, batch, width]);
  const positions = trace.reshape(parameter('embedding.position.weight'), [context, 1, width]);
  let x = trace.reshape(trace.add(embedded, positions), [context * batch, width]);
  for (let layer = 0; layer < level.layers; layer++) {
    const name = `layers.${layer}`;
    const attentionInput = trace.normalize(x, NORM_EPSILON);
    const [q, k, v] = ['query', 'key', 'value'].map((part) =>
      affineOfNorm(forward, `${name}.attention.norm`, `${name}.attention.${part}`, attentionInput),
    );
    const mixed = trace.attention(q as Tensor, k as Tensor, v as Tensor, { batch, heads, scale: 1 / Math.sqrt(width / heads) });
    x = trace.add(x, branch(forward, layer, `${name}.attention.output`, { x: mixed, unit: 1 }));
    const mlpInput = trace.normalize(x, NORM_EPSILON);
    const expanded = affineOfNorm(forward, `${name}.mlp.norm`, `${name}.mlp.expand`, mlpInput, GELU_UNIT);
    const active: InUnits = { x: trace.gelu(expanded), unit: GELU_UNIT };
    x = trace.add(x, branch(forward, layer, `${name}.mlp.contract`, active));
  }
  return finalNorm(forward, x);
};

const head = ({ parameter }: Gpt): Tensor => parameter('embedding.token.weight');

export const gpt: Family<GptModel> = {
  kind: 'gpt',
  sharedParameters,
  layerParameters,
  narrowed: (model, factor) => ({ ...model, heads: model.heads / factor, width: model.width / factor }),
  hiddenStates,
  head,
  loss: (forward, hidden, targets) => nextTokenLoss(forward.trace, hidden, head(forward), targets),
  conventions: gptConventions,
  huggingFace: gptHuggingFace,
};
