/** Tau corrections in the text form: src/schedule/text/tau.ts for the compiler. */
import type { Numeral, Parsed } from './parse-number.js';
import type { After, Token } from './words.js';

export type Tau<Rest extends string> = Token<Rest> extends 'true' ? Parsed<1, After<Rest, 'true'>> : Numeral<'tau', Rest>;
