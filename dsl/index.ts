/** The DSL: everything that a pipeline file imports. */
export { type BranchOptions, branch, weighted } from './branch.js';
export { type CascadeOptions, type CycleOptions, cascade, fCycle, nested, vCycle, wCycle } from './cycles.js';
export {
  fresh,
  type Grown,
  type GrownByBlock,
  type GrownByLayers,
  identity,
  interleave,
  last,
  middle,
  stack,
  zero,
} from './growths.js';
export {
  type Average,
  average,
  type Compose,
  compose,
  type Every,
  even,
  every,
  type Matrix,
  matrix,
  odd,
  type Width,
  width,
} from './operators.js';
export { type Argument, type Deep, type DepthOf, type Pipeline, pipeline } from './pipeline.js';
export { adamw, constant, cosine, type Gpt, type GptOptions, gpt, type SetupInput, sgd, text, tokens, wsd } from './setup.js';
export {
  type Branch,
  type Grow,
  type GrowOptions,
  grow,
  type LineSearchOption,
  moments,
  type Prolongate,
  type ProlongateOptions,
  prolongate,
  type Repeat,
  type Restrict,
  type RestrictOptions,
  repeat,
  restrict,
  type Sequence,
  type StageLike,
  sequence,
  type TauOption,
} from './stages.js';
export { type Layers, type Train, type TrainOptions, train } from './train.js';
export { heldOut, type PlateauOptions, type SlopeOptions, training, type Until, until } from './until.js';
