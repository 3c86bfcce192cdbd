/** The sentence that a numeral earns as a correction's factor, or never: `alphaFault` of src/schedule/alpha.ts for the compiler. */
import type { wrongCorrection } from '../../src/schedule/sentences.js';

/** JavaScript writes numbers between 0 and 1 in these two ways. */
type IsAlpha<Numeral extends string> = Numeral extends `${infer N extends number}`
  ? number extends N
    ? false
    : Numeral extends `-${string}`
      ? false
      : Numeral extends '1' | `0.${string}` | `${string}e-${string}`
        ? true
        : false
  : false;

export type AlphaFault<Numeral extends string> = IsAlpha<Numeral> extends true ? never : wrongCorrection<Numeral>;

/** For an argument: its own type where it fits (or cannot be known), else the sentence. */
export type CorrectionArgument<Given extends 'total' | number> = Given extends number
  ? number extends Given
    ? Given
    : [AlphaFault<`${Given}`>] extends [never]
      ? Given
      : AlphaFault<`${Given}`>
  : Given;
