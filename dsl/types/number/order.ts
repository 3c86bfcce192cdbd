/** Which of two literal whole numbers is greater, digit by digit. */
import type { IsLiteralNumber } from './literal.js';
import type { Digit, DigitTuple } from './tuple.js';

export type Order = 'less' | 'equal' | 'greater';

type OrderOfDigits<A extends Digit, B extends Digit> = A extends B
  ? 'equal'
  : DigitTuple[A] extends readonly [...DigitTuple[B], ...unknown[]]
    ? 'greater'
    : 'less';

/** The first digit that differs decides, unless one number is longer. */
type OrderOfNumerals<A extends string, B extends string, So extends Order = 'equal'> = A extends `${infer D extends Digit}${infer RestOfA}`
  ? B extends `${infer E extends Digit}${infer RestOfB}`
    ? OrderOfNumerals<RestOfA, RestOfB, So extends 'equal' ? OrderOfDigits<D, E> : So>
    : 'greater'
  : B extends ''
    ? So
    : 'less';

/** True for one whole number >= 0 that JavaScript writes with digits alone. */
export type IsWhole<N> =
  IsLiteralNumber<N> extends true ? (`${N & number}` extends `${string}${'-' | '.' | 'e'}${string}` ? false : true) : false;

/** `'unknown'` where the compiler cannot know. */
export type Compare<A extends number, B extends number> =
  IsWhole<A> extends true ? (IsWhole<B> extends true ? OrderOfNumerals<`${A}`, `${B}`> : 'unknown') : 'unknown';
