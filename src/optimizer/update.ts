/**
 * The update of a training step, as a program: the gradient's global norm, clipping by it, and the optimizer's rule for every parameter. Not here:
 * the rules (`sgd.ts`, `adamw.ts`, …). Values that change from step to step (learning rates, bias corrections) enter as scalars, which the rules
 * compute.
 *
 * What depends on the gradient is traced after it, the last layer's first: runtimes that order operations by dependence and then by position in the
 * program would otherwise compute those values early and hold them through the whole backward pass.
 */

import type { Tracer } from '../program/tracer.js';
import type { Tensor } from '../program/types/trace.js';
import type { Optimizer } from '../schedule/schedule.js';
import { ruleOf } from './index.js';
import { packed } from './packs.js';
import type { Updatable, Updated } from './update-rule.js';

/** As PyTorch's `clip_grad_norm_`. */
const CLIP_EPSILON = 1e-6;

const clipOf = (trace: Tracer, { clip }: Optimizer, gradientNorm: Tensor): Tensor =>
  clip > 0
    ? trace.minimum(trace.scalar(1), trace.div(trace.scalar(clip), trace.add(gradientNorm, trace.scalar(CLIP_EPSILON))))
    : trace.scalar(1);

export const update = (
  trace: Tracer,
  optimizer: Optimizer,
  updatables: readonly Updatable[],
): { readonly gradientNorm: Tensor; readonly tensors: readonly Updated[] } => {
  const packs = packed(trace, updatables);
  const squares = packs.map(({ whole }) => trace.sumOfSquares(whole.gradient));
  const gradientNorm = trace.sqrt(squares.reduceRight((total, square) => trace.add(total, square)));
  const inputs = new Map<string, Tensor>();
  const scalar = (name: string): Tensor => {
    const known = inputs.get(name) ?? trace.input(name, 'scalar', { dtype: 'f32', shape: [] });
    inputs.set(name, known);
    return known;
  };
  const become = ruleOf(optimizer).update(optimizer, { trace, clip: clipOf(trace, optimizer, gradientNorm), scalar });
  const tensors: Updated[] = [];
  for (const { whole, unpack, places } of packs) {
    const updated = unpack(become(whole));
    for (const [part, place] of places.entries()) tensors[place] = updated[part] as Updated;
  }
  return { gradientNorm, tensors };
};
