/** The sentence that a numeral earns as a correction's factor, or never: `alphaFault` of src/schedule/bounds/alpha.ts for the compiler. */
import type { wrongCorrection } from '../../../src/schedule/sentences.js';
import type { IsWithin } from './amount-fault.js';
import type { Judged } from './judged.js';

export type AlphaFault<Numeral extends string> = IsWithin<'a number > 0 and <= 1', Numeral> extends true ? never : wrongCorrection<Numeral>;

/** For an argument: its own type where it fits (or cannot be known), else the sentence. */
export type CorrectionArgument<Given extends 'total' | number> = Judged<Given, CorrectionFault<Given>>;

export type CorrectionFault<Given> = Given extends number ? (number extends Given ? never : AlphaFault<`${Given}`>) : never;
