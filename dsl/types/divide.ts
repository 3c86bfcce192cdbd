/** Long division of literal numbers, digit by digit: layers by a factor, width by heads. */

import type { IsLiteralNumber } from './literal.js';
import type { AppendDigit, Digit, TupleOf } from './tuple.js';

/** How often the divisor's tuple fits into the remainder's, and what is left. */
type Fit<
  Remainder extends readonly unknown[],
  Divisor extends readonly unknown[],
  Times extends readonly unknown[] = [],
> = Remainder extends readonly [...Divisor, ...infer Left] ? Fit<Left, Divisor, [...Times, 0]> : [times: Times['length'], left: Remainder];

/** Quotient digits without leading zeros. */
type Push<Quotient extends string, Times> = Quotient extends ''
  ? Times extends 0
    ? ''
    : `${Times & number}`
  : `${Quotient}${Times & number}`;

type Divided<
  Digits extends string,
  Divisor extends readonly unknown[],
  Remainder extends readonly unknown[] = [],
  Quotient extends string = '',
> = Digits extends `${infer D extends Digit}${infer Rest}`
  ? Fit<AppendDigit<Remainder, D>, Divisor> extends [times: infer Times, left: infer Left extends readonly unknown[]]
    ? Divided<Rest, Divisor, Left, Push<Quotient, Times>>
    : never
  : Remainder extends readonly []
    ? Quotient extends `${infer N extends number}`
      ? N
      : 0
    : 'indivisible';

/** Too long for a tuple: four digits or more. */
export type IsLong<Numeral extends string> = Numeral extends `${Digit}${Digit}${Digit}${Digit}${string}` ? true : false;

/** The quotient; `'indivisible'`; or `number` where the compiler cannot know. */
export type Divide<Dividend extends number, Divisor extends number> =
  IsLiteralNumber<Dividend> extends false
    ? number
    : IsLiteralNumber<Divisor> extends false
      ? number
      : `${Dividend}` extends `${string}${'-' | '.' | 'e'}${string}`
        ? number
        : `${Divisor}` extends '0' | `${string}${'-' | '.' | 'e'}${string}`
          ? number
          : IsLong<`${Divisor}`> extends true
            ? number
            : Divided<`${Dividend}`, TupleOf<`${Divisor}`>>;

/** Whether one literal number is below another of at most three digits; true where the compiler cannot know. */
export type IsBelow<A extends number, B extends number> =
  IsLiteralNumber<A> extends false
    ? true
    : IsLiteralNumber<B> extends false
      ? true
      : `${B}` extends `${string}${'-' | '.' | 'e'}${string}`
        ? true
        : IsLong<`${B}`> extends true
          ? true
          : `${A}` extends keyof TupleOf<`${B}`>
            ? true
            : false;
