/**
 * What signatures of the DSL name: a consumer's compiler must be able to write them into declarations (TS2883, TS2742). Nothing here is imported by
 * hand; types that users write themselves are with what makes them (`dsl/index.ts`).
 */
export type { CorrectionArgument } from './alpha-fault.js';
export type { AmountArgument } from './amount-fault.js';
export type { Check, CheckSetup, DepthAfter } from './check.js';
export type { Accepted, AcceptedCount, CountArgument } from './count-fault.js';
export type { ProlongationArgument, RestrictionArgument, Rows } from './matrix-fault.js';
export type { Training, Written } from './training.js';
export type { Mixed, Returned, UnlessMixed } from './way-back.js';
export type { WeightArguments } from './weight-fault.js';
export type { WithMoments } from './with-moments.js';
