/** A value as a sentence shows it: short. Not here: a token of the text form (`schedule/text/tokens.ts`). */
import { match, P } from 'ts-pattern';
import { visible } from './visible.js';

/** A word as a sentence shows it: its beginning, where it is long; no pair of surrogates is cut in half. */
export const shownWord = (word: string): string =>
  visible(word.length > 40 ? `${word.slice(0, 40).replace(/[\ud800-\udbff]$/, '')}…` : word);

/** An instance of a class goes by the name of that: `an instance of Map`. */
const shownObject = (value: object): string => {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name !== 'string' || name === 'Object' || !/^[A-Za-z]\w{0,39}$/.test(name) ? 'an object' : `an instance of ${name}`;
};

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
    .otherwise((other) => (typeof other === 'object' && other !== null ? shownObject(other) : `a ${typeof other}`));

/** How many names a sentence lists: a folder may hold ten thousand files, and an object as many keys. */
const MOST_LISTED = 8;

/**
 * Names as a sentence lists them: the first of them, and how many more there are.
 *
 * @example
 * listed(['a', 'b']) // 'a, b'
 */
export const listed = (names: readonly string[], most: number = MOST_LISTED): string =>
  names.length > most ? `${names.slice(0, most).join(', ')}, and ${grouped(names.length - most)} more` : names.join(', ');

/** A whole number with all its digits, in threes: `614,400`. Short ones are `report/table/format.ts`. */
export const grouped = (number: number): string => number.toLocaleString('en-US');
