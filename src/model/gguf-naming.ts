/**
 * A model as llama.cpp calls it in GGUF files. Its own converter reads folders of Hugging Face's, so names and layouts are said of those. Not here:
 * the file's format (`src/export`).
 */
import type { Model } from '../schedule/schedule.js';

/** One tensor there, of one of Hugging Face's. */
export interface GgufTensor {
  readonly name: string;
  /** Hugging Face's name of the same. */
  readonly of: string;
  /** Whether [in, out] there is [out, in] here. */
  readonly transposed: boolean;
}

/** How a family is called there. */
export interface Gguf<M extends Model = Model> {
  /** The architecture by which llama.cpp runs it. */
  readonly architecture: string;
  tensors(model: M & { readonly vocabulary: number }): readonly GgufTensor[];
  /** Sizes by their keys there, without the architecture before them. */
  sizes(model: M & { readonly vocabulary: number }): Readonly<Record<string, number>>;
  /** Epsilon of the norms, by its key. */
  readonly epsilon: readonly [string, number];
  /** What llama.cpp computes otherwise for this model, a sentence each. */
  notes(model: M & { readonly vocabulary: number }): readonly string[];
}
