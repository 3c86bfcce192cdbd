/**
 * The contract of a model family: what its networks are made of, what they compute, and what they are called elsewhere. Everything above this room
 * (transfers, runner, plans, saved models, the page) knows a model by this alone. One file a family (`gpt.ts`), one row a family (`families.ts`).
 *
 * A family's networks have shared parameters, which all levels of one width hold together, and layers that are alike; each layer adds to the residual
 * stream, x ← x + h·F(x), with the level's step size h. Not here: programs (`level-trace.ts`, …), what a schedule says of a model (`src/schedule`).
 */
import type { Tensor, Trace } from '../program/types/trace.js';
import type { Discretization } from '../schedule/grid.js';
import type { Model } from '../schedule/schedule.js';
import type { Convention } from './convention.js';
import type { Gguf } from './gguf-naming.js';
import type { HuggingFace } from './hugging-face.js';
import type { ParameterSpec } from './parameter-spec.js';

export type { ParameterSpec } from './parameter-spec.js';

/** A model whose vocabulary is known. */
export type Sized<M extends Model = Model> = M & { readonly vocabulary: number };
export type SizedModel = Sized;

export interface Heads {
  readonly heads: number;
  /** Factor of the scores, 1/√(width/heads) as a rule. */
  readonly scale: number;
}

/** What a forward pass is traced with. */
export interface Forward<M extends Model = Model> {
  readonly trace: Trace;
  readonly model: Sized<M>;
  readonly level: Discretization;
  /** Sequences; tokens are [time·batch], and so are the rows of all activations. */
  readonly batch: number;
  /** Tokens of a sequence that the pass sees: the context, unless it continues a text (`cached-logits.ts`). */
  readonly time: number;
  /**
   * Of a table with a row for each place in a sequence, the rows of the places that the pass sees: [time, 1, width], or [time, batch, width] where
   * they differ from sequence to sequence (documents that are kept separate begin again at place 0).
   */
  readonly ofPlaces: (table: Tensor) => Tensor;
  /** Causal attention of each sequence, or of each document in it, [time·batch, width]: the only way in which tokens see one another. */
  readonly attention: (q: Tensor, k: Tensor, v: Tensor, heads: Heads) => Tensor;
  /** By its full name. */
  readonly parameter: (name: string) => Tensor;
  /** The same where the model may have none (biases). */
  readonly optional: (name: string) => Tensor | undefined;
  /** A scalar a layer, by which its branches are multiplied (stochastic depth); none where there is none. */
  readonly survivals: readonly Tensor[];
}

/** An Euler step: x + h·branch, the branch being one of that layer's. */
export const eulerStep = ({ trace, level, survivals }: Forward, layer: number, x: Tensor, branch: Tensor): Tensor => {
  const scaled = trace.mul(branch, trace.scalar(level.h));
  const survival = survivals[layer];
  return trace.add(x, survival === undefined ? scaled : trace.mul(scaled, survival));
};

export interface Family<M extends Model = Model> {
  readonly kind: M['kind'];
  /** Those that all levels of one width share: embeddings, final norm, head. */
  sharedParameters(model: Sized<M>): readonly ParameterSpec[];
  /** Those of one layer, named within it. */
  layerParameters(model: Sized<M>): readonly ParameterSpec[];
  /** The model with this many times fewer heads and units. */
  narrowed(model: Sized<M>, factor: number): Sized<M>;
  /** Hidden states before the head, [time·batch, width], from tokens i32 [time·batch]. */
  hiddenStates(forward: Forward<M>, tokens: Tensor): Tensor;
  /** The head's matrix [vocabulary, width]: logits are hidden states · headᵀ. */
  head(forward: Forward<M>): Tensor;
  /** What is trained for: a scalar, from hidden states and the tokens that follow, i32 [time·batch]. */
  loss(forward: Forward<M>, hidden: Tensor, targets: Tensor): Tensor;
  /** What others would say that it costs. */
  readonly conventions: readonly Convention<M>[];
  readonly huggingFace: HuggingFace<M>;
  /** A family that llama.cpp does not run has none. */
  readonly gguf?: Gguf<M>;
}
