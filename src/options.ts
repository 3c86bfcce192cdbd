/**
 * Objects of options as plain JavaScript may hold them: whether one is an object of options at all, and whether each option in it is known, so
 * that none is dropped without a word. Not here: the options' values, which whoever takes them checks.
 */
import { nearestTo } from './nearest.js';
import { shownValue, shownWord } from './shown-value.js';

export type Options = Readonly<Record<string, unknown>>;

/**
 * Whether a value is a plain object, of this realm or another. A list, a `Map` or an instance of a class is not one: what it holds is not among its
 * own keys.
 */
export const isOptions = (value: unknown): value is Options => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** Without what is undefined: a key that may be is one that may be left out. */
export type Defined<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Options as they were given: an option that is explicitly undefined counts as left out, so that its default stays. */
export const given = <Given extends object>(options: Given): Defined<Given> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<Given>;

/** The first option that is given and not known. */
export const unknownIn = (options: Options, known: readonly string[]): string | undefined =>
  Object.keys(given(options)).find((option) => !known.includes(option));

const takesNone = (of: string, was: string) => `${of} takes no options (was given ${was}); remove them`;

export const notOptions = (of: string, known: readonly string[], was: unknown) =>
  known.length === 0
    ? takesNone(of, shownValue(was))
    : `the options of ${of} must be an object with any of ${known.join(', ')} (was ${shownValue(was)})`;

export const unknownOptionOf = (of: string, known: readonly string[], option: string) =>
  known.length === 0
    ? takesNone(of, shownWord(option))
    : `unknown option "${shownWord(option)}" of ${of}, which has ${known.join(', ')}${nearestTo(option, known)}`;

/**
 * The sentence of options that are no object, or of the first that nobody knows; nothing where all is well, or where they were left out.
 *
 * @param of what takes them.
 * @example
 * optionsFault('text', ['heldOut'], { heldout: 0.3 }) // 'unknown option "heldout" of text, which has heldOut; the nearest word is heldOut'
 * optionsFault('text', ['heldOut'], 0.3) // 'the options of text must be an object with any of heldOut (was 0.3)'
 */
export const optionsFault = (of: string, known: readonly string[], options: unknown): string | undefined => {
  if (options === undefined) return undefined;
  if (!isOptions(options)) return notOptions(of, known, options);
  const unknown = unknownIn(options, known);
  return unknown === undefined ? undefined : unknownOptionOf(of, known, unknown);
};
