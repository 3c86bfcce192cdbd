/** What a prolongation brings back: `correctionGiven` of src/schedule/text/option-tables.ts for the compiler. */
import type { mixAndCorrection } from '../../../src/schedule/sentences.js';

/** A mix in the type of its stage. */
export interface Mixed<Alpha = number> {
  readonly kind: 'mix';
  readonly alpha: Alpha;
}

/** What a prolongation brings back, of the options that were given. */
export type WayBack<Given> = Given extends { readonly mix: infer Alpha }
  ? Mixed<Alpha>
  : Given extends { readonly correction: infer Correction }
    ? Correction
    : 'total';

/** The same of a builder's options, where `Mix` is never if none was given. */
export type Returned<Correction, Mix> = [Mix] extends [never] ? Correction : Mixed;

/** For the option `correction`: what may be there, or the sentence about it, unless a mix was given too. */
export type UnlessMixed<Mix, Correction> = [Mix] extends [never] ? Correction : mixAndCorrection;
