/**
 * The parameters of the ODE transformer: names, shapes, and how they begin. Not here: what is computed from them (`gpt.ts`).
 *
 * Shared parameters belong to every level; layer parameters belong to one layer and are named within it.
 */

import { stream } from '../data/random.js';
import type { ParameterRole } from '../optimizer/parameter-role.js';
import { type Shape, sizeOf } from '../program/program.js';
import type { GptModel } from '../schedule/schedule.js';

export interface ParameterSpec {
  /** Within its group: `embedding.token.weight` (shared), `attention.query.weight` (of a layer). */
  readonly name: string;
  readonly shape: Shape;
  readonly role: ParameterRole;
  /** Standard deviation of the normal distribution that it begins with, or the constant. */
  readonly initial: { readonly normal: number } | { readonly constant: number };
}

/** A model whose vocabulary is known. */
export type SizedModel = GptModel & { readonly vocabulary: number };

/** GPT-2's standard deviation (Radford et al., 2019; as in the released code). */
const DEVIATION = 0.02;

const normal = (name: string, role: ParameterRole, shape: Shape, deviation = DEVIATION): ParameterSpec => ({
  name,
  shape,
  role,
  initial: { normal: deviation },
});
const constant = (name: string, size: number, value: number): ParameterSpec => ({
  name,
  shape: [size],
  role: 'vector',
  initial: { constant: value },
});

const affine = (model: GptModel, name: string, from: number, to: number, deviation = DEVIATION): readonly ParameterSpec[] => [
  normal(`${name}.weight`, 'matrix', [from, to], deviation),
  ...(model.bias ? [constant(`${name}.bias`, to, 0)] : []),
];

const norm = (model: GptModel, name: string): readonly ParameterSpec[] => [
  constant(`${name}.weight`, model.width, 1),
  ...(model.bias ? [constant(`${name}.bias`, model.width, 0)] : []),
];

/** Token embedding [V, C] (tied with the head), position embedding [T, C], final norm. */
export const sharedParameters = (model: SizedModel): readonly ParameterSpec[] => [
  normal('embedding.token.weight', 'embedding', [model.vocabulary, model.width]),
  normal('embedding.position.weight', 'embedding', [model.context, model.width]),
  ...norm(model, 'norm'),
];

/** One layer: y = x·W + b with W [in, out]. The two projections back into the residual stream begin smaller by √(2·layers), as GPT-2's. */
export const layerParameters = (model: GptModel): readonly ParameterSpec[] => {
  const { width } = model;
  const residual = DEVIATION / Math.sqrt(2 * Math.max(1, model.layers));
  return [
    ...norm(model, 'attention.norm'),
    ...affine(model, 'attention.query', width, width),
    ...affine(model, 'attention.key', width, width),
    ...affine(model, 'attention.value', width, width),
    ...affine(model, 'attention.output', width, width, residual),
    ...norm(model, 'mlp.norm'),
    ...affine(model, 'mlp.expand', width, 4 * width),
    ...affine(model, 'mlp.contract', 4 * width, width, residual),
  ];
};

/** The full name of a layer's parameter: `layers.3.attention.query.weight`. */
export const layerParameterName = (layer: number, name: string): string => `layers.${layer}.${name}`;

/** Initial values. Each tensor draws from a stream of its own, so that none depends on another or on an order. */
export const initialValues = ({ shape, initial }: ParameterSpec, fullName: string, seed: number): Float32Array => {
  const values = new Float32Array(sizeOf(shape));
  if ('constant' in initial) return values.fill(initial.constant);
  stream(seed, `parameter/${fullName}`).fillNormal(values, initial.normal);
  return values;
};

/** Number of parameters of a model with `layers` layers. */
export const parameterCount = (model: SizedModel, layers = model.layers): number => {
  const count = (specs: readonly ParameterSpec[]): number => specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
  return count(sharedParameters(model)) + layers * count(layerParameters(model));
};
