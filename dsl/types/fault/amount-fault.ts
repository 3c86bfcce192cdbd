/**
 * The sentence about a numeral that is out of bounds as a number that need not be whole, or never: `amountFault` of src/schedule/bounds/amounts.ts
 * for the compiler.
 */
import type { AmountRole, amounts } from '../../../src/schedule/bounds/amounts.js';
import type { mustBe } from '../../../src/schedule/sentences.js';
import type { Judged } from './judged.js';

type Bounds = typeof amounts;

/** JavaScript writes numbers between 0 and 1 in these two ways; a numeral that it would write differently is left to the verifier. */
type IsAtMostOne<Numeral extends string, N extends number> = number extends N
  ? true
  : Numeral extends '1' | `0.${string}` | `${string}e-${string}`
    ? true
    : false;

type Holds<What, Numeral extends string, N extends number> = Numeral extends `-${string}`
  ? false
  : Numeral extends '0'
    ? What extends `a number >= 0${string}`
      ? true
      : false
    : What extends 'a number > 0 and <= 1'
      ? IsAtMostOne<Numeral, N>
      : What extends `${string}and < 1`
        ? Numeral extends '1'
          ? false
          : IsAtMostOne<Numeral, N>
        : true;

/** Whether a numeral is within bounds: `isWithin` for the compiler. */
export type IsWithin<What extends Bounds[AmountRole], Numeral extends string> = Numeral extends `${infer N extends number}`
  ? Holds<What, Numeral, N>
  : false;

export type AmountFault<Role extends AmountRole, Numeral extends string> =
  IsWithin<Bounds[Role], Numeral> extends true ? never : mustBe<Role, Bounds[Role], Numeral>;

/** The sentence about a number of the code form, or never, also where it cannot be known. */
export type NumberAmountFault<Role extends AmountRole, N extends number> = number extends N ? never : AmountFault<Role, `${N}`>;

/** For an argument: its own type if it fits (or cannot be known), otherwise the sentence. */
export type AmountArgument<Role extends AmountRole, N extends number> = Judged<N, NumberAmountFault<Role, N>>;
