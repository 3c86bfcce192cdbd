/**
 * How much text a token stands for where losses are measured, so that losses of different tokenizers compare: with it, nats per token become bits per
 * byte. Pure.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type BatchShape, heldOutBatch } from './batches.js';
import type { Dataset } from './dataset.js';

/** The most batches that are read: more would change only the third digit. */
const MOST_BATCHES = 20;

/**
 * Mean bytes of UTF-8 per target of an evaluation; special tokens count none. Undefined for random tokens, and where tokens cannot be read: the
 * evaluation reports why.
 *
 * @example
 * bytesPerToken(dataset, { batch: 12, context: 64, count: 20 }) // 1 for the characters of an English text
 */
export const bytesPerToken = (dataset: Dataset, { count, ...shape }: BatchShape & { readonly count: number }): number | undefined => {
  if (dataset.kind !== 'text') return undefined;
  const { tokenizer } = dataset;
  const looked = Math.min(count, MOST_BATCHES);
  let bytes = 0;
  for (let index = 0; index < looked; index++) {
    const drawn = heldOutBatch(dataset, { ...shape, index: Math.floor((index * count) / looked), count });
    if (E.isLeft(drawn)) return undefined;
    for (const token of drawn.right.targets) bytes += tokenizer.bytesOf(token);
  }
  const tokens = looked * shape.batch * shape.context;
  return bytes === 0 ? undefined : bytes / tokens;
};

/**
 * Nats per token as bits per byte.
 *
 * @example
 * bitsPerByte(Math.log(2), 2) // 0.5
 */
export const bitsPerByte = (nats: number, bytesOfToken: number): number => nats / Math.LN2 / bytesOfToken;
