/** What transfers know about a layer's tensors: names, shapes, axes. Not here: the axes of each parameter (`src/model`), values. */
import { type Shape, sizeOf } from '../program/program.js';

/** An axis over units that are merged in groups: units that a tensor reads, or units that it writes. */
export interface NarrowedAxis {
  readonly of: 'hidden' | 'heads' | 'units';
  readonly side: 'input' | 'output';
}

/** `kept`: tokens, positions. */
export type Axis = NarrowedAxis | 'kept';

/** A tensor that layers have in common: a parameter, or a moment of one. */
export interface LayerTensor {
  readonly name: string;
  /** Tensors of one class are blended with the same weights. */
  readonly class: string;
  readonly shape: Shape;
  /** The meaning of its axes. */
  readonly axes: readonly Axis[];
  /** Its degree in the gradient: 0 for a parameter, which is not a moment. */
  readonly degree: 0 | 1 | 2;
  /** For a second moment v: the name of the first moment m beside it, and the largest m²/v that updates reach by themselves. */
  readonly bound?: { readonly first: string; readonly ratio: number };
  /** Where all of these parameters are zero, the layer adds nothing to the residual stream. */
  readonly endsBranch: boolean;
}

/** The class of a layer's parameters in a blend; the class of a moment is its name. */
export const PARAMETER_CLASS = 'parameter';

/** The parameters among the tensors of a cell, for each of which a gradient has a value. */
export const parameterTensors = (tensors: readonly LayerTensor[]): readonly LayerTensor[] =>
  tensors.filter((tensor) => tensor.class === PARAMETER_CLASS);

/** Bytes of a number in f32. */
const BYTES = 4;

export const bytesOfTensors = (tensors: readonly LayerTensor[]): number =>
  tensors.reduce((sum, { shape }) => sum + BYTES * sizeOf(shape), 0);

/** The tensors of each layer's cell, and those of the shared one, as transfers and merges blend them. */
export interface CellTensors {
  readonly layer: readonly LayerTensor[];
  readonly shared: readonly LayerTensor[];
}

/** A level's width, by heads and by units of the residual stream. */
export interface LevelWidth {
  readonly heads: number;
  readonly width: number;
}

/** The cells of a level, which depend on its width. */
export type TensorsAt = (level: LevelWidth) => CellTensors;
