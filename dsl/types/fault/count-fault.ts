/** The sentence about a numeral that is not a valid count in its role, or never: `countFault` of src/schedule/bounds/counts.ts for the compiler. */
import type { greatestCount, leastCount, mostCount, writtenCount } from '../../../src/schedule/bounds/counts.js';
import type { mustBe } from '../../../src/schedule/sentences.js';
import type { Compare } from '../number/order.js';
import type { Digit } from '../number/tuple.js';
import type { Judged } from './judged.js';

export type Least = typeof leastCount;

/** The first characters of words that are numbers, well written or not: `isNumeral` for the compiler. */
export type NumeralStart = Digit | '-' | '+' | '.';

type IsDigits<Numeral extends string> = Numeral extends `${Digit}${infer Rest}` ? (Rest extends '' ? true : IsDigits<Rest>) : false;

/** Numerals that JavaScript writes differently are not written as counts are (`007`, `1e3`), or are too long. */
type Kind<Numeral extends string> = Numeral extends `${infer N extends number}`
  ? number extends N
    ? OtherKind<Numeral>
    : Numeral extends `-${string}`
      ? 'no count'
      : Numeral extends `${string}e+${string}`
        ? 'huge'
        : Numeral extends `${string}${'.' | 'e'}${string}`
          ? 'no count'
          : 'digits'
  : Numeral extends `${NumeralStart}${string}`
    ? 'written otherwise'
    : 'no count';

/** Ten characters or more: above `mostCount`. */
type IsHuge<Numeral extends string> =
  Numeral extends `${infer _1}${infer _2}${infer _3}${infer _4}${infer _5}${infer _6}${infer _7}${infer _8}${infer _9}${infer Rest}`
    ? Rest extends ''
      ? false
      : true
    : false;

type IsBelow<Numeral extends string, Least extends number> = Least extends 0
  ? false
  : Numeral extends '0'
    ? true
    : Least extends 2
      ? Numeral extends '1'
        ? true
        : false
      : false;

type IsAbove<Numeral extends string, Most extends number> = Most extends typeof mostCount
  ? IsHuge<Numeral>
  : Numeral extends `${infer N extends number}`
    ? Compare<N, Most> extends 'greater'
      ? true
      : false
    : true;

type OtherKind<Numeral extends string> = Numeral extends `0${string}`
  ? 'written otherwise'
  : IsDigits<Numeral> extends true
    ? 'huge'
    : 'written otherwise';

type FaultOfNumeral<Name extends string, Minimum extends number, Most extends number, Numeral extends string> =
  Kind<Numeral> extends infer K
    ? K extends 'digits'
      ? FaultOfDigits<Name, Minimum, Most, Numeral>
      : K extends 'huge'
        ? mustBe<Name, `an integer <= ${Most}`, Numeral>
        : mustBe<Name, K extends 'no count' ? `an integer >= ${Minimum}` : typeof writtenCount, Numeral>
    : never;

type FaultOfDigits<Name extends string, Minimum extends number, Most extends number, Numeral extends string> =
  IsBelow<Numeral, Minimum> extends true
    ? mustBe<Name, `an integer >= ${Minimum}`, Numeral>
    : IsAbove<Numeral, Most> extends true
      ? mustBe<Name, `an integer <= ${Most}`, Numeral>
      : never;

type Most<Name extends string> = Name extends keyof typeof greatestCount ? (typeof greatestCount)[Name] : typeof mostCount;

/** For the counts of stages, as written in the text form. */
export type CountFault<Role extends keyof Least, Numeral extends string> = FaultOfNumeral<Role, Least[Role], Most<Role>, Numeral>;

/** The sentence about a number of the code form, or never, also where it cannot be known. */
export type NumberFault<Name extends string, Minimum extends number, N extends number> = number extends N
  ? never
  : FaultOfNumeral<Name, Minimum, Most<Name>, `${N}`>;

/** For an argument: its own type if it fits (or cannot be known), otherwise the sentence. */
export type CountArgument<Name extends string, Minimum extends number, N extends number> = Judged<N, NumberFault<Name, Minimum, N>>;

/**
 * A builder's number in its stage's type: a number that was refused as an argument is unknown from there on, so that no second sentence follows from
 * it.
 */
export type Accepted<Sentence, N extends number> = [Sentence] extends [never] ? N : number;
export type AcceptedCount<Name extends string, Minimum extends number, N extends number> = Accepted<NumberFault<Name, Minimum, N>, N>;
