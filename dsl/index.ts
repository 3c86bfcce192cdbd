/** The DSL: everything that a pipeline file imports. */
export { type Argument, type Pipeline, pipeline } from './pipeline.js';
export { adamw, constant, cosine, type Gpt, type GptOptions, gpt, type SetupInput, sgd, text, tokens, wsd } from './setup.js';
export {
  type Every,
  even,
  every,
  odd,
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
  type Train,
  train,
} from './stages.js';
