/**
 * The requirements of tau corrections and line searches for their transfers: src/schedule/verify/tau-faults.ts for the compiler. Only certain faults
 * are reported; an option whose type is not literal is left to the verifier, and so are numbers in matrices.
 */
import type {
  searchNeedsCorrection,
  searchNeedsWidth,
  tauHasNoRescale,
  tauNeedsCorrection,
  tauNeedsOwnWay,
  tauNeedsWidth,
} from '../../../src/schedule/sentences.js';
import type { Mixed } from '../stage/way-back.js';
import type { Has, Is, IsOf } from './certainly.js';
import type { Narrows, ReturnFitFault } from './fit-fault.js';
import type { InterpolationFault } from './interpolation-fault.js';
import type { OperatorText } from './operator-text.js';

/** Whether none of the operators is, or could be, just an injection. */
type Merges<Operator> =
  IsOf<Operator, 'every' | 'average' | 'matrix' | 'width'> extends true ? (IsOf<Operator, 'every'> extends true ? false : true) : false;

/** The sentence about a restriction whose tau makes no sense, or never. */
export type TauFault<Restriction> =
  Has<Restriction, 'tau'> extends true
    ? Restriction extends { readonly operator: infer Operator }
      ? Is<Restriction, 'moments', 'rescale'> extends true
        ? tauHasNoRescale<`restrict(${OperatorText<Operator>})`>
        : Narrows<Operator> extends true
          ? tauNeedsWidth<OperatorText<Operator>>
          : never
      : never
    : never;

/** A way back that is certainly not a correction, or never. */
type NoCorrection<Prolongation> =
  Is<Prolongation, 'correction', 'total' | { readonly kind: 'total' }> extends true
    ? 'total'
    : Is<Prolongation, 'correction', Mixed<unknown>> extends true
      ? 'mix'
      : never;

type SearchFault<Prolongation, Operator> =
  Has<Prolongation, 'lineSearch'> extends true
    ? [NoCorrection<Prolongation>] extends [never]
      ? Narrows<Operator> extends true
        ? searchNeedsWidth<OperatorText<Operator>>
        : never
      : searchNeedsCorrection<NoCorrection<Prolongation>>
    : never;

type TauReturnFault<Prolongation, Operator> =
  Is<Prolongation, 'interpolation', 'repeat' | 'linear'> extends true
    ? Prolongation extends { readonly interpolation: infer Way extends string }
      ? tauNeedsOwnWay<Way>
      : never
    : [NoCorrection<Prolongation>] extends [never]
      ? RescaleFault<Prolongation>
      : Merges<Operator> extends true
        ? tauNeedsCorrection<OperatorText<Operator>, NoCorrection<Prolongation>>
        : RescaleFault<Prolongation>;

type RescaleFault<Prolongation> = Is<Prolongation, 'moments', 'rescale'> extends true ? tauHasNoRescale<'prolongate'> : never;

/** The sentence about a prolongation that does not fit its restriction, or never. */
export type ReturnFault<Prolongation, Restriction> = Restriction extends { readonly operator: infer Operator }
  ? [SearchFault<Prolongation, Operator>] extends [never]
    ? [ReturnFitFault<Prolongation, Restriction, Operator>] extends [never]
      ? Has<Restriction, 'tau'> extends true
        ? TauReturnFault<Prolongation, Operator>
        : InterpolationFault<Prolongation, Operator>
      : ReturnFitFault<Prolongation, Restriction, Operator>
    : SearchFault<Prolongation, Operator>
  : never;
