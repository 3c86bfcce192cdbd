/**
 * Stages whose numbers may still be free names: what the text form means before its names are bound. `Stage` is the special case
 * without names. Not here: reading them (`text/parse.ts`), binding (`text/bind.ts`), writing (`print/`).
 */
import type { GrowStage, Growth, MatrixOperator, Paired, ProlongateStage, RestrictStage, SharedPolicy } from './schedule.js';
import type { ObservedLoss, StageEnd, TrainedPart } from './train-stage.js';

export interface FreeName {
  readonly name: string;
}

export type OpenCount = number | FreeName;

export type OpenObservedLoss = ObservedLoss<OpenCount>;
export type OpenEnd = StageEnd<OpenCount>;

export interface OpenTrain {
  readonly kind: 'train';
  readonly steps: OpenCount;
  readonly until?: OpenEnd;
  /** Layers are numerals. */
  readonly only?: TrainedPart;
  readonly stochasticDepth?: OpenCount;
  readonly accumulate?: OpenCount;
}

export interface OpenInjection {
  readonly kind: 'every';
  readonly factor: OpenCount;
  readonly offset: OpenCount;
}

export interface OpenAveraging extends Paired {
  readonly kind: 'average';
  readonly factor: OpenCount;
}

export interface OpenWidth extends Paired {
  readonly kind: 'width';
  readonly factor: OpenCount;
}

/** A matrix holds no names. */
export type OpenSimpleOperator = OpenInjection | OpenAveraging | MatrixOperator | OpenWidth;

export interface OpenComposition {
  readonly kind: 'compose';
  readonly operators: readonly OpenSimpleOperator[];
}

export type OpenOperator = OpenSimpleOperator | OpenComposition;

export interface OpenRestrict extends Omit<RestrictStage, 'operator'> {
  readonly operator: OpenOperator;
}

export type OpenCorrection =
  | { readonly kind: 'total' }
  | { readonly kind: 'correction'; readonly alpha: OpenCount }
  | { readonly kind: 'mix'; readonly alpha: OpenCount };

export interface OpenProlongate extends Omit<ProlongateStage, 'correction'> {
  readonly correction: OpenCorrection;
}

export type OpenGrowth = Growth<OpenCount>;

export interface OpenGrow extends Omit<GrowStage, 'growth'> {
  readonly growth: OpenGrowth;
}

export interface OpenRepeat {
  readonly kind: 'repeat';
  readonly times: OpenCount;
  readonly stages: OpenStages;
}

/** Weights hold no names. */
export interface OpenBranch {
  readonly kind: 'branch';
  readonly arms: readonly OpenStages[];
  readonly shared: SharedPolicy;
}

export type OpenStage = OpenTrain | OpenRestrict | OpenProlongate | OpenGrow | OpenRepeat | OpenBranch;
export type OpenStages = readonly OpenStage[];
