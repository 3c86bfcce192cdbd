/**
 * The parts of the types of transfers. They are interfaces because the compiler resolves an object type through all stages that contain it, which is
 * "excessively deep" (TS2589) in long nestings.
 */
import type {
  Fit,
  Interpolation,
  LineSearch,
  MomentsPolicy,
  Operator,
  ProlongateStage,
  RestrictStage,
  Tau,
} from '../../../src/schedule/schedule.js';

export interface RestrictBy<Op extends Operator, Policy extends MomentsPolicy> extends Omit<RestrictStage, 'operator' | 'moments' | 'tau'> {
  readonly operator: Op;
  readonly moments: Policy;
}

export interface ProlongateBy<Returning, Way extends Interpolation, Policy extends MomentsPolicy>
  extends Omit<ProlongateStage, 'correction' | 'interpolation' | 'moments' | 'lineSearch' | 'fit'> {
  readonly correction: Returning;
  readonly interpolation: Way;
  readonly moments: Policy;
}

export interface Total {
  readonly kind: 'total';
}

export interface Corrected {
  readonly kind: 'correction';
  readonly alpha: number;
}

export interface WithTau {
  readonly tau: Tau;
}

export interface WithTauOrWithout {
  readonly tau?: Tau;
}

export interface WithoutTau {
  readonly tau?: never;
}

export interface WithLineSearch {
  readonly lineSearch: LineSearch;
}

export interface WithLineSearchOrWithout {
  readonly lineSearch?: LineSearch;
}

export interface WithoutLineSearch {
  readonly lineSearch?: never;
}

export interface WithFit {
  readonly fit: Fit;
}

export interface WithFitOrWithout {
  readonly fit?: Fit;
}

export interface WithoutFit {
  readonly fit?: never;
}
