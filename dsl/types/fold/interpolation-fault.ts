/** The sentence of an interpolation that certainly has nothing to go between, or never: src/schedule/operators/interpolation.ts for the compiler. */
import type { widthHasOwnWay } from '../../../src/schedule/sentences.js';
import type { Is, IsOf } from './certainly.js';
import type { OperatorText } from './operator-text.js';

/** Places of a matrix's rows are numbers, which are the verifier's. */
export type InterpolationFault<Prolongation, Operator> = [
  Is<Prolongation, 'interpolation', 'repeat' | 'linear'>,
  IsOf<Operator, 'width'>,
] extends [true, true]
  ? Prolongation extends { readonly interpolation: infer Way extends string }
    ? widthHasOwnWay<OperatorText<Operator>, Way>
    : never
  : never;
