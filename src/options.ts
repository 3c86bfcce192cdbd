/**
 * Objects of options in plain JavaScript: whether a value is an object of options at all, and whether each option in it is known, so that none is
 * silently dropped. Not here: the options' values, which their function checks.
 */
import { nearestTo } from './nearest.js';
import { shownValue, shownWord } from './shown-value.js';

export type Options = Readonly<Record<string, unknown>>;

/**
 * Whether a value is a plain object, of this realm or another. An array, a `Map` or an instance of a class is not one: its content is not among its
 * own keys.
 */
export const isOptions = (value: unknown): value is Options => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** The object without undefined values: such keys are optional. */
export type Defined<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Options without explicitly undefined ones, so that their defaults apply. */
export const given = <Given extends object>(options: Given): Defined<Given> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<Given>;

/** The first unknown option. */
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
 * The sentence about options that are not an object, or about the first unknown one; nothing if all are known, or there are none.
 *
 * @param the name of the function that takes them.
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
