/**
 * Operators of restrictions as values, with their numbers in their types. Not here: growths (`growths.ts`), what operators do to layers
 * (`src/transfer`).
 */
import type {
  Averaging,
  Composition,
  Injection,
  MatrixOperator,
  Pairing,
  SimpleOperator,
  WidthOperator,
} from '../src/schedule/schedule.js';
import type { offsetNotBelowFactor } from '../src/schedule/sentences.js';
import { pairingGiven } from '../src/schedule/text/index.js';
import { builder } from './builder.js';
import { pairingFault } from './option-faults.js';
import type { Accepted, AcceptedCount, CountArgument, NumberFault } from './types/fault/count-fault.js';
import type { Judged } from './types/fault/judged.js';
import type { MatrixFault, ProlongationArgument, RestrictionArgument, Rows } from './types/fault/matrix-fault.js';
import type { IsBelow } from './types/number/divide.js';

export interface Every<Factor extends number = number, Offset extends number = number> extends Injection {
  readonly factor: Factor;
  readonly offset: Offset;
}

export interface Average<Factor extends number = number> extends Averaging {
  readonly factor: Factor;
}

export interface Matrix<R extends Rows = Rows, P extends Rows = Rows> extends MatrixOperator {
  readonly restriction: R;
  readonly prolongation: P;
}

export interface Width<Factor extends number = number> extends WidthOperator {
  readonly factor: Factor;
}

export interface Compose<Operators extends readonly SimpleOperator[] = readonly SimpleOperator[]> extends Composition {
  readonly operators: Operators;
}

type OffsetFault<Factor extends number, Offset extends number> = [NumberFault<'offset', 0, Offset>] extends [never]
  ? IsBelow<Offset, Factor> extends true
    ? never
    : offsetNotBelowFactor<Factor, Offset>
  : NumberFault<'offset', 0, Offset>;

export type OffsetArgument<Factor extends number, Offset extends number> = Judged<Offset, OffsetFault<Factor, Offset>>;

export type AcceptedOffset<Factor extends number, Offset extends number> = Accepted<OffsetFault<Factor, Offset>, Offset>;

/** Of every `factor` consecutive layers, the one at `offset`. */
export const every = builder(
  'every',
  2,
  <const Factor extends number, const Offset extends number>(
    factor: CountArgument<'factor', 2, Factor>,
    offset: OffsetArgument<Factor, Offset>,
  ): Every<AcceptedCount<'factor', 2, Factor>, AcceptedOffset<Factor, Offset>> => ({
    kind: 'every',
    factor: factor as Factor,
    offset: offset as Offset,
  }),
);

/** Layers 0, 2, 4, … */
export const even: Every<2, 0> = { kind: 'every', factor: 2, offset: 0 };

/** Layers 1, 3, 5, … */
export const odd: Every<2, 1> = { kind: 'every', factor: 2, offset: 1 };

export interface PairingOptions<Pair extends Pairing = Pairing> {
  /**
   * Which layers or units are merged: `neighbours` (the default) 0 and 1, 2 and 3, …; `halves` i and i + n/2, as in the released code of Zou et al.
   * (2024), or, of `factor` equal parts, those at the same position in each.
   */
  readonly pairing?: Pair;
}

/** An operator with the given pairing, in its type if that is literal. */
export type InPairs<Op, Pair extends Pairing> = Pair extends 'neighbours' ? Op : Op & { readonly pairing: Pair };

/**
 * A coarse layer is the mean of `factor` layers, by default neighbours (coalescing; Zou et al. 2024); its prolongation puts it in the place of each.
 */
export const average = builder(
  'average',
  2,
  <const Factor extends number, const Pair extends Pairing = 'neighbours'>(
    factor: CountArgument<'factor', 2, Factor>,
    options: PairingOptions<Pair> = {},
  ): InPairs<Average<AcceptedCount<'factor', 2, Factor>>, Pair> =>
    ({ kind: 'average', factor, ...pairingGiven(options.pairing) }) as InPairs<Average<AcceptedCount<'factor', 2, Factor>>, Pair>,
  (options) => pairingFault('average', options),
);

/** Matrices that were refused as arguments are unknown from there on. */
export type AcceptedMatrix<R extends Rows, P extends Rows> = [MatrixFault<R, P>] extends [never] ? Matrix<R, P> : Matrix;

/**
 * An operator of your own: R [coarse][fine] makes coarse layers from fine ones, P [fine][coarse] is the way back. The compiler checks shapes and rows
 * of literals. A total prolongation by P requires R·P = I, which the verifier checks; a correction requires nothing.
 *
 * @example
 * const thirds = matrix([[0.5, 0.5, 0], [0, 0, 1]], [[1, 0], [1, 0], [0, 1]]) // three layers to two
 */
export const matrix = builder(
  'matrix',
  2,
  <const R extends Rows, const P extends Rows>(
    restriction: RestrictionArgument<R>,
    prolongation: ProlongationArgument<R, P>,
  ): AcceptedMatrix<R, P> => ({ kind: 'matrix', restriction, prolongation }) as AcceptedMatrix<R, P>,
);

/**
 * Width and heads `factor` times smaller: heads are coalesced, and so are units of the residual stream and of the feed-forward part (Zou et al.
 * 2024), by default neighbours. A head keeps its size. The shared layers are restricted too.
 *
 * @example
 * pipeline(setup, restrict(width(2)), train(400), prolongate({ correction: 0.5 }), train(80))
 */
export const width = builder(
  'width',
  2,
  <const Factor extends number, const Pair extends Pairing = 'neighbours'>(
    factor: CountArgument<'factor', 2, Factor>,
    options: PairingOptions<Pair> = {},
  ): InPairs<Width<AcceptedCount<'factor', 2, Factor>>, Pair> =>
    ({ kind: 'width', factor, ...pairingGiven(options.pairing) }) as InPairs<Width<AcceptedCount<'factor', 2, Factor>>, Pair>,
  (options) => pairingFault('width', options),
);

/**
 * Several operators as one transfer, in order, from one level to the next.
 *
 * @example
 * restrict(compose(even, width(2))) // half the layers, half the width
 */
export const compose = <const Operators extends readonly [SimpleOperator, SimpleOperator, ...SimpleOperator[]]>(
  ...operators: Operators
): Compose<Operators> => ({ kind: 'compose', operators });
