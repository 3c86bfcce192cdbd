/**
 * A transfer as one recipe per layer, before any tensor is touched: the plan costs recipes and the runner executes them. Not here: the tensor
 * operations of a recipe (`blend.ts`).
 */
import { match, P } from 'ts-pattern';
import { blockEnd, grownLayers, newLayers } from '../schedule/bounds/growth.js';
import type { Correction, Growth } from '../schedule/schedule.js';
import { type LayerEntry, type LayerMatrix, transpose } from './layer-matrix.js';

export type Recipe =
  /** The layer of that index, unchanged; nothing is computed and nothing copied. `fresh`: its position is not the original one. */
  | { readonly kind: 'take'; readonly from: number; readonly fresh: boolean }
  /** The existing layer stays. */
  | { readonly kind: 'keep' }
  /** Σ weight · layer */
  | { readonly kind: 'combine'; readonly terms: readonly LayerEntry[]; readonly fresh: boolean }
  /** Existing layer + share · Σ weight · (coarse layer − what was restricted to it) */
  | { readonly kind: 'correct'; readonly share: number; readonly terms: readonly LayerEntry[] }
  /** (1 − share) · existing layer + share · Σ weight · layer */
  | { readonly kind: 'mix'; readonly share: number; readonly terms: readonly LayerEntry[] }
  /** The layer of that index with its branches' last matrices and biases at zero, so that x ← x + h·0. */
  | { readonly kind: 'identity'; readonly from: number }
  /** A new layer with the initial values of its position; if `identity`, with its branches' last matrices and biases at zero. */
  | { readonly kind: 'initial'; readonly identity: boolean };

const combination = (row: readonly LayerEntry[], fresh: boolean): Recipe => {
  const [only] = row;
  if (only === undefined) return { kind: 'keep' };
  return row.length === 1 && only.weight === 1 ? { kind: 'take', from: only.column, fresh } : { kind: 'combine', terms: row, fresh };
};

/** One recipe per coarse layer; indices are those of fine layers. */
export const restrictionRecipes = (restriction: LayerMatrix): readonly Recipe[] => restriction.rows.map((row) => combination(row, false));

/** One recipe per layer of a coarse gradient: Pᵀ, so that ⟨∇F, P·d⟩ = ⟨Pᵀ∇F, d⟩; indices are those of fine layers. */
export const gradientRecipes = (prolongation: LayerMatrix): readonly Recipe[] => restrictionRecipes(transpose(prolongation));

/**
 * One recipe per fine layer; indices are those of coarse layers. A fine layer that `restriction` did not read is fresh if it is replaced: if it is
 * mixed, part of it existed before.
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

/** One recipe per layer of the deeper network, or of the same depth if it becomes wider; indices are those of the layers before. */
export const growthRecipes = (growth: Growth, layers: number): readonly Recipe[] => {
  const grown = Array.from({ length: grownLayers(growth, layers) }, (_, layer) => layer);
  const made = new Set(newLayers(growth, layers));
  /** The first position of a layer is its own, others are fresh. */
  const taken = (from: (layer: number) => number): readonly Recipe[] =>
    grown.map((layer) => ({ kind: 'take', from: from(layer), fresh: made.has(layer) }));
  return match(growth)
    .with({ kind: 'stack' }, () => taken((layer) => layer % layers))
    .with({ kind: 'repeat' }, ({ factor }) => taken((layer) => Math.floor(layer / factor)))
    .with({ kind: 'loop' }, () => taken((layer) => layer))
    .with({ kind: 'zero' }, ({ factor }) =>
      taken((layer) => Math.floor(layer / factor)).map(
        (recipe, layer): Recipe => (made.has(layer) ? { kind: 'identity', from: Math.floor(layer / factor) } : recipe),
      ),
    )
    .with({ kind: P.union('middle', 'central', 'last') }, (copied) => {
      const end = blockEnd(copied, layers);
      return taken((layer) => (layer < end ? layer : layer - copied.block));
    })
    .with({ kind: P.union('fresh', 'identity') }, ({ kind }) =>
      taken((layer) => layer).map(
        (recipe, layer): Recipe => (made.has(layer) ? { kind: 'initial', identity: kind === 'identity' } : recipe),
      ),
    )
    .with({ kind: 'width' }, () => taken((layer) => layer))
    .exhaustive();
};
