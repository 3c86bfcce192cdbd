/**
 * Permanent growth of the width, as programs over the tensors of a layer or of the shared set: each unit of the residual stream and of the feed-forward
 * part, and each head, becomes `factor` of them, the first of which is the one that was there.
 *
 * A wider network whose activations are those of the narrower one, each written `factor` times, has the same means, mean squares and attention
 * everywhere. So new units are copies where a tensor writes them, and where a tensor reads them its weight w is shared out, w = Σ s_c·w with Σ s_c = 1
 * over the copies c: the function is preserved. The ways differ in the shares (`WidthWay`):
 *
 * | way    | share of copy c            | new entries of a tensor                                   |
 * |--------|----------------------------|-----------------------------------------------------------|
 * | copy   | 1/k                        | copies                                                    |
 * | uneven | (1 + u_c − mean(u))/k      | copies; u uniform in ±1/2, drawn for every entry           |
 * | zero   | 1 for c = 0, else 0        | copies where written, 0 where read                        |
 * | random | no shares                  | matrices: N(0, mean(w²)); vectors: copies; all · k^(−1/2) for each axis that is read |
 *
 * The last one does not preserve the function but the variance of a sum of k times as many independent terms (Yu et al., 2026, §3.2). Not here: which
 * axis is which (`src/model`), the way there and back between levels (`width.ts`).
 */
import { stream } from '../data/random.js';
import { type Program, type Shape, sizeOf } from '../program/program.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { Grouping } from '../schedule/operators/operator.js';
import type { MomentsPolicy, WidthWay } from '../schedule/schedule.js';
import { type Axis, type LayerTensor, type NarrowedAxis, PARAMETER_CLASS } from './layer-tensor.js';
import { coarseShape, splitAxis } from './width.js';

export interface Widening {
  readonly way: WidthWay;
  readonly grouping: Grouping;
  /** Units of a head, which keeps its size. */
  readonly headSize: number;
  /** What becomes of moments; `reset` has made them zeros before. */
  readonly policy: MomentsPolicy;
}

/** The axes whose new entries are zeros; along all others they are copies. And the factor of all entries. */
interface Filling {
  readonly zeros: readonly NarrowedAxis['side'][];
  readonly factor: number;
}

const both = ['input', 'output'] as const;

const count = (axes: readonly Axis[], side: NarrowedAxis['side']): number =>
  axes.filter((axis) => axis !== 'kept' && axis.side === side).length;

const isMatrix = ({ axes }: Pick<LayerTensor, 'axes'>): boolean => axes.length > 1;

/** Of a weight, but for what is drawn. */
const weightFilling = (tensor: Pick<LayerTensor, 'axes'>, { way, grouping: { factor: k } }: Widening): Filling => {
  const read = count(tensor.axes, 'input');
  if (way === 'zero') return { zeros: ['input'], factor: 1 };
  if (way === 'random') return { zeros: isMatrix(tensor) ? both : [], factor: k ** (-read / 2) };
  return { zeros: [], factor: k ** -read };
};

/**
 * The gradient of an entry after the growth, relative to that before: what reads a copy has the gradient of what reads the original, and what writes it
 * has the share with which it is read. Two parts are left out: what units that nothing reads (`zero`) get through the norms over them; and that
 * neighbouring copies of a head of keys and values serve different heads of queries, of whose gradients each has the mean here.
 */
const gradientFilling = (tensor: Pick<LayerTensor, 'axes'>, { way, grouping: { factor: k } }: Widening): Filling => {
  if (way === 'zero') return { zeros: ['output'], factor: 1 };
  if (way === 'random') return { zeros: isMatrix(tensor) ? both : [], factor: 1 };
  return { zeros: [], factor: k ** -count(tensor.axes, 'output') };
};

/** Moments of degree d move by the d-th power of what the weights, or with `rescale` their gradients, move by; `zero-new` moves only what was there. */
export const fillingOf = (tensor: Pick<LayerTensor, 'axes' | 'degree'>, widening: Widening): Filling => {
  const weight = weightFilling(tensor, widening);
  if (tensor.degree === 0) return weight;
  const { zeros, factor } = widening.policy === 'rescale' ? gradientFilling(tensor, widening) : weight;
  return { zeros: widening.policy === 'zero-new' ? both : zeros, factor: factor ** tensor.degree };
};

/** A tensor's shape with each axis over units as coarse units (whole heads) and, apart, the axis of their copies. */
interface Apart {
  /** With one copy of each. */
  readonly single: Shape;
  /** The axes of copies. */
  readonly copies: readonly { readonly at: number; readonly side: NarrowedAxis['side'] }[];
}

const apart = ({ axes, shape }: LayerTensor, { grouping, headSize }: Widening): Apart => {
  const coarse = coarseShape(shape, axes, grouping.factor);
  const parts = axes.flatMap((axis, index) =>
    splitAxis(axis, coarse[index] ?? 1, { groupings: [grouping], headSize }, true).map((part) => ({ ...part, axis })),
  );
  return {
    single: parts.map(({ size }) => size),
    copies: parts.flatMap(({ groups, axis }, at) => (groups && axis !== 'kept' ? [{ at, side: axis.side }] : [])),
  };
};

