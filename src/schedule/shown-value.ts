/** A value as a sentence shows it: short. Not here: a token of the text form (`text/tokens.ts`). */
import { match, P } from 'ts-pattern';

/** A word as a sentence shows it: its beginning, where it is long. */
export const shownWord = (word: string): string => (word.length > 40 ? `${word.slice(0, 40)}…` : word);

/**
 * @example
 * shownValue('0.5') // '"0.5"'
 * shownValue([1]) // 'a list'
 */
export const shownValue = (value: unknown): string =>
  match(value)
    .with(P.string, (text) => JSON.stringify(shownWord(text)))
    .with(P.union(P.number, P.boolean, P.bigint, P.nullish), String)
    .with(P.array(), () => 'a list')
    .otherwise((other) => (typeof other === 'object' ? 'an object' : `a ${typeof other}`));
