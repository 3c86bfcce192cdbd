/**
 * Operators by their kind: their parts, what each requires of the level that it restricts, and the level that it leads to. Not here: matrices over
 * tensors (`src/transfer`), their texts (`../print/stages.ts`).
 */
import { match, P } from 'ts-pattern';
import { mostCount } from '../bounds/counts.js';
import { grownLayers, grownLoops, growthFault } from '../bounds/growth.js';
import type { Grid } from '../grid.js';
import { printGrowth, printOperator } from '../print/stages.js';
import type { GrowStage, Growth, LayerOperator, MatrixOperator, Operator, Pairing, SimpleOperator } from '../schedule.js';
import {
  doesNotFit,
  indivisible,
  indivisibleHeads,
  indivisibleHidden,
  indivisibleKeyValueHeads,
  inside,
  noLayers,
  offsetNotBelowFactor,
  tooWide,
  wayNeedsWidth,
} from '../sentences.js';
import { composedRows, matrixFault } from './matrices.js';

/** The part of a grid that an operator depends on; and the other sizes of a model that a smaller width divides, where it has them. */
export interface LayersAndHeads extends Pick<Grid, 'layers' | 'heads' | 'loops'> {
  readonly keyValueHeads?: number;
  readonly hidden?: number;
}

/** The parts of an operator, in order: only itself, if it is not a composition. */
export const partsOf = (operator: Operator): readonly SimpleOperator[] => (operator.kind === 'compose' ? operator.operators : [operator]);

/** The divisor of heads and width. */
export const narrowing = (operator: Operator): number =>
  partsOf(operator).reduce((factor, part) => (part.kind === 'width' ? factor * part.factor : factor), 1);

/** How units are merged: how many, and which. */
export interface Grouping {
  readonly factor: number;
  readonly pairing: Pairing;
}

/** How an operator groups heads and units, one grouping after the other; consecutive groupings of the same pairing are one. */
export const groupings = (operator: Operator): readonly Grouping[] => {
  const found: Grouping[] = [];
  for (const part of partsOf(operator)) {
    if (part.kind !== 'width') continue;
    const { factor, pairing = 'neighbours' } = part;
    const last = found.at(-1);
    if (last?.pairing === pairing) found.splice(-1, 1, { factor: last.factor * factor, pairing });
    else found.push({ factor, pairing });
  }
  return found;
};

/** Its parts over layers, in order. */
export const layerParts = (operator: Operator): readonly LayerOperator[] =>
  partsOf(operator).filter((part): part is LayerOperator => part.kind !== 'width');

const coarserBy = (part: SimpleOperator, fine: LayersAndHeads): LayersAndHeads =>
  match(part)
    .with({ kind: P.union('every', 'average') }, ({ factor }) => ({ ...fine, layers: fine.layers / factor }))
    .with({ kind: 'matrix' }, ({ restriction }) => ({ ...fine, layers: restriction.length }))
    .with({ kind: 'width' }, ({ factor }) => ({
      ...fine,
      heads: fine.heads / factor,
      ...(fine.keyValueHeads === undefined ? {} : { keyValueHeads: fine.keyValueHeads / factor }),
      ...(fine.hidden === undefined ? {} : { hidden: fine.hidden / factor }),
    }))
    .exhaustive();

/** Of an object that also has other fields. */
export const layersAndHeads = ({ layers, heads, loops, keyValueHeads, hidden }: LayersAndHeads): LayersAndHeads => ({
  layers,
  heads,
  ...(loops === undefined ? {} : { loops }),
  ...(keyValueHeads === undefined ? {} : { keyValueHeads }),
  ...(hidden === undefined ? {} : { hidden }),
});

/** Layers and heads of the level that an operator leads to. */
export const coarseLayersAndHeads = (operator: Operator, fine: LayersAndHeads): LayersAndHeads =>
  partsOf(operator).reduce((grid, part) => coarserBy(part, grid), layersAndHeads(fine));

/** The number of layers of the coarse level. */
export const coarseLayers = (operator: Operator, layers: number): number => coarseLayersAndHeads(operator, { layers, heads: 1 }).layers;

