/**
 * The transfer over the width (coalescing; Zou et al., 2024), as programs over the tensors of a layer or of the shared set: `factor` neighbouring
 * units of the residual stream, of the feed-forward part, and whole heads (unit by unit) become one, and go back to where they came from.
 *
 * With E [coarse, fine], which writes each coarse unit to its fine ones, a fine network whose activations are x = x'E computes what the coarse
 * one does if W = A·W'·E with A = Eᵀ/factor: that is P. R is W' = E·W·A: sums over what a matrix reads, means over what it writes; E·A = I, so
 * that R·P = I. Not here: which axis is which (`src/model`), layers (`layer-matrix.ts`).
 */
import type { Program, Shape } from '../program/program.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { Axis, LayerTensor, NarrowedAxis } from './layer-tensor.js';

export interface Narrowing {
  readonly factor: number;
  /** Units of a head, which stays whole. */
  readonly headSize: number;
}

export interface Resizing extends Narrowing {
  /** `narrow` is R, `widen` P. */
  readonly direction: 'narrow' | 'widen';
  /** Whether moments are brought to the size that the gradient has after the transfer (`rescale`), or move as the weights do. */
  readonly rescale: boolean;
}

const count = (axes: readonly Axis[], side: NarrowedAxis['side']): number =>
  axes.filter((axis) => axis !== 'kept' && axis.side === side).length;

/**
 * What multiplies a tensor besides sums (down) or copies (up): the means. Second moments take each coefficient times the sum of all that come
 * together, for (Σ w g)² ≤ Σ w · Σ w g²: exact where the units agree, and on the safe side where they do not. The gradient of the coarse loss is
 * Pᵀ G, which is R G times factor^(outputs − inputs).
 */
export const scaleOf = ({ axes, degree }: Pick<LayerTensor, 'axes' | 'degree'>, { factor, direction, rescale }: Resizing): number => {
  const [inputs, outputs] = [count(axes, 'input'), count(axes, 'output')];
  const down = direction === 'narrow';
  const means = factor ** (down ? -outputs : -inputs);
  const sums = factor ** (down ? inputs : -inputs);
  const gradient = factor ** (down ? outputs - inputs : inputs - outputs);
  return means * (degree === 2 ? sums : 1) * (rescale ? gradient ** degree : 1);
};

/** The units of an axis of the coarse tensor as groups of which each fine unit is one: [before, factor, within]. */
const splitAxis = (axis: Axis, coarse: number, size: number, { headSize }: Narrowing): readonly number[] => {
  if (axis === 'kept') return [coarse];
  return axis.of === 'heads' ? [coarse / headSize, size, headSize] : [coarse, size];
};

export const coarseShape = (shape: Shape, axes: readonly Axis[], factor: number): Shape =>
  shape.map((size, index) => (axes[index] === 'kept' ? size : size / factor));

/** A shape with its groups apart, and where those stand. */
const split = (coarse: Shape, axes: readonly Axis[], size: number, narrowing: Narrowing) => {
  const shape: number[] = [];
  const groups: number[] = [];
  for (const [index, axis] of axes.entries()) {
    if (axis !== 'kept') groups.push(shape.length + 1);
    shape.push(...splitAxis(axis, coarse[index] ?? 1, size, narrowing));
  }
  return { shape, groups };
};

/** Sums over the groups one axis after the other, so that two equal units give twice their value to the bit. */
const narrowed = (trace: Tracer, fine: Tensor, tensor: LayerTensor, resizing: Resizing): Tensor => {
  const { axes, shape } = tensor;
  const coarse = coarseShape(shape, axes, resizing.factor);
  const { shape: apart, groups } = split(coarse, axes, resizing.factor, resizing);
  const sums = groups.reduce((sum, group) => trace.sum(sum, [group]), trace.reshape(fine, apart));
  return trace.mul(trace.reshape(sums, coarse), trace.scalar(scaleOf(tensor, resizing)));
};

const widened = (trace: Tracer, coarse: Tensor, tensor: LayerTensor, resizing: Resizing): Tensor => {
  const { axes, shape } = tensor;
  const small = coarseShape(shape, axes, resizing.factor);
  const scaled = trace.mul(coarse, trace.scalar(scaleOf(tensor, resizing)));
  const single = trace.reshape(scaled, split(small, axes, 1, resizing).shape);
  return trace.reshape(trace.broadcast(single, split(small, axes, resizing.factor, resizing).shape), shape);
};

/** Each tensor by its name, resized. `tensors` are those of the fine level. */
export const resizeProgram = (tensors: readonly LayerTensor[], resizing: Resizing): Program => {
  const { direction, factor } = resizing;
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

/** Of each unit of a fine axis, the coarse one. */
const sourcesOf = (axis: Axis, fine: number, { factor, headSize }: Narrowing): readonly number[] =>
  Array.from({ length: fine }, (_, unit) => {
    if (axis === 'kept') return unit;
    if (axis.of !== 'heads') return Math.floor(unit / factor);
    return Math.floor(Math.floor(unit / headSize) / factor) * headSize + (unit % headSize);
  });

/** A weight widened on the host to a fine shape, for what is on no backend (a checkpoint). */
export const widenedValues = (values: Float32Array, shape: Shape, axes: readonly Axis[], narrowing: Narrowing): Float32Array => {
  const scale = scaleOf({ axes, degree: 0 }, { ...narrowing, direction: 'widen', rescale: false });
  const [rows, columns] =
    shape.length === 1 ? [[0], shape[0] ?? 0] : [sourcesOf(axes[0] ?? 'kept', shape[0] ?? 0, narrowing), shape[1] ?? 0];
  const across = sourcesOf(axes.at(-1) ?? 'kept', columns, narrowing);
  const width = values.length / (Math.max(...rows) + 1);
  return Float32Array.from(rows.flatMap((row) => across.map((column) => (values[row * width + column] ?? 0) * scale)));
};
