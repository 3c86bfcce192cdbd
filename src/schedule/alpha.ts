/** The factor α of a correction, 0 < α ≤ 1: its bounds as a sentence. Not here: what a correction does (`src/transfer`). */
import { isWithin } from './amounts.js';
import { wrongCorrection } from './sentences.js';

/**
 * The sentence that a numeral earns as a correction's factor, or nothing. Numerals are read as those of other amounts are.
 *
 * @example
 * alphaFault('1.5') // 'correction must be total or a number > 0 and <= 1, such as 0.5 (was 1.5)'
 */
export const alphaFault = (numeral: string): string | undefined =>
  isWithin('a number > 0 and <= 1', numeral) ? undefined : wrongCorrection(numeral);
