/**
 * What tau corrections and line searches ask of the transfers in which they are: src/schedule/verify/tau-faults.ts for the compiler. Only what is certain is
 * said; an option whose type leaves a choice is for the verifier, and so are numbers in matrices.
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
import type { Has, Is, IsOf, PartsOf } from './certainly.js';
import type { InterpolationFault } from './interpolation-fault.js';
import type { OperatorText } from './operator-text.js';

type Narrows<Operator> = [Extract<PartsOf<Operator>, { readonly kind: 'width' }>] extends [never] ? false : true;

/** Whether none of the operators is, or could be, an injection alone. */
type Merges<Operator> =
  IsOf<Operator, 'every' | 'average' | 'matrix' | 'width'> extends true ? (IsOf<Operator, 'every'> extends true ? false : true) : false;

/** The sentence of a restriction whose tau has no meaning, or never. */
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

/** What certainly comes back otherwise than as a correction, or never. */
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

/** The sentence of a prolongation that does not answer its restriction, or never. */
export type ReturnFault<Prolongation, Restriction> = Restriction extends { readonly operator: infer Operator }
  ? [SearchFault<Prolongation, Operator>] extends [never]
    ? Has<Restriction, 'tau'> extends true
      ? TauReturnFault<Prolongation, Operator>
      : InterpolationFault<Prolongation, Operator>
    : SearchFault<Prolongation, Operator>
  : never;
