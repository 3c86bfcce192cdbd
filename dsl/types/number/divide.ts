/** Long division of literal numbers, digit by digit: layers by a factor, width by heads. */

import type { Compare, IsWhole } from './order.js';
import type { AppendDigit, Digit, TupleOf } from './tuple.js';

/** How often the divisor's tuple fits into the remainder's, and the rest. */
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

/** The quotient's digits, and the tuple of the rest. */
type Divided<
  Digits extends string,
  Divisor extends readonly unknown[],
  Remainder extends readonly unknown[] = [],
  Quotient extends string = '',
> = Digits extends `${infer D extends Digit}${infer Rest}`
  ? Fit<AppendDigit<Remainder, D>, Divisor> extends [times: infer Times, left: infer Left extends readonly unknown[]]
    ? Divided<Rest, Divisor, Left, Push<Quotient, Times>>
    : never
  : [quotient: Quotient, left: Remainder];

type AsNumber<Digits extends string> = Digits extends `${infer N extends number}` ? N : 0;

/** Too long for a tuple: four digits or more. */
export type IsLong<Numeral extends string> = Numeral extends `${Digit}${Digit}${Digit}${Digit}${string}` ? true : false;

/** Quotient and rest; `'unknown'` where the compiler cannot know. The divisor has three digits at most. */
type Division<Dividend extends number, Divisor extends number> =
  IsWhole<Dividend> extends true
    ? IsWhole<Divisor> extends true
      ? Divisor extends 0
        ? 'unknown'
        : IsLong<`${Divisor}`> extends true
          ? 'unknown'
          : Divided<`${Dividend}`, TupleOf<`${Divisor}`>>
      : 'unknown'
    : 'unknown';

/** The quotient; `'indivisible'`; or `number` where the compiler cannot know. */
export type Divide<Dividend extends number, Divisor extends number> =
  Division<Dividend, Divisor> extends [quotient: infer Quotient extends string, left: infer Left]
    ? Left extends readonly []
      ? AsNumber<Quotient>
      : 'indivisible'
    : number;

/** How much must be added to reach the next multiple of the divisor; `number` where the compiler cannot know. */
export type ToNextMultiple<N extends number, Divisor extends number> =
  Division<N, Divisor> extends [quotient: string, left: infer Left extends readonly unknown[]]
    ? TupleOf<`${Divisor}`> extends readonly [...Left, ...infer Missing]
      ? Missing['length']
      : number
    : number;

/** Whether one literal number is below another; true where the compiler cannot know. */
export type IsBelow<A extends number, B extends number> = Compare<A, B> extends 'less' | 'unknown' ? true : false;
