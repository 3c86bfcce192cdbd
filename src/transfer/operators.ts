/**
 * The operators of a schedule as pairs of matrices. Not here: matrices as such (`layer-matrix.ts`), what is done with them (`recipe.ts`).
 */
import { match } from 'ts-pattern';
import { type Grouping, groupings, layerParts, narrowing } from '../schedule/operators/operator.js';
import type { Averaging, Interpolation, LayerOperator, Operator } from '../schedule/schedule.js';
import { identity, injection, type LayerEntry, type LayerMatrix, type LayerTransfer, multiply } from './layer-matrix.js';

/**
 * Coalescing: coarse layer i is the mean of fine layers factor·i … factor·i + factor − 1, or of layers i, i + layers/factor, … where they are paired
 * by halves; each of them receives it on the way back. R·P = I.
 */
export const averaging = ({ factor, pairing }: Averaging, layers: number): LayerTransfer => {
  const coarse = layers / factor;
  const columnOf = (row: number, within: number): number => (pairing === 'halves' ? row + within * coarse : factor * row + within);
  return {
    restriction: {
      columns: layers,
      rows: Array.from({ length: coarse }, (_, row) =>
        Array.from({ length: factor }, (_, within) => ({ column: columnOf(row, within), weight: 1 / factor })),
      ),
    },
    prolongation:
      pairing === 'halves'
        ? { columns: coarse, rows: Array.from({ length: layers }, (_, row) => [{ column: row % coarse, weight: 1 }]) }
        : repeated(coarse, layers),
  };
};

const dense = (rows: readonly (readonly number[])[], columns: number): LayerMatrix => ({
  columns,
  rows: rows.map((row) => row.flatMap((weight, column): readonly LayerEntry[] => (weight === 0 ? [] : [{ column, weight }]))),
});

/** A transfer over layers and, separately, over the width: the two commute, since each acts on different axes. */
export interface Transfer extends LayerTransfer {
  /** The divisor of width and heads on the way down; 1 leaves them, and the shared layers, unchanged. */
  readonly narrowing: number;
  /** How units are grouped, one grouping after the other; absent where all are neighbours. */
  readonly groupings?: readonly Grouping[];
}

/** How a transfer groups units; not at all where the width stays. */
export const groupingsOf = ({ narrowing: factor, groupings: grouped }: Transfer): readonly Grouping[] =>
  grouped ?? (factor === 1 ? [] : [{ factor, pairing: 'neighbours' }]);

const overLayers = (operator: LayerOperator, layers: number): LayerTransfer =>
  match(operator)
    .with({ kind: 'every' }, (every) => injection(every, layers))
    .with({ kind: 'average' }, (average) => averaging(average, layers))
    .with({ kind: 'matrix' }, ({ restriction, prolongation }) => ({
      restriction: dense(restriction, layers),
      prolongation: dense(prolongation, restriction.length),
    }))
    .exhaustive();

/** The operator's restriction from this many layers, and its own prolongation: for a composition R = Rₙ … R₁ and P = P₁ … Pₙ. */
export const transferOf = (operator: Operator, layers: number): Transfer => {
  const parts = layerParts(operator);
  const [first] = parts;
  const grouped = groupings(operator);
  const overWidth = {
    narrowing: narrowing(operator),
    ...(grouped.every(({ pairing }) => pairing === 'neighbours') ? {} : { groupings: grouped }),
  };
  if (first === undefined) return { restriction: identity(layers), prolongation: identity(layers), ...overWidth };
  const all = parts.slice(1).reduce(
    (before, part) => {
      const then = overLayers(part, before.restriction.rows.length);
      return {
        restriction: multiply(then.restriction, before.restriction),
        prolongation: multiply(before.prolongation, then.prolongation),
      };
    },
    overLayers(first, layers),
  );
  return { ...all, ...overWidth };
};

/** Piecewise constant: each coarse layer stands for the fine layers of its share of the depth. */
const repeated = (coarse: number, fine: number): LayerMatrix => ({
  columns: coarse,
  rows: Array.from({ length: fine }, (_, row) => [{ column: Math.floor((row * coarse) / fine), weight: 1 }]),
});

/** The position of a coarse layer on the fine grid: the centre of mass of its row of R. */
const places = ({ rows }: LayerMatrix): readonly number[] =>
  rows.map((row) => {
    const total = row.reduce((sum, { weight }) => sum + weight, 0);
    return row.reduce((sum, { column, weight }) => sum + column * weight, 0) / total;
  });

/** Linear between the positions of neighbouring coarse layers, constant beyond the first and the last. */
const linear = (restriction: LayerMatrix, fine: number): LayerMatrix => {
  const at = places(restriction);
  return {
    columns: at.length,
    rows: Array.from({ length: fine }, (_, row): readonly LayerEntry[] => {
      const after = at.findIndex((place) => place >= row);
      if (after === 0) return [{ column: 0, weight: 1 }];
      if (after === -1) return [{ column: at.length - 1, weight: 1 }];
      const left = at[after - 1] ?? 0;
      const right = at[after] ?? 0;
      const share = (row - left) / (right - left);
      return share === 1
        ? [{ column: after, weight: 1 }]
        : [
            { column: after - 1, weight: 1 - share },
            { column: after, weight: share },
          ];
    }),
  };
};

/** The prolongation that a stage asks for, given the transfer that restricted. */
export const prolongationOf = (interpolation: Interpolation, { restriction, prolongation }: LayerTransfer): LayerMatrix =>
  match(interpolation)
    .with('own', () => prolongation)
    .with('repeat', () => repeated(restriction.rows.length, restriction.columns))
    .with('linear', () => linear(restriction, restriction.columns))
    .exhaustive();
