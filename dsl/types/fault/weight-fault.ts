/** The sentence about a numeral that is not a valid weight of an arm, or never: `weightFault` of src/schedule/bounds/weights.ts for the compiler. */
import type { wrongWeight } from '../../../src/schedule/sentences.js';
import type { AlphaFault } from './alpha-fault.js';
import type { Judged } from './judged.js';

export type WeightFault<Numeral extends string> = [AlphaFault<Numeral>] extends [never] ? never : wrongWeight<Numeral>;

/** For arguments: each weight's own type if it fits (or cannot be known), otherwise the sentence. */
export type WeightArguments<Weights extends readonly number[]> = {
  readonly [I in keyof Weights]: Judged<Weights[I], number extends Weights[I] ? never : WeightFault<`${Weights[I]}`>>;
};
