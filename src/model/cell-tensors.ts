/** The tensors in the cells of a level, as transfers see them: a model's parameters and the moments that its update rule keeps. Not here: values. */
import { momentsOf } from '../optimizer/index.js';
import type { Optimizer } from '../schedule/schedule.js';
import { type CellTensors, type LayerTensor, PARAMETER_CLASS, type TensorsAt } from '../transfer/layer-tensor.js';
import type { ParameterSpec, SizedModel } from './family.js';
import { layerParameters, modelAt, sharedParameters } from './parameters.js';
import { momentName } from './training-step.js';

const blended = (parameters: readonly ParameterSpec[], optimizer: Optimizer): readonly LayerTensor[] =>
  parameters.flatMap(({ name, shape, role, axes, endsBranch = false }): readonly LayerTensor[] => [
    { name, class: PARAMETER_CLASS, shape, axes, degree: 0, endsBranch },
    ...momentsOf(optimizer, role).map((moment) => ({
      name: momentName(name, moment.name),
      class: moment.name,
      shape,
      axes,
      degree: moment.degree,
      endsBranch,
      ...(moment.bound === undefined ? {} : { bound: { first: momentName(name, moment.bound.first), ratio: moment.bound.ratio } }),
    })),
  ]);

/** A schedule has few widths and may have thousands of stages, each of which asks: the tensors of a width are found once. */
export const tensorsOf = (model: SizedModel, optimizer: Optimizer): TensorsAt => {
  const known = new Map<number, CellTensors>();
  return ({ heads }) => {
    const found = known.get(heads);
    if (found !== undefined) return found;
    const here = modelAt(model, { heads });
    const tensors: CellTensors = { layer: blended(layerParameters(here), optimizer), shared: blended(sharedParameters(here), optimizer) };
    known.set(heads, tensors);
    return tensors;
  };
};
