/** The sentence about a pair of layer matrices, or never: `matrixFault` of src/schedule/operators/matrices.ts for the compiler. */
import type { emptyMatrix, notCoarser, rowCount, rowLength, zeroRow } from '../../../src/schedule/sentences.js';
import type { MostListed } from '../number/limits.js';
import type { Judged } from './judged.js';
import type { OrElse } from './or-else.js';

export type Rows = readonly (readonly number[])[];

/** The length of rows; `number` where the compiler does not know it. */
type Lengths<M extends Rows> = M['length'] | M[number]['length'];

/** The index of the row after this many. */
type Next<Before extends readonly unknown[]> = [...Before, 0]['length'] & number;

type UnevenRow<
  Matrix extends 'R' | 'P',
  M extends readonly unknown[],
  Length extends number,
  Before extends readonly unknown[] = [],
> = M extends readonly [infer Row extends readonly unknown[], ...infer Rest]
  ? Row['length'] extends Length
    ? Before['length'] extends MostListed
      ? never
      : UnevenRow<Matrix, Rest, Length, [...Before, 0]>
    : rowLength<Matrix, Next<Before>, Length, Row['length']>
  : never;

type ZeroRow<M extends readonly unknown[], Before extends readonly unknown[] = []> = M extends readonly [
  infer Row extends readonly unknown[],
  ...infer Rest,
]
  ? Row[number] extends 0
    ? zeroRow<Next<Before>>
    : Before['length'] extends MostListed
      ? never
      : ZeroRow<Rest, [...Before, 0]>
  : never;

/** Whether a row is at least as long as the number of rows. */
type IsCoarser<M extends Rows, Row> = Row extends readonly [...{ [I in keyof M]: unknown }, ...unknown[]] ? true : false;

/** Faults of R by itself. */
type RestrictionFault<R extends Rows> =
  number extends Lengths<R>
    ? never
    : R extends readonly [infer First extends readonly [unknown, ...unknown[]], ...unknown[]]
      ? OrElse<UnevenRow<'R', R, First['length']>, IsCoarser<R, First> extends true ? ZeroRow<R> : notCoarser<R['length'], First['length']>>
      : emptyMatrix;

/** Faults of P, for a correct R. */
type ProlongationFault<R extends Rows, P extends Rows> = number extends Lengths<R> | Lengths<P>
  ? never
  : P['length'] extends R[number]['length']
    ? UnevenRow<'P', P, R['length']>
    : rowCount<R[number]['length'], P['length']>;

export type MatrixFault<R extends Rows, P extends Rows> = OrElse<RestrictionFault<R>, ProlongationFault<R, P>>;

/** For arguments: the argument's own type if it fits, otherwise the sentence. */
export type RestrictionArgument<R extends Rows> = Judged<R, RestrictionFault<R>>;
export type ProlongationArgument<R extends Rows, P extends Rows> = Judged<
  P,
  [RestrictionFault<R>] extends [never] ? ProlongationFault<R, P> : never
>;
