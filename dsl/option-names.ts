/** The names of a builder's options, as values. */

/**
 * Every name of the options; the compiler refuses a list that lacks one.
 *
 * @example
 * namesOf<{ warmup?: number }>({ warmup: true }) // ['warmup']
 */
export const namesOf = <Options>(names: Readonly<Record<keyof Options, true>>): readonly string[] => Object.keys(names);
