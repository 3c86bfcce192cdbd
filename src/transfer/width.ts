/**
 * The transfer over the width (coalescing; Zou et al., 2024), as programs over the tensors of a layer or of the shared set: `factor` units of the
 * residual stream, of the feed-forward part, and whole heads (unit by unit) become one, and return to where they came from; groups are neighbours, or
 * units at the same position in each half.
 *
 * With E [coarse, fine], which writes each coarse unit to its fine ones, a fine network whose activations are x = x'E computes what the coarse one
 * does if W = A·W'·E with A = Eᵀ/factor: that is P. R is W' = E·W·A: sums over what a matrix reads, means over what it writes; E·A = I, so that R·P =
 * I. Not here: which axis is which (`src/model`), layers (`layer-matrix.ts`).
 */
import type { Program, Shape } from '../program/program.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { Grouping } from '../schedule/operators/operator.js';
import type { Axis, LayerTensor, NarrowedAxis } from './layer-tensor.js';

export interface Narrowing {
  /** One after the other, the first one first. */
  readonly groupings: readonly Grouping[];
  /** Units of a head, which stays intact. */
  readonly headSize: number;
}

export interface Resizing extends Narrowing {
  /** `narrow` is R, `widen` P. */
  readonly direction: 'narrow' | 'widen';
  /** Whether moments are scaled like the gradient after the transfer (`rescale`), or move as the weights do. */
  readonly rescale: boolean;
}

/** The divisor of the width. */
export const factorOf = (groupings: readonly Grouping[]): number => groupings.reduce((product, { factor }) => product * factor, 1);

const count = (axes: readonly Axis[], side: NarrowedAxis['side']): number =>
  axes.filter((axis) => axis !== 'kept' && axis.side === side).length;

/**
 * The factor of a tensor besides sums (down) or copies (up), which makes means of them. Second moments take each coefficient times the sum of those
 * in its group, since (Σ w g)² ≤ Σ w · Σ w g²: exact where the units agree, and an upper bound where they do not. The gradient of the coarse loss is
 * Pᵀ G, which is R G times factor^(outputs − inputs).
 */
export const scaleOf = (
  { axes, degree }: Pick<LayerTensor, 'axes' | 'degree'>,
  { groupings, direction, rescale }: Omit<Resizing, 'headSize'>,
): number => {
  const factor = factorOf(groupings);
  const [inputs, outputs] = [count(axes, 'input'), count(axes, 'output')];
  const down = direction === 'narrow';
  const means = factor ** (down ? -outputs : -inputs);
  const sums = factor ** (down ? inputs : -inputs);
  const gradient = factor ** (down ? outputs - inputs : inputs - outputs);
  return means * (degree === 2 ? sums : 1) * (rescale ? gradient ** degree : 1);
};

/** A part of an axis: the coarse units, a grouping, or the units within a head. */
interface Part {
  readonly size: number;
  readonly groups: boolean;
}

/**
 * A fine axis as several axes: the coarse units (whole heads), and around them the last grouping, then the one before it. Neighbours are adjacent, so
 * their axis is the inner one; halves are the outer one. `grouped`: with each group as one.
 */
export const splitAxis = (axis: Axis, coarse: number, { groupings, headSize }: Narrowing, grouped: boolean): readonly Part[] => {
  if (axis === 'kept') return [{ size: coarse, groups: false }];
  const heads = axis.of === 'heads';
  const parts: Part[] = [{ size: heads ? coarse / headSize : coarse, groups: false }];
  for (const { factor, pairing } of groupings.toReversed()) {
    const group: Part = { size: grouped ? 1 : factor, groups: true };
    if (pairing === 'halves') parts.unshift(group);
    else parts.push(group);
  }
  return heads ? [...parts, { size: headSize, groups: false }] : parts;
};

export const coarseShape = (shape: Shape, axes: readonly Axis[], factor: number): Shape =>
  shape.map((size, index) => (axes[index] === 'kept' ? size : size / factor));

/** A shape with separate axes for its groups (or each group as one, where `grouped`), and the positions of these axes. */
const split = (coarse: Shape, axes: readonly Axis[], narrowing: Narrowing, grouped = false) => {
  const parts = axes.flatMap((axis, index) => splitAxis(axis, coarse[index] ?? 1, narrowing, grouped));
  return { shape: parts.map(({ size }) => size), groups: parts.flatMap(({ groups }, index) => (groups ? [index] : [])) };
};

/** Sums over the groups, one axis after the other, so that two equal units give twice their value to the bit. */
const narrowed = (trace: Tracer, fine: Tensor, tensor: LayerTensor, resizing: Resizing): Tensor => {
  const { axes, shape } = tensor;
  const coarse = coarseShape(shape, axes, factorOf(resizing.groupings));
  const { shape: apart, groups } = split(coarse, axes, resizing);
  const sums = groups.reduce((sum, group) => trace.sum(sum, [group]), trace.reshape(fine, apart));
  return trace.mul(trace.reshape(sums, coarse), trace.scalar(scaleOf(tensor, resizing)));
};

const widened = (trace: Tracer, coarse: Tensor, tensor: LayerTensor, resizing: Resizing): Tensor => {
  const { axes, shape } = tensor;
  const small = coarseShape(shape, axes, factorOf(resizing.groupings));
  const scaled = trace.mul(coarse, trace.scalar(scaleOf(tensor, resizing)));
  const single = trace.reshape(scaled, split(small, axes, resizing, true).shape);
  return trace.reshape(trace.broadcast(single, split(small, axes, resizing).shape), shape);
};

/** Equal exactly where the programs are. */
export const resizeKey = (tensors: readonly LayerTensor[], { direction, groupings, headSize, rescale }: Resizing): string => {
  const grouped = groupings.map(({ factor, pairing }) => `${factor} ${pairing}`).join();
  return `${direction} ${grouped} ${headSize} ${rescale} ${tensors.map(({ name, shape }) => `${name}[${shape}]`).join()}`;
};

/** Each tensor by its name, resized. `tensors` are those of the fine level. */
export const resizeProgram = (tensors: readonly LayerTensor[], resizing: Resizing): Program => {
  const { direction } = resizing;
  const factor = factorOf(resizing.groupings);
  const trace = new Tracer(`${direction}[width ${factor}]`);
  return trace.finish(
    tensors.map((tensor) => {
      const { name, axes } = tensor;
      const shape = direction === 'narrow' ? tensor.shape : coarseShape(tensor.shape, axes, factor);
      const input = trace.input(name, 'tensor', { dtype: 'f32', shape });
      return { name, tensor: direction === 'narrow' ? narrowed(trace, input, tensor, resizing) : widened(trace, input, tensor, resizing) };
    }),
  );
};

/** For each of this many fine units or heads, the coarse one. */
export const groupedIn = (groupings: readonly Grouping[], fine: number): readonly number[] =>
  Array.from({ length: fine }, (_, index) => {
    let [coarse, all] = [index, fine];
    for (const { factor, pairing } of groupings) {
      all /= factor;
      coarse = pairing === 'halves' ? coarse % all : Math.floor(coarse / factor);
    }
    return coarse;
  });
