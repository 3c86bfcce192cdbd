/** Long multiplication and addition of literal numbers, digit by digit: layers by the factor of a growth, or with its new ones. */
import type { IsLong } from './divide.js';
import type { IsLiteralNumber } from './literal.js';
import type { Digit, TupleOf } from './tuple.js';

/** Nine tuples at most, one after the other. */
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

/** Up to four digits as those before the last, and the last. */
type Split<Digits extends string> = Digits extends `${infer A}${infer B}${infer C}${infer D extends Digit}`
  ? [carry: `${A}${B}${C}`, last: D]
  : Digits extends `${infer A}${infer B}${infer C extends Digit}`
    ? [carry: `${A}${B}`, last: C]
    : Digits extends `${infer A}${infer B extends Digit}`
      ? [carry: A, last: B]
      : [carry: '', last: Digits];

/** From the last digit to the first; the digits come reversed. */
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

/** Whether the compiler can reckon with a pair of literal whole numbers, the second of three digits at most. */
type IsReckonable<A extends number, B extends number> =
  IsLiteralNumber<A> extends false
    ? false
    : IsLiteralNumber<B> extends false
      ? false
      : `${A}${B}` extends `${string}${'-' | '.' | 'e'}${string}`
        ? false
        : IsLong<`${B}`> extends true
          ? false
          : true;

type AsNumber<Digits extends string> = Digits extends `${infer N extends number}` ? N : number;

/** The product; or `number` where the compiler cannot know. */
export type Multiply<A extends number, B extends number> =
  IsReckonable<A, B> extends true ? AsNumber<Multiplied<Reversed<`${A}`>, TupleOf<`${B}`>>> : number;

/** The sum; or `number` where the compiler cannot know. */
export type Add<A extends number, B extends number> =
  IsReckonable<A, B> extends true ? AsNumber<Multiplied<Reversed<`${A}`>, [0], TupleOf<`${B}`>>> : number;
