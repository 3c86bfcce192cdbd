/**
 * The role of a parameter in its network. In update rules it determines which moments a parameter has and whether it decays. Not here: the parameters
 * (`src/model`).
 */
export type ParameterRole =
  /** A table whose rows are looked up: tokens, positions. A tied head belongs to it. */
  | 'embedding'
  /** A matrix between hidden activations, [in, out]; axes before these two count matrices. What Muon calls a hidden matrix. */
  | 'matrix'
  /** Of one axis: a bias, a norm's weight. */
  | 'vector'
  /** An untied matrix from hidden activations to logits. */
  | 'head';

/** Decoupled weight decay (Loshchilov & Hutter, 2019) applies to matrices, as in GPT-2's training, never to biases and norms. */
export const decays = (role: ParameterRole): boolean => role !== 'vector';
