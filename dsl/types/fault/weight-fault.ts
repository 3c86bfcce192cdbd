/** The sentence that a numeral earns as an arm's weight, or never: `weightFault` of src/schedule/bounds/weights.ts for the compiler. */
import type { wrongWeight } from '../../../src/schedule/sentences.js';
import type { AlphaFault } from './alpha-fault.js';
import type { Judged } from './judged.js';

export type WeightFault<Numeral extends string> = [AlphaFault<Numeral>] extends [never] ? never : wrongWeight<Numeral>;

/** For arguments: each weight's own type where it fits (or cannot be known), else the sentence. */
export type WeightArguments<Weights extends readonly number[]> = {
  readonly [I in keyof Weights]: Judged<Weights[I], number extends Weights[I] ? never : WeightFault<`${Weights[I]}`>>;
};
