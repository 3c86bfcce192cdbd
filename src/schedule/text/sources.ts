/**
 * Data in the text form, `text("corpus.txt", tokenizer: "gpt2")` or `tokens(65)`: strings, and the source that options give. `dsl/setup.ts` makes the
 * same in code. Not here: parsing options (`options.ts`).
 */
import { given } from '../../options.js';
import type { TextSource } from '../data-source.js';
import { textDefaults } from '../defaults.js';
import { mustBe } from '../sentences.js';
import type { Given } from './option-tables.js';
import { fail, type Parser, succeed } from './parser.js';
import { shown, tokenAt } from './tokens.js';

/** What the sentence about another value requires of a string. */
export const aString = 'a text in double quotes';

/** What the sentence about another value requires of data. */
export const dataWanted = 'text("corpus.txt") or tokens(65)';

const stringIn = (word: string): string | undefined => {
  if (!/^".+"$/.test(word)) return undefined;
  try {
    const value: unknown = JSON.parse(word);
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch (thrown) {
    // An escape that JSON does not know, or a character that it wants escaped.
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
};

/** A string, as JSON writes it. */
export const quoted =
  (name: string): Parser<string> =>
  (text, at) => {
    const token = tokenAt(text, at);
    const value = stringIn(token.word);
    return value === undefined ? fail(token, mustBe(name, aString, shown(token))) : succeed(value, token.end);
  };

/** Joined documents are no key, so that equal data are equal schedules. */
export const textSourceOf = (source: string, { tokenizer, heldOut, field, documents }: Given): TextSource => ({
  kind: 'text',
  source,
  ...textDefaults,
  ...given({ tokenizer, heldOut, field }),
  ...(documents === 'separate' ? { documents } : {}),
});
