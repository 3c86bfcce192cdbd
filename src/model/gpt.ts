/**
 * The ODE transformer: a pre-norm GPT whose residual branches are Euler steps of size h,
 *
 *     x ← x + h·attention(norm(x)),   x ← x + h·mlp(norm(x)).
 *
 * With h = 1 it is GPT-2 (Radford et al., 2019) with the exact GELU. Activations are [time·batch, width]: `attention` says why.
 */
import type { Tensor, Trace } from '../program/trace.js';
import type { SizedModel } from './parameters.js';

/** What a level fixes: how many layers, and the step size of each. */
export interface LevelShape {
  readonly layers: number;
  readonly h: number;
}

/** Finds a traced parameter by its full name; undefined where the model has none (biases). */
export type Parameters = (name: string) => Tensor | undefined;

const NORM_EPSILON = 1e-5;
/** In which `gelu` takes x and gives its value. */
const GELU_UNIT = Math.SQRT2;

const required = (parameters: Parameters, name: string): Tensor => {
  const tensor = parameters(name);
  if (tensor === undefined) throw new Error(`parameter ${name} is not traced`);
  return tensor;
};

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
  trace: Trace,
  parameters: Parameters,
  name: string,
  { x, unit }: InUnits,
  h: number,
  survival: Tensor | undefined,
): Tensor => {
  const scaled = (tensor: Tensor): Tensor => (survival === undefined ? tensor : trace.mul(tensor, survival));
  const bias = parameters(`${name}.bias`);
  return product(trace, x, scaled(required(parameters, `${name}.weight`)), bias && scaled(trace.mul(bias, trace.scalar(h))), h * unit);
};

/**
 * norm(x)·W + b in a unit, from x normalised: the norm's weight and bias are folded into W and b, which are smaller than the activations,
 * (x̂∘γ + β)·W + b = x̂·(γ∘W) + (β·W + b).
 */
const affineOfNorm = (trace: Trace, parameters: Parameters, norm: string, name: string, normal: Tensor, unit = 1): Tensor => {
  const gamma = required(parameters, `${norm}.weight`);
  const beta = parameters(`${norm}.bias`);
  const weight = required(parameters, `${name}.weight`);
  const bias = parameters(`${name}.bias`);
  const column = (x: Tensor): Tensor => trace.reshape(x, [gamma.type.shape[0] ?? 0, 1]);
  const shifted = beta && bias && trace.add(trace.sumTo(trace.mul(column(beta), weight), bias.type.shape), bias);
  return product(trace, normal, trace.mul(column(gamma), weight), shifted && trace.mul(shifted, trace.scalar(1 / unit)), 1 / unit);
};

/** x̂∘γ + β */
const finalNorm = (trace: Trace, parameters: Parameters, x: Tensor): Tensor => {
  const scaled = trace.mul(trace.normalize(x, NORM_EPSILON), required(parameters, 'norm.weight'));
  const beta = parameters('norm.bias');
  return beta === undefined ? scaled : trace.add(scaled, beta);
};

/** Hidden states before the head, from tokens [time·batch]. `survivals`: a scalar a layer, by which its branches are multiplied. */
export const hiddenStates = (
  trace: Trace,
  model: SizedModel,
  level: LevelShape,
  batch: number,
  parameters: Parameters,
  tokens: Tensor,
  survivals: readonly Tensor[] = [],
): Tensor => {
  const { context, width, heads } = model;
  const embedded = trace.reshape(trace.gather(required(parameters, 'embedding.token.weight'), tokens), [context, batch, width]);
  const positions = trace.reshape(required(parameters, 'embedding.position.weight'), [context, 1, width]);
  let x = trace.reshape(trace.add(embedded, positions), [context * batch, width]);
  for (let layer = 0; layer < level.layers; layer++) {
    const name = `layers.${layer}`;
    const attentionInput = trace.normalize(x, NORM_EPSILON);
    const [q, k, v] = ['query', 'key', 'value'].map((part) =>
      affineOfNorm(trace, parameters, `${name}.attention.norm`, `${name}.attention.${part}`, attentionInput),
    );
    const mixed = trace.attention(q as Tensor, k as Tensor, v as Tensor, { batch, heads, scale: 1 / Math.sqrt(width / heads) });
    x = trace.add(x, branch(trace, parameters, `${name}.attention.output`, { x: mixed, unit: 1 }, level.h, survivals[layer]));
    const mlpInput = trace.normalize(x, NORM_EPSILON);
    const expanded = affineOfNorm(trace, parameters, `${name}.mlp.norm`, `${name}.mlp.expand`, mlpInput, GELU_UNIT);
    const active: InUnits = { x: trace.gelu(expanded), unit: GELU_UNIT };
    x = trace.add(x, branch(trace, parameters, `${name}.mlp.contract`, active, level.h, survivals[layer]));
  }
  return finalNorm(trace, parameters, x);
};

/** Logits [time·batch, vocabulary] through the tied head. */
export const logits = (trace: Trace, parameters: Parameters, hidden: Tensor): Tensor =>
  trace.matmul(hidden, required(parameters, 'embedding.token.weight'), { transposeB: true });
