/** The parameters of a model of any family: their names, groups, number and initial values. Not here: which there are (a family's file). */
import { stream } from '../data/random.js';
import { sizeOf } from '../program/program.js';
import type { Discretization } from '../schedule/grid.js';
import type { Model } from '../schedule/schedule.js';
import { familyOf } from './families.js';
import type { ParameterSpec, SizedModel } from './family.js';
import { parametrised } from './parametrisation.js';

/** The full name of a layer's parameter: `layers.3.attention.query.weight`. */
export const layerParameterName = (layer: number, name: string): string => `layers.${layer}.${name}`;

export const sharedParameters = (model: SizedModel): readonly ParameterSpec[] =>
  parametrised(model, 'shared', (sized) => familyOf(model).sharedParameters(sized));
export const layerParameters = (model: SizedModel): readonly ParameterSpec[] =>
  parametrised(model, 'layer', (sized) => familyOf(model).layerParameters(sized));

/** Every parameter of a level with its full name, shared ones first, and the group that it is updated with. */
export const levelParameters = (
  model: SizedModel,
  level: Discretization,
): readonly { readonly fullName: string; readonly group: string; readonly spec: ParameterSpec }[] => [
  ...sharedParameters(model).map((spec) => ({ fullName: spec.name, group: 'shared', spec })),
  ...Array.from({ length: level.layers }, (_, layer) =>
    layerParameters(model).map((spec) => ({ fullName: layerParameterName(layer, spec.name), group: `layers.${layer}`, spec })),
  ).flat(),
];

/** Initial values. Each tensor draws from a random stream of its own, so that none depends on another or on an order. */
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

/** The model as it is on a level, which may have fewer heads and units, or more after a growth. */
export const modelAt = <M extends Model>(model: M, { heads }: { readonly heads: number }): M =>
  heads === model.heads ? model : (familyOf(model).resized(model, (size) => (size * heads) / model.heads) as M);
