/**
 * The types that signatures of the DSL refer to: a consumer's compiler must be able to write them into declarations (TS2883, TS2742). Nothing here is
 * imported by hand; types for users are exported with their builders (`dsl/index.ts`).
 */

export type { CorrectionArgument, CorrectionFault } from './fault/alpha-fault.js';
export type { AmountArgument, NumberAmountFault } from './fault/amount-fault.js';
export type { Accepted, AcceptedCount, CountArgument, NumberFault } from './fault/count-fault.js';
export type { ProlongationArgument, RestrictionArgument, Rows } from './fault/matrix-fault.js';
export type { BranchArguments } from './fault/options-fault.js';
export type { WeightArguments } from './fault/weight-fault.js';
export type { IsBelow } from './number/divide.js';
export type { IsLiteralNumber, IsLiteralText } from './number/literal.js';
export type { Check, CheckSetup, DepthAfter } from './pipeline-arguments.js';
export type { CycleGrowth, CycleMoments, CycleProlongate, CycleRepeat, CycleRestrict } from './stage/cycle.js';
export type { NoSizes, OwnSizes, Sizes, Training, Written } from './stage/training.js';
export type {
  Corrected,
  ProlongateBy,
  RestrictBy,
  Total,
  WithFit,
  WithFitOrWithout,
  WithLineSearch,
  WithLineSearchOrWithout,
  WithoutFit,
  WithoutLineSearch,
  WithoutTau,
  WithTau,
  WithTauOrWithout,
} from './stage/transfers.js';
export type { Mixed, Returned, UnlessMixed } from './stage/way-back.js';
export type { BranchUnder, RepeatUnder, ReplicasUnder, SequenceUnder, WithMoments } from './stage/with-moments.js';
