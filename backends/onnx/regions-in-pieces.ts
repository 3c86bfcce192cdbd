/**
 * Which updates on ONNX Runtime are computed piece by piece, and into what pieces their tensors are divided. Not here: their nodes
 * (`update-in-pieces.ts`).
 */
import { type Program, type Shape, sizeOf } from '../../src/program/program.js';
import { type UpdateRegion, updateRegionsOf } from '../update-regions.js';

/**
 * The approximate number of elements per piece. Intermediate values stay in the caches, and an operation is large enough that ONNX Runtime divides it
 * among threads, as it does not those of 2¹⁶.
 */
const PIECE = 1 << 18;
/** Smaller tensors are not worth it. */
const SMALLEST = 1 << 16;

/**
 * An even division into [pieces, elements of each]; undefined where there is none near the wanted size.
 *
 * @example
 * inPieces(50257 * 256) // [58, 221824]
 */
export const inPieces = (size: number): Shape | undefined => {
  for (let pieces = Math.ceil(size / PIECE); size / pieces >= PIECE / 8; pieces++) if (size % pieces === 0) return [pieces, size / pieces];
  return undefined;
};

export interface RegionInPieces extends UpdateRegion {
  /** [pieces, elements of each], into which its tensors are divided. */
  readonly pieces: Shape;
}

export const regionsInPieces = (program: Program): readonly RegionInPieces[] =>
  updateRegionsOf(program, (shape) => shape.length > 1 && sizeOf(shape) >= SMALLEST).flatMap((region) => {
    const pieces = inPieces(sizeOf(region.shape));
    return pieces === undefined ? [] : [{ ...region, pieces }];
  });
