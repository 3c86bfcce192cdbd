/** Numerals with an exponent, `1e9`, as the literal numbers that JavaScript writes in digits. Not here: bounds (`../fault/amount-fault.ts`). */
import type { AsNumber } from './multiply.js';
import type { Digit, TupleOf } from './tuple.js';

/** A tuple whose length is an exponent of at most two digits; never for others. */
type Places<Exponent extends string> = Exponent extends `+${infer Plain}`
  ? Places<Plain>
  : Exponent extends Digit | `${Digit}${Digit}`
    ? TupleOf<Exponent>
    : never;

/** The digits with the point moved this many places to the right; `never` where digits remain behind it. */
type Moved<Digits extends string, Fraction extends string, Left extends readonly unknown[]> = Left extends readonly [unknown, ...infer More]
  ? Fraction extends `${infer First}${infer Rest}`
    ? Moved<`${Digits}${First}`, Rest, More>
    : Moved<`${Digits}0`, '', More>
  : Fraction extends ''
    ? Digits
    : never;

type Whole<Mantissa extends string, Left extends readonly unknown[]> = [Left] extends [never]
  ? never
  : Mantissa extends `${infer Digits}.${infer Fraction}`
    ? Moved<Digits, Fraction, Left>
    : Moved<Mantissa, '', Left>;

/** Zero is left to the verifier, whose sentence contains the numeral as written. */
type OrNumber<Digits extends string> = [Digits] extends [never] ? number : AsNumber<Digits> extends 0 ? number : AsNumber<Digits>;

/** A numeral's number; `number` where the compiler cannot know, for example with an exponent whose result is not whole. */
export type NumberOf<Numeral extends string> = Numeral extends `${infer N extends number}`
  ? number extends N
    ? Numeral extends `${infer Mantissa}e${infer Exponent}`
      ? OrNumber<Whole<Mantissa, Places<Exponent>>>
      : number
    : N
  : number;
