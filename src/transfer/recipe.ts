/**
 * What becomes of each layer in a transfer, layer by layer, before any tensor is touched: the plan costs recipes and the runner carries
 * them out. Not here: the tensor operations of a recipe (`blend.ts`).
 */
import { match, P } from 'ts-pattern';
import { grownLayers } from '../schedule/growth.js';
import type { Correction, Growth } from '../schedule/schedule.js';
import type { LayerEntry, LayerMatrix } from './layer-matrix.js';

export type Recipe =
  /** The layer of that number as it is; nothing is computed and nothing copied. `fresh`: the place is not one that it came from. */
  | { readonly kind: 'take'; readonly from: number; readonly fresh: boolean }
  /** The layer that stands there stays. */
  | { readonly kind: 'keep' }
  /** Σ weight · layer */
  | { readonly kind: 'combine'; readonly terms: readonly LayerEntry[]; readonly fresh: boolean }
  /** What stands there + Σ weight · (coarse layer − what was restricted to it) */
  | { readonly kind: 'correct'; readonly terms: readonly LayerEntry[] }
  /** The layer of that number with its branches' last matrices and biases at zero, so that x ← x + h·0. */
  | { readonly kind: 'identity'; readonly from: number }
  /** A new layer with the initial values of its place; where `identity`, with its branches' last matrices and biases at zero. */
  | { readonly kind: 'initial'; readonly identity: boolean };

const combination = (row: readonly LayerEntry[], fresh: boolean): Recipe => {
  const [only] = row;
  if (only === undefined) return { kind: 'keep' };
  return row.length === 1 && only.weight === 1 ? { kind: 'take', from: only.column, fresh } : { kind: 'combine', terms: row, fresh };
};

/** One recipe a coarse layer; numbers are those of fine layers. */
export const restrictionRecipes = (restriction: LayerMatrix): readonly Recipe[] => restriction.rows.map((row) => combination(row, false));

/** One recipe a fine layer; numbers are those of coarse layers. A fine layer that `restriction` did not read is fresh where it is written. */
export const prolongationRecipes = (prolongation: LayerMatrix, restriction: LayerMatrix, correction: Correction): readonly Recipe[] => {
  const read = new Set(restriction.rows.flatMap((row) => row.map(({ column }) => column)));
  return match(correction)
    .with({ kind: 'total' }, () => prolongation.rows.map((row, layer) => combination(row, !read.has(layer))))
    .with({ kind: 'correction' }, ({ alpha }) =>
      prolongation.rows.map(
        (row): Recipe =>
          row.length === 0
            ? { kind: 'keep' }
            : { kind: 'correct', terms: row.map(({ column, weight }) => ({ column, weight: alpha * weight })) },
      ),
    )
    .exhaustive();
};

/** The first place of a layer is its own, others are fresh. */
const take = (from: number, fresh: boolean): Recipe => ({ kind: 'take', from, fresh });

/** Where the block begins that `middle` copies: of blocks 1 … n, block ⌈n/2⌉ (Saunshi et al., 2024). */
const middleOf = (block: number, layers: number): number => block * Math.floor((layers / block - 1) / 2);

/** One recipe a layer of the deeper network; numbers are those of the layers before. */
export const growthRecipes = (growth: Growth, layers: number): readonly Recipe[] => {
  const grown = Array.from({ length: grownLayers(growth, layers) }, (_, layer) => layer);
  return match(growth)
    .with({ kind: 'stack' }, () => grown.map((layer) => take(layer % layers, layer >= layers)))
    .with({ kind: 'repeat' }, ({ factor }) => grown.map((layer) => take(Math.floor(layer / factor), layer % factor !== 0)))
    .with({ kind: 'zero' }, ({ factor }) =>
      grown.map(
        (layer): Recipe => (layer % factor === 0 ? take(layer / factor, false) : { kind: 'identity', from: Math.floor(layer / factor) }),
      ),
    )
    .with({ kind: P.union('middle', 'last') }, ({ kind, block }) => {
      const end = (kind === 'last' ? layers - block : middleOf(block, layers)) + block;
      return grown.map((layer) => take(layer < end ? layer : layer - block, layer >= end && layer < end + block));
    })
    .with({ kind: P.union('fresh', 'identity') }, ({ kind }) =>
      grown.map((layer): Recipe => (layer < layers ? take(layer, false) : { kind: 'initial', identity: kind === 'identity' })),
    )
    .exhaustive();
};
