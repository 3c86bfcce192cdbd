/**
 * CompleteP (Dey et al., 2025, "Don't be lazy: CompleteP enables compute-efficient deep transformers", table 1 with α = 1): how initial values, rates
 * and ε depend on width and depth, so that one learning rate suits networks of all sizes. With m = width / base width and the step size h of the
 * level, which is base layers / layers where a run begins (`src/schedule/grid.ts`):
 *
 *                             initial values   rate   ε of AdamW
 *     matrix of a layer       σ/√m             η/m    ε·h/m
 *     bias, norm of a layer   as they are      η      ε·h/m
 *     embedding               σ                η      ε/m
 *     logits                  multiplied by 1/m
 *
 * The factor of the logits is part of what the head alone reads (the final norm, or a head of its own): its values begin 1/m times as large, its rate is
 * η/m, and its gradient, m times as large as that of the undivided tensor, leaves ε. So no file format has to know of it, and a transfer over the width
 * does to it what a smaller network has. The paper's decay of a matrix is λ·m at the rate η/m: the decay of a step is η·λ for every tensor, as without
 * it. The deviation σ of the last product of a branch, which GPT-2 divides by √(2·layers), has the base's layers. Heads keep their size.
 *
 * Everything about depth is in h. A layer that is applied several times has the sum of its applications' gradients, and so ε·(h·loops) for ε·h. Not here: rules that use the factors (`src/optimizer`), which parameters there are (a family's file).
 */
import type { ParameterScales } from '../optimizer/update-rule.js';
import type { Discretization } from '../schedule/grid.js';
import type { SizedModel } from './family.js';
import type { ParameterSpec } from './parameter-spec.js';

export const unscaled: ParameterScales = { rate: 1, epsilon: 1 };

/** Width by base width; undefined under the standard parametrisation. */
const widthMultiplier = ({ parametrisation, width, baseWidth = width }: SizedModel): number | undefined =>
  parametrisation === undefined ? undefined : width / baseWidth;

/** Whether it reads the residual stream: a matrix of a layer; among shared parameters, what the head alone reads. */
const readsStream = ({ axes }: ParameterSpec): boolean => axes.some((axis) => axis !== 'kept' && axis.side === 'input');

/** The factor of a parameter's initial values. */
const initialFactor = (spec: ParameterSpec, m: number, shared: boolean): number => {
  if (shared) return readsStream(spec) ? 1 / m : 1;
  return spec.role === 'matrix' ? 1 / Math.sqrt(m) : 1;
};

/** The specifications of parameters with their initial values as the model's parametrisation has them. */
export const parametrised = (model: SizedModel, of: 'shared' | 'layer', specs: (model: SizedModel) => readonly ParameterSpec[]) => {
  const m = widthMultiplier(model);
  if (m === undefined) return specs(model);
  return specs({ ...model, layers: model.baseLayers ?? model.layers }).map((spec): ParameterSpec => {
    const { initial } = spec;
    const factor = initialFactor(spec, m, of === 'shared');
    return { ...spec, initial: 'normal' in initial ? { normal: initial.normal * factor } : { constant: initial.constant * factor } };
  });
};

/** The factors of a parameter's learning rate and ε on a level. */
export const scalesOf = (
  model: SizedModel,
  { h, loops = 1 }: Pick<Discretization, 'h' | 'loops'>,
  spec: ParameterSpec,
  of: 'shared' | 'layer',
): ParameterScales => {
  const m = widthMultiplier(model);
  if (m === undefined) return unscaled;
  if (of === 'layer') return { rate: spec.role === 'matrix' ? 1 / m : 1, epsilon: (h * loops) / m };
  return readsStream(spec) ? { rate: 1 / m, epsilon: 1 } : { rate: 1, epsilon: 1 / m };
};
