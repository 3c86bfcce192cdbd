/**
 * Stages whose numbers may still be free names: the meaning of the text form before its names are bound. Layers, matrices and weights are always
 * numerals. Not here: reading them (`text/parse.ts`), binding (`text/bind.ts`), writing (`print/`).
 */
import type {
  BranchStage,
  Correction,
  DepthGrowth,
  Growth,
  LearningRate,
  ObservedLoss,
  Operator,
  ReplicasStage,
  RestrictStage,
  SimpleOperator,
  Stage,
  StageEnd,
  TrainStage,
} from './schedule.js';

export interface FreeName {
  readonly name: string;
}

export type OpenCount = number | FreeName;

export type OpenObservedLoss = ObservedLoss<OpenCount>;
export type OpenEnd = StageEnd<OpenCount>;
export type OpenRate = LearningRate<OpenCount>;
export type OpenTrain = TrainStage<OpenCount>;
export type OpenSimpleOperator = SimpleOperator<OpenCount>;
export type OpenOperator = Operator<OpenCount>;
export type OpenRestrict = RestrictStage<OpenCount>;
export type OpenCorrection = Correction<OpenCount>;
export type OpenDepthGrowth = DepthGrowth<OpenCount>;
export type OpenGrowth = Growth<OpenCount>;
export type OpenBranch = BranchStage<OpenCount>;
export type OpenReplicas = ReplicasStage<OpenCount>;

export type OpenStage = Stage<OpenCount>;
export type OpenStages = readonly OpenStage[];
