/**
 * The requirements for a pair of layer matrices: shapes, rows, and the claims that prolongations make about them. Pure arithmetic on a schedule's
 * numbers. Not here: matrices in transfers (`src/transfer`).
 */
import { match } from 'ts-pattern';
import type { LayerOperator, MatrixOperator } from '../schedule.js';
import { emptyMatrix, notAscending, notCoarser, notInverse, rowCount, rowLength, zeroRow } from '../sentences.js';

type Rows = readonly (readonly number[])[];

const unevenRow = (matrix: 'R' | 'P', rows: Rows, length: number): string | undefined => {
  const index = rows.findIndex((row) => row.length !== length);
  return index === -1 ? undefined : rowLength(matrix, index + 1, length, rows[index]?.length ?? 0);
};

/** The sentence about the first thing that is wrong with the shapes or the rows, or nothing. */
export const matrixFault = ({ restriction, prolongation }: MatrixOperator): string | undefined => {
  const coarse = restriction.length;
  const fine = restriction[0]?.length ?? 0;
  if (fine === 0) return emptyMatrix();
  const uneven = unevenRow('R', restriction, fine);
  if (uneven !== undefined) return uneven;
  if (coarse > fine) return notCoarser(coarse, fine);
  const zero = restriction.findIndex((row) => row.every((entry) => entry === 0));
  if (zero !== -1) return zeroRow(zero + 1);
  return prolongation.length === fine ? unevenRow('P', prolongation, coarse) : rowCount(fine, prolongation.length);
};

/** How far an entry of R·P may be from that of I, for the rounding of sums over some hundred layers. */
const tolerance = 1e-9;

/**
 * A total prolongation by the operator's own P claims R·P = I: the coarse network can be recovered from the fine one by restricting again. A mix
 * claims it for its share of the coarse network: restricting again gives (1 − alpha)·R·fine + alpha·coarse. The sentence about the first entry of R·P
 * that is not as claimed, or nothing.
 */
export const inverseFault = (way: 'total' | 'mix', { restriction, prolongation }: MatrixOperator): string | undefined => {
  for (const [i, row] of restriction.entries()) {
    for (const j of restriction.keys()) {
      const entry = row.reduce((sum, weight, layer) => sum + weight * (prolongation[layer]?.[j] ?? 0), 0);
      if (Math.abs(entry - (i === j ? 1 : 0)) > tolerance) return notInverse(way, i + 1, j + 1, entry);
    }
  }
  return undefined;
};

/** Linear interpolation is between the positions of coarse layers, the centres of mass of R's rows, which must ascend. */
export const placesFault = (restriction: Rows): string | undefined => {
  let before = Number.NEGATIVE_INFINITY;
  for (const [index, row] of restriction.entries()) {
    const mass = row.reduce((sum, weight) => sum + weight, 0);
    const place = row.reduce((sum, weight, layer) => sum + weight * layer, 0) / mass;
    if (!Number.isFinite(place)) return notAscending(index + 1, 'nowhere, its sum being 0');
    if (place <= before) return notAscending(index + 1, `at ${place}, after ${before}`);
    before = place;
  }
  return undefined;
};

const restrictionRows = (operator: LayerOperator, layers: number): Rows =>
  match(operator)
    .with({ kind: 'matrix' }, ({ restriction }) => restriction)
    .with({ kind: 'every' }, ({ factor, offset }) =>
      rowsOf(layers / factor, layers, (row, column) => (column === factor * row + offset ? 1 : 0)),
    )
    .with({ kind: 'average' }, ({ factor, pairing }) =>
      rowsOf(layers / factor, layers, (row, column) =>
        (pairing === 'halves' ? column % (layers / factor) : Math.floor(column / factor)) === row ? 1 / factor : 0,
      ),
    )
    .exhaustive();

const rowsOf = (rows: number, columns: number, entry: (row: number, column: number) => number): Rows =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (__, column) => entry(row, column)));

/** The restrictions of operators over layers, in order, as one matrix from this many layers. */
export const composedRows = (operators: readonly LayerOperator[], layers: number): Rows =>
  operators.reduce<Rows>(
    (before, operator) => {
      const then = restrictionRows(operator, before.length);
      return rowsOf(then.length, layers, (row, column) =>
        (then[row] ?? []).reduce((sum, weight, inner) => sum + weight * (before[inner]?.[column] ?? 0), 0),
      );
    },
    rowsOf(layers, layers, (row, column) => (row === column ? 1 : 0)),
  );
