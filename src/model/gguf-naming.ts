/**
 * The names of a model in llama.cpp's GGUF files. Its own converter reads Hugging Face's folders, so names and layouts are given relative to those.
 * Not here: the file's format (`src/export`).
 */
import type { Model } from '../schedule/schedule.js';

/** One tensor there, of one of Hugging Face's. */
export interface GgufTensor {
  readonly name: string;
  /** Hugging Face's name of the same. */
  readonly of: string;
  /** Whether the tensor is transposed: [in, out] there, [out, in] here. */
  readonly transposed: boolean;
  /**
   * The number of heads among its rows where rotary positions turn pairs of adjacent rows here, and there row i of a head's first half with row i of
   * its second.
   */
  readonly pairedHeads?: number;
}

/** How a family is called there. */
export interface Gguf<M extends Model = Model> {
  /** The architecture by which llama.cpp runs it. */
  architecture(model: M): string;
  tensors(model: M & { readonly vocabulary: number }): readonly GgufTensor[];
  /** Sizes by their keys there, without the architecture before them. */
  sizes(model: M & { readonly vocabulary: number }): Readonly<Record<string, number>>;
  /** Numbers that are no sizes, in the same way: epsilon of the norms, the base of rotary positions. */
  numbers(model: M): Readonly<Record<string, number>>;
  /** What llama.cpp computes differently for this model, one sentence each. */
  notes(model: M & { readonly vocabulary: number }): readonly string[];
}
