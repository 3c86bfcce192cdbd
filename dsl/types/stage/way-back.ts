/** The way back of a prolongation: `correctionGiven` of src/schedule/text/option-tables.ts for the compiler. */
import type { mixAndCorrection } from '../../../src/schedule/sentences.js';

/** A mix in the type of its stage. */
export interface Mixed<Alpha = number> {
  readonly kind: 'mix';
  readonly alpha: Alpha;
}

/** The way back of a prolongation, from the given options. */
export type WayBack<Given> = Given extends { readonly mix: infer Alpha }
  ? Mixed<Alpha>
  : Given extends { readonly correction: infer Correction }
    ? Correction
    : 'total';

/** The same from a builder's options, where `Mix` is never if none was given. */
export type Returned<Correction, Mix> = [Mix] extends [never] ? Correction : Mixed;

/** For the option `correction`: the accepted type, or the sentence about it, unless a mix was given too. */
export type UnlessMixed<Mix, Correction> = [Mix] extends [never] ? Correction : mixAndCorrection;
