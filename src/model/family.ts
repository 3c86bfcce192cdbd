/**
 * The contract of a model family: its parameters, what its networks compute, and their names in other tools. Everything above this room (transfers,
 * runner, plans, saved models, the page) knows a model only by this contract. Each family has one file (`gpt.ts`) and one row (`families.ts`).
 *
 * A family's networks have shared parameters, which all levels of one width have in common, and layers of equal shapes that compute alike; each layer
 * adds to the residual stream, x ← x + h·F(x), with the level's step size h. Not here: programs (`level-trace.ts`, …), the model in a schedule
 * (`src/schedule`).
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

/** A layer at one of the places where it is applied. */
export interface AppliedLayer {
  /** 0, 1, … in the order of the pass. */
  readonly place: number;
  /** Of the layer, whose parameters it reads. */
  readonly index: number;
  /** The prefix of its parameters, `layers.3`. */
  readonly name: string;
}

/** The inputs of tracing a forward pass. */
export interface Forward<M extends Model = Model> {
  readonly trace: Trace;
  readonly model: Sized<M>;
  readonly level: Discretization;
  /** The layers in the order in which they are applied; where the level has loops, the same ones several times. */
  readonly layers: readonly AppliedLayer[];
  /** Sequences; tokens are [time·batch], and so are the rows of all activations. */
  readonly batch: number;
  /** The number of tokens per sequence that the pass sees: the context, unless it continues a text (`cached-logits.ts`). */
  readonly time: number;
  /**
   * Selects, from a table with one row per position, the rows of the positions that the pass sees: [time, 1, width], or [time, batch, width] where
   * they differ between sequences (separate documents restart at position 0).
   */
  readonly ofPlaces: (table: Tensor) => Tensor;
  /**
   * Causal attention within each sequence, or within each document in it, [time·batch, width]: the only way in which tokens see one another. Keys and
   * values may have fewer heads, each of which serves a group of consecutive heads of q.
   */
  readonly attention: (q: Tensor, k: Tensor, v: Tensor, heads: Heads) => Tensor;
  /** A parameter, by its full name. */
  readonly parameter: (name: string) => Tensor;
  /** The same for a parameter that the model may not have (biases). */
  readonly optional: (name: string) => Tensor | undefined;
  /** A scalar per layer by which its branches are multiplied (stochastic depth); absent without it. */
  readonly survivals: readonly Tensor[];
  /** Told of each Euler step, in order. */
  readonly stepped?: (step: TracedStep) => void;
}

/** The residual stream before and after a branch of a layer. */
export interface TracedStep {
  readonly layer: AppliedLayer;
  readonly from: Tensor;
  readonly to: Tensor;
}

/** An Euler step: x + h·branch, the branch being one of that layer's. */
export const eulerStep = ({ trace, level, survivals, stepped }: Forward, layer: AppliedLayer, x: Tensor, branch: Tensor): Tensor => {
  const scaled = trace.mul(branch, trace.scalar(level.h));
  const survival = survivals[layer.index];
  const to = trace.add(x, survival === undefined ? scaled : trace.mul(scaled, survival));
  stepped?.({ layer, from: x, to });
  return to;
};

export interface Family<M extends Model = Model> {
  readonly kind: M['kind'];
  /** The parameters that all levels of one width share: embeddings, final norm, head. */
  sharedParameters(model: Sized<M>): readonly ParameterSpec[];
  /** Those of one layer, named within it. */
  layerParameters(model: Sized<M>): readonly ParameterSpec[];
  /** The model at another width: each size that is a number of heads or of units, changed in the same proportion. */
  resized(model: M, size: (before: number) => number): M;
  /** Hidden states before the head, [time·batch, width], from tokens i32 [time·batch]. */
  hiddenStates(forward: Forward<M>, tokens: Tensor): Tensor;
  /** The head's matrix [vocabulary, width]: logits are hidden states · headᵀ. */
  head(forward: Forward<M>): Tensor;
  /** The training objective: a scalar, from hidden states and the tokens that follow, i32 [time·batch]. */
  loss(forward: Forward<M>, hidden: Tensor, targets: Tensor): Tensor;
  /** Its cost by published conventions. */
  readonly conventions: readonly Convention<M>[];
  readonly huggingFace: HuggingFace<M>;
  /** Absent for a family that llama.cpp does not run. */
  readonly gguf?: Gguf<M>;
}