const divisionFault = (name: string, factor: number, layers: number): string | undefined => {
  if (layers === 0) return noLayers(name);
  return layers % factor === 0 ? undefined : indivisible(name, factor, layers);
};

const widthFault = (
  name: string,
  factor: number,
  { heads, keyValueHeads = heads, hidden = factor }: LayersAndHeads,
): string | undefined => {
  if (heads % factor !== 0) return indivisibleHeads(name, factor, heads);
  if (keyValueHeads % factor !== 0) return indivisibleKeyValueHeads(name, factor, keyValueHeads);
  return hidden % factor === 0 ? undefined : indivisibleHidden(name, factor, hidden);
};

const partFault = (part: SimpleOperator, grid: LayersAndHeads): string | undefined =>
  match(part)
    .with({ kind: 'every' }, ({ factor, offset }) => {
      const name = printOperator(part);
      if (offset >= factor) return inside(`restrict(${name})`, offsetNotBelowFactor(factor, offset));
      return divisionFault(name, factor, grid.layers);
    })
    .with({ kind: 'average' }, ({ factor }) => divisionFault(printOperator(part), factor, grid.layers))
    .with({ kind: 'matrix' }, (matrix) => {
      const fault = matrixFault(matrix);
      if (fault !== undefined) return inside('restrict(matrix)', fault);
      const fine = matrix.prolongation.length;
      return fine === grid.layers ? undefined : doesNotFit(fine, grid.layers);
    })
    .with({ kind: 'width' }, ({ factor }) => widthFault(printOperator(part), factor, grid))
    .exhaustive();

/** The sentence about an operator that cannot restrict a level, or nothing; it names the part that cannot. */
export const operatorFault = (operator: Operator, fine: LayersAndHeads): string | undefined => {
  let grid = fine;
  for (const part of partsOf(operator)) {
    const fault = partFault(part, grid);
    if (fault !== undefined) return fault;
    grid = coarserBy(part, grid);
  }
  return undefined;
};

/** The sizes of the network after a growth. */
export const grownSizes = (growth: Growth, before: LayersAndHeads): LayersAndHeads => {
  const sizes = layersAndHeads(before);
  if (growth.kind === 'loop') return { ...sizes, loops: grownLoops(growth, sizes.loops) };
  if (growth.kind !== 'width') return { ...sizes, layers: grownLayers(growth, sizes.layers) };
  const { heads, keyValueHeads, hidden } = sizes;
  const wider = (size: number): number => size * growth.factor;
  return {
    ...sizes,
    heads: wider(heads),
    ...(keyValueHeads === undefined ? {} : { keyValueHeads: wider(keyValueHeads) }),
    ...(hidden === undefined ? {} : { hidden: wider(hidden) }),
  };
};

/** The sentence about a way that a growth does not have, whatever network it is of, or nothing. */
export const wayFault = ({ growth, way }: Pick<GrowStage, 'growth' | 'way'>): string | undefined =>
  way === undefined || growth.kind === 'width' ? undefined : wayNeedsWidth(printGrowth(growth));

/** The sentence about a growth that a network cannot make, or nothing. `headSize`: units of a head. */
export const growFault = (growth: Growth, before: LayersAndHeads, headSize: number): string | undefined => {
  const name = printGrowth(growth);
  if (growth.kind !== 'width') return growthFault(growth, name, before.layers, before.loops);
  const { heads, hidden = 0 } = grownSizes(growth, before);
  const width = heads * headSize;
  if (width > mostCount) return tooWide(name, 'the width', mostCount, width);
  return hidden > mostCount ? tooWide(name, 'hidden', mostCount, hidden) : undefined;
};

/** Its matrices, if it has any. */
export const matricesOf = (operator: Operator): readonly MatrixOperator[] =>
  partsOf(operator).filter((part): part is MatrixOperator => part.kind === 'matrix');

/** The restriction over layers, from this many, in full. */
export const denseRestriction = (operator: Operator, layers: number): readonly (readonly number[])[] =>
  composedRows(layerParts(operator), layers);
