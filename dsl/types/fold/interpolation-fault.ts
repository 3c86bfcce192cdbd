/** The sentence about an interpolation that is certainly not possible, or never: src/schedule/operators/interpolation.ts for the compiler. */
import type { widthHasOwnWay } from '../../../src/schedule/sentences.js';
import type { Is, IsOf } from './certainly.js';
import type { OperatorText } from './operator-text.js';

/** The positions of a matrix's rows are left to the verifier. */
export type InterpolationFault<Prolongation, Operator> = [
  Is<Prolongation, 'interpolation', 'repeat' | 'linear'>,
  IsOf<Operator, 'width'>,
] extends [true, true]
  ? Prolongation extends { readonly interpolation: infer Way extends string }
    ? widthHasOwnWay<OperatorText<Operator>, Way>
    : never
  : never;
