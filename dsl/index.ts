/** The DSL: everything that a pipeline file imports. */
export { type ArmsOf, type BranchOptions, branch, type PolicyOf, weighted } from './branch.js';
export {
  type CascadeOptions,
  type CascadeTypes,
  type CascadeWord,
  type Cycle,
  type CycleOptions,
  type CycleTypes,
  type CycleWord,
  cascade,
  fCycle,
  nested,
  vCycle,
  wCycle,
} from './cycles.js';
export {
  central,
  fresh,
  type Grown,
  type GrownByBlock,
  type GrownByLayers,
  identity,
  interleave,
  type Looped,
  last,
  loop,
  middle,
  stack,
  zero,
} from './growths.js';
export { type KeyValueHeadsArgument, type Llama, type LlamaHeadsArgument, type LlamaOptions, llama } from './llama.js';
export { moments } from './moments.js';
export {
  type AcceptedMatrix,
  type AcceptedOffset,
  type Average,
  average,
  type Compose,
  compose,
  type Every,
  even,
  every,
  type InPairs,
  type Matrix,
  matrix,
  type OffsetArgument,
  odd,
  type PairingOptions,
  type Width,
  width,
} from './operators.js';
export {
  adamw,
  type ClockOptions,
  type CosineOptions,
  constant,
  cosine,
  type MuonOptions,
  muon,
  sgd,
  type WsdOptions,
  wsd,
} from './optimizers.js';
export { type Argument, type Deep, type DeepAfter, type DepthOf, type Pipeline, pipeline } from './pipeline.js';
export { nesterov, type ReplicasOptions, replicas } from './replicas.js';
export {
  checkpoint,
  type Gpt,
  type GptOptions,
  gpt,
  type HeadsArgument,
  type TextOptions,
  text,
  tokens,
} from './setup.js';
export {
  type Branch,
  type Evaluate,
  evaluate,
  type FitArgument,
  type FitIn,
  type FitOption,
  type Grow,
  type GrowOptions,
  grow,
  type LineSearchArgument,
  type LineSearchFault,
  type LineSearchIn,
  type LineSearchOption,
  type Prolongate,
  type Prolongated,
  type ProlongateOptions,
  prolongate,
  type Repeat,
  type RepeatWord,
  type Replicas,
  type Restrict,
  type RestrictOptions,
  repeat,
  restrict,
  type Sequence,
  type StageLike,
  sequence,
  type TauIn,
  type TauOption,
  type WayIn,
} from './stages.js';
export { type Layers, type Length, type LengthArgument, type Train, type TrainOptions, train } from './train.js';
export type { SetupInput } from './types/fault/setup-input.js';
export type * from './types/index.js';
export { type AtMost, heldOut, type Observing, type PlateauOptions, type SlopeOptions, training, type Until, until } from './until.js';
