/**
 * What becomes of each layer in a transfer, layer by layer, before any tensor is touched: the plan costs recipes and the runner carries
 * them out. Not here: the tensor operations of a recipe (`blend.ts`).
 */
import { match } from 'ts-pattern';
import type { Correction, Growth } from '../schedule/schedule.js';
import type { LayerEntry, LayerMatrix } from './layer-matrix.js';

export type Recipe =
  /** The layer of that number as it is; nothing is computed and nothing copied. */
  | { readonly kind: 'take'; readonly from: number }
  /** The layer that stands there stays. */
  | { readonly kind: 'keep' }
  /** Σ weight · layer */
  | { readonly kind: 'combine'; readonly terms: readonly LayerEntry[] }
  /** What stands there + Σ weight · (coarse layer − what was restricted to it) */
  | { readonly kind: 'correct'; readonly terms: readonly LayerEntry[] }
  /** The layer of that number with its branches' last matrices and biases at zero, so that x ← x + h·0. */
  | { readonly kind: 'identity'; readonly from: number };

const combination = (row: readonly LayerEntry[]): Recipe => {
  const [only] = row;
  if (only === undefined) return { kind: 'keep' };
  return row.length === 1 && only.weight === 1 ? { kind: 'take', from: only.column } : { kind: 'combine', terms: row };
};

/** One recipe a coarse layer; numbers are those of fine layers. */
export const restrictionRecipes = (restriction: LayerMatrix): readonly Recipe[] => restriction.rows.map(combination);

/** One recipe a fine layer; numbers are those of coarse layers. */
export const prolongationRecipes = (prolongation: LayerMatrix, correction: Correction): readonly Recipe[] =>
  match(correction)
    .with({ kind: 'total' }, () => prolongation.rows.map(combination))
    .with({ kind: 'correction' }, ({ alpha }) =>
      prolongation.rows.map(
        (row): Recipe =>
          row.length === 0
            ? { kind: 'keep' }
            : { kind: 'correct', terms: row.map(({ column, weight }) => ({ column, weight: alpha * weight })) },
      ),
    )
    .exhaustive();

/** One recipe a layer of the deeper network; numbers are those of the layers before. */
export const growthRecipes = ({ kind, factor }: Growth, layers: number): readonly Recipe[] =>
  Array.from({ length: layers * factor }, (_, layer): Recipe => {
    const within = Math.floor(layer / factor);
    return match(kind)
      .returnType<Recipe>()
      .with('stack', () => ({ kind: 'take', from: layer % layers }))
      .with('repeat', () => ({ kind: 'take', from: within }))
      .with('zero', () => ({ kind: layer % factor === 0 ? 'take' : 'identity', from: within }))
      .exhaustive();
  });
