/** Long multiplication and addition of literal numbers, digit by digit: layers by the factor of a growth, or with its new ones. */
import type { IsLong } from './divide.js';
import type { IsWhole } from './order.js';
import type { Digit, DigitTuple, TupleOf } from './tuple.js';

/** At most nine tuples, concatenated. */
interface Times<T extends readonly unknown[]> {
  '0': [];
  '1': T;
  '2': [...T, ...T];
  '3': [...T, ...T, ...T];
  '4': [...T, ...T, ...T, ...T];
  '5': [...T, ...T, ...T, ...T, ...T];
  '6': [...T, ...T, ...T, ...T, ...T, ...T];
  '7': [...T, ...T, ...T, ...T, ...T, ...T, ...T];
  '8': [...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T];
  '9': [...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T];
}

type Reversed<Text extends string, Done extends string = ''> = Text extends `${infer First}${infer Rest}`
  ? Reversed<Rest, `${First}${Done}`>
  : Done;

/** Up to four digits, split into the last one and those before it. */
type Split<Digits extends string> = Digits extends `${infer A}${infer B}${infer C}${infer D extends Digit}`
  ? [carry: `${A}${B}${C}`, last: D]
  : Digits extends `${infer A}${infer B}${infer C extends Digit}`
    ? [carry: `${A}${B}`, last: C]
    : Digits extends `${infer A}${infer B extends Digit}`
      ? [carry: A, last: B]
      : [carry: '', last: Digits];

/** From the last digit to the first; the digits are reversed. */
type Multiplied<
  Digits extends string,
  By extends readonly unknown[],
  Carry extends readonly unknown[] = [],
  Product extends string = '',
> = Digits extends `${infer D extends Digit}${infer Rest}`
  ? Split<`${[...Times<By>[D], ...Carry]['length'] & number}`> extends [carry: infer C extends string, last: infer Last extends string]
    ? Multiplied<Rest, By, TupleOf<C>, `${Last}${Product}`>
    : never
  : Carry extends readonly []
    ? Product
    : `${Carry['length']}${Product}`;

/** A sum's digits, from the last to the first; the digits of both are reversed. */
type Summed<
  A extends string,
  B extends string,
  Carry extends readonly unknown[] = [],
  Sum extends string = '',
> = A extends `${infer D extends Digit}${infer RestOfA}`
  ? B extends `${infer E extends Digit}${infer RestOfB}`
    ? Carried<[...DigitTuple[D], ...DigitTuple[E], ...Carry], RestOfA, RestOfB, Sum>
    : Carried<[...DigitTuple[D], ...Carry], RestOfA, '', Sum>
  : B extends ''
    ? Carry extends readonly []
      ? Sum
      : `1${Sum}`
    : Summed<B, '', Carry, Sum>;

type Carried<Here extends readonly unknown[], A extends string, B extends string, Sum extends string> =
  Split<`${Here['length'] & number}`> extends [carry: infer C extends string, last: infer Last extends string]
    ? Summed<A, B, TupleOf<C>, `${Last}${Sum}`>
    : never;

type Sum<A extends string, B extends string> = Summed<Reversed<A>, Reversed<B>>;

type Zeros<Digits extends string, Done extends string = ''> = Digits extends `${Digit}${infer Rest}` ? Zeros<Rest, `${Done}0`> : Done;

/** Three digits of the second number at a time, so that tuples stay short. */
type Product<A extends string, B extends string> =
  IsLong<B> extends true
    ? B extends `${infer X}${infer Y}${infer Z}${infer Rest}`
      ? Sum<`${Product<A, `${X}${Y}${Z}`>}${Zeros<Rest>}`, Product<A, Rest>>
      : never
    : Multiplied<Reversed<A>, TupleOf<B>>;

/** Digits as a number, leading zeros or not; `number` beyond what JavaScript writes in digits. */
export type AsNumber<Digits extends string> = Digits extends `0${infer Rest}`
  ? Rest extends ''
    ? 0
    : AsNumber<Rest>
  : Digits extends `${infer N extends number}`
    ? N
    : number;

/** The product; or `number` where the compiler cannot know. */
export type Multiply<A extends number, B extends number> =
  IsWhole<A> extends true ? (IsWhole<B> extends true ? AsNumber<Product<`${A}`, `${B}`>> : number) : number;

/** The sum; or `number` where the compiler cannot know. */
export type Add<A extends number, B extends number> =
  IsWhole<A> extends true ? (IsWhole<B> extends true ? AsNumber<Sum<`${A}`, `${B}`>> : number) : number;
