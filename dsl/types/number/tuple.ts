/** Tuples of a given length, for arithmetic on small literal numbers. */

type Tenfold<T extends readonly unknown[]> = [...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T];

/** Tuples of length 0 to 9, by digit. */
export interface DigitTuple {
  '0': [];
  '1': [0];
  '2': [0, 0];
  '3': [0, 0, 0];
  '4': [0, 0, 0, 0];
  '5': [0, 0, 0, 0, 0];
  '6': [0, 0, 0, 0, 0, 0];
  '7': [0, 0, 0, 0, 0, 0, 0];
  '8': [0, 0, 0, 0, 0, 0, 0, 0];
  '9': [0, 0, 0, 0, 0, 0, 0, 0, 0];
}

export type Digit = keyof DigitTuple;

/** A tuple ten times as long, and one digit longer. */
export type AppendDigit<T extends readonly unknown[], D extends Digit> = [...Tenfold<T>, ...DigitTuple[D]];

/** A tuple whose length is the given decimal number, of up to three digits. */
export type TupleOf<Digits extends string, T extends readonly unknown[] = []> = Digits extends `${infer D extends Digit}${infer Rest}`
  ? TupleOf<Rest, AppendDigit<T, D>>
  : T;