const resized = (shape: Shape, at: number, size: number): Shape => shape.map((each, index) => (index === at ? size : each));

/** From the narrower shape to the wider one, axis by axis. */
const filled = (trace: Tracer, narrow: Tensor, tensor: LayerTensor, widening: Widening, zeros: Filling['zeros']): Tensor => {
  const { factor } = widening.grouping;
  const { single, copies } = apart(tensor, widening);
  const wide = copies.reduce(
    (so, { at, side }) => {
      const { shape } = so.type;
      if (!zeros.includes(side)) return trace.broadcast(so, resized(shape, at, factor));
      return trace.concat([so, trace.broadcast(trace.scalar(0), resized(shape, at, factor - 1))], at);
    },
    trace.reshape(narrow, single),
  );
  return trace.reshape(wide, tensor.shape);
};

/** Whether random numbers belong to a tensor: for each of its entries one. */
const isDrawn = (tensor: LayerTensor, { way }: Widening): boolean =>
  tensor.class === PARAMETER_CLASS &&
  ((way === 'uneven' && count(tensor.axes, 'input') > 0) ||
    (way === 'random' && isMatrix(tensor) && tensor.axes.some((axis) => axis !== 'kept')));

const DRAWN = 'drawn/';

const drawnInput = (name: string): string => `${DRAWN}${name}`;

/** The tensor whose random numbers an input of the program is for, if it is for some. */
export const drawnFor = (input: string): string | undefined => (input.startsWith(DRAWN) ? input.slice(DRAWN.length) : undefined);

/**
 * The random numbers of a tensor, by the seed, its full name and the new width alone.
 *
 * @param width units of the residual stream after the growth.
 */
export const drawn = (way: WidthWay, shape: Shape, seed: number, fullName: string, width: number): Float32Array => {
  const values = new Float32Array(sizeOf(shape));
  const numbers = stream(seed, `wider/${fullName}`, width);
  if (way === 'random') numbers.fillNormal(values, 1);
  else for (let index = 0; index < values.length; index++) values[index] = numbers.uniform() - 0.5;
  return values;
};

/** w·(1 + u − mean(u)), the mean over the copies that a tensor reads, so that their sum stays. */
const unevenly = (trace: Tracer, even: Tensor, tensor: LayerTensor, widening: Widening): Tensor => {
  const { factor } = widening.grouping;
  const { single, copies } = apart(tensor, widening);
  const u = trace.input(drawnInput(tensor.name), 'tensor', { dtype: 'f32', shape: tensor.shape });
  const shape = copies.reduce((so, { at }) => resized(so, at, factor), single);
  const among = copies.find(({ side }) => side === 'input')?.at ?? 0;
  const parts = trace.reshape(u, shape);
  const centred = trace.sub(parts, trace.mul(trace.sum(parts, [among]), trace.scalar(1 / factor)));
  return trace.add(even, trace.mul(even, trace.reshape(centred, tensor.shape)));
};

/** Random numbers with the root mean square of the narrower tensor, where nothing was. */
const withRandom = (trace: Tracer, narrow: Tensor, old: Tensor, tensor: LayerTensor, widening: Widening): Tensor => {
  const normal = trace.input(drawnInput(tensor.name), 'tensor', { dtype: 'f32', shape: tensor.shape });
  const ones = trace.broadcast(trace.scalar(1), narrow.type.shape);
  const isNew = trace.sub(trace.scalar(1), filled(trace, ones, tensor, widening, both));
  const square = trace.mul(trace.sumOfSquares(narrow), trace.scalar(1 / sizeOf(narrow.type.shape)));
  return trace.add(old, trace.mul(trace.mul(normal, isNew), trace.sqrt(square)));
};

const widened = (trace: Tracer, tensor: LayerTensor, widening: Widening): Tensor => {
  const shape = coarseShape(tensor.shape, tensor.axes, widening.grouping.factor);
  const narrow = trace.input(tensor.name, 'tensor', { dtype: 'f32', shape });
  const { zeros, factor } = fillingOf(tensor, widening);
  const old = filled(trace, narrow, tensor, widening, zeros);
  const all = isDrawn(tensor, widening) && widening.way === 'random' ? withRandom(trace, narrow, old, tensor, widening) : old;
  const scaled = factor === 1 ? all : trace.mul(all, trace.scalar(factor));
  return isDrawn(tensor, widening) && widening.way === 'uneven' ? unevenly(trace, scaled, tensor, widening) : scaled;
};

/** Equal exactly where the programs are. */
export const widenKey = (tensors: readonly LayerTensor[], { way, grouping, headSize, policy }: Widening): string =>
  `grow ${way} ${grouping.factor} ${grouping.pairing} ${headSize} ${policy} ${tensors.map(({ name, shape }) => `${name}[${shape}]`).join()}`;

/** Each tensor by its name, wider. `tensors` are those of the wider network. */
export const widenProgram = (tensors: readonly LayerTensor[], widening: Widening): Program => {
  const trace = new Tracer(`grow[width ${widening.grouping.factor}, ${widening.way}]`);
  return trace.finish(tensors.map((tensor) => ({ name: tensor.name, tensor: widened(trace, tensor, widening) })));
};
