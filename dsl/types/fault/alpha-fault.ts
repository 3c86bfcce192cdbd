/**
 * The sentence about a numeral that is not a valid factor of a correction, or never: `alphaFault` of src/schedule/bounds/alpha.ts for the compiler.
 */
import type { wrongCorrection } from '../../../src/schedule/sentences.js';
import type { IsWithin } from './amount-fault.js';
import type { Judged } from './judged.js';

export type AlphaFault<Numeral extends string> = IsWithin<'a number > 0 and <= 1', Numeral> extends true ? never : wrongCorrection<Numeral>;

/** For an argument: its own type if it fits (or cannot be known), otherwise the sentence. */
export type CorrectionArgument<Given extends 'total' | number> = Judged<Given, CorrectionFault<Given>>;

export type CorrectionFault<Given> = Given extends number ? (number extends Given ? never : AlphaFault<`${Given}`>) : never;
