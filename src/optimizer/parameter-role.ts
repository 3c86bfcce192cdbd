/**
 * What a parameter is for in its network. Update rules go by it: which moments a parameter has, whether it decays. Not here: the parameters
 * (`src/model`).
 */
export type ParameterRole =
  /** A table whose rows are looked up: tokens, positions. A head that is tied to one is part of it. */
  | 'embedding'
  /** A matrix between hidden activations. */
  | 'matrix'
  /** Of one axis: a bias, a norm's weight. */
  | 'vector'
  /** An untied matrix from hidden activations to logits. */
  | 'head';

/** Decoupled weight decay (Loshchilov & Hutter, 2019) is for what multiplies, as in GPT-2's training: never for biases and norms. */
export const decays = (role: ParameterRole): boolean => role !== 'vector';
