/**
 * What becomes of each layer in a transfer, layer by layer, before any tensor is touched: the plan costs recipes and the runner carries
 * them out. Not here: the tensor operations of a recipe (`blend.ts`).
 */
import { match, P } from 'ts-pattern';
import { blockEnd, grownLayers, newLayers } from '../schedule/bounds/growth.js';
import type { Correction, Growth } from '../schedule/schedule.js';
import { type LayerEntry, type LayerMatrix, transpose } from './layer-matrix.js';

export type Recipe =
  /** The layer of that number as it is; nothing is computed and nothing copied. `fresh`: the place is not one that it came from. */
  | { readonly kind: 'take'; readonly from: number; readonly fresh: boolean }
  /** The layer that is there stays. */
  | { readonly kind: 'keep' }
  /** Σ weight · layer */
  | { readonly kind: 'combine'; readonly terms: readonly LayerEntry[]; readonly fresh: boolean }
  /** What is there + share · Σ weight · (coarse layer − what was restricted to it) */
  | { readonly kind: 'correct'; readonly share: number; readonly terms: readonly LayerEntry[] }
  /** What is there, by `share` of the way to Σ weight · layer: (1 − share) · what is there + share · Σ weight · layer */
  | { readonly kind: 'mix'; readonly share: number; readonly terms: readonly LayerEntry[] }
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

/** One recipe a layer of a coarse gradient: Pᵀ, so that ⟨∇F, P·d⟩ = ⟨Pᵀ∇F, d⟩; numbers are those of fine layers. */
export const gradientRecipes = (prolongation: LayerMatrix): readonly Recipe[] => restrictionRecipes(transpose(prolongation));

/**
 * One recipe a fine layer; numbers are those of coarse layers. A fine layer that `restriction` did not read is fresh where it is written alone: where
 * it is mixed, some of it was there.
 */
export const prolongationRecipes = (prolongation: LayerMatrix, restriction: LayerMatrix, correction: Correction): readonly Recipe[] => {
  const read = new Set(restriction.rows.flatMap((row) => row.map(({ column }) => column)));
  return match(correction)
    .with({ kind: 'total' }, { kind: 'mix', alpha: 1 }, () => prolongation.rows.map((row, layer) => combination(row, !read.has(layer))))
    .with({ kind: 'mix' }, ({ alpha }) =>
      prolongation.rows.map((row): Recipe => (row.length === 0 ? { kind: 'keep' } : { kind: 'mix', share: alpha, terms: row })),
    )
    .with({ kind: 'correction' }, ({ alpha }) =>
      prolongation.rows.map((row): Recipe => (row.length === 0 ? { kind: 'keep' } : { kind: 'correct', share: alpha, terms: row })),
    )
    .exhaustive();
};

/** One recipe a layer of the deeper network; numbers are those of the layers before. */
export const growthRecipes = (growth: Growth, layers: number): readonly Recipe[] => {
  const grown = Array.from({ length: grownLayers(growth, layers) }, (_, layer) => layer);
  const made = new Set(newLayers(growth, layers));
  /** The first place of a layer is its own, others are fresh. */
  const taken = (from: (layer: number) => number): readonly Recipe[] =>
    grown.map((layer) => ({ kind: 'take', from: from(layer), fresh: made.has(layer) }));
  return match(growth)
    .with({ kind: 'stack' }, () => taken((layer) => layer % layers))
    .with({ kind: 'repeat' }, ({ factor }) => taken((layer) => Math.floor(layer / factor)))
    .with({ kind: 'zero' }, ({ factor }) =>
      taken((layer) => Math.floor(layer / factor)).map(
        (recipe, layer): Recipe => (made.has(layer) ? { kind: 'identity', from: Math.floor(layer / factor) } : recipe),
      ),
    )
    .with({ kind: P.union('middle', 'last') }, (copied) => {
      const end = blockEnd(copied, layers);
      return taken((layer) => (layer < end ? layer : layer - copied.block));
    })
    .with({ kind: P.union('fresh', 'identity') }, ({ kind }) =>
      taken((layer) => layer).map(
        (recipe, layer): Recipe => (made.has(layer) ? { kind: 'initial', identity: kind === 'identity' } : recipe),
      ),
    )
    .exhaustive();
};
