/** The factor α of a way back, 0 < α ≤ 1: its bounds as a sentence. Not here: what a way back does (`src/transfer`). */
import { match } from 'ts-pattern';
import type { Correction } from '../schedule.js';
import { wrongCorrection } from '../sentences.js';
import { amountFault, isWithin } from './amounts.js';

/**
 * The sentence about a numeral that is not a valid factor of a correction, or nothing. Numerals are parsed like those of other amounts.
 *
 * @example
 * alphaFault('1.5') // 'correction must be total or a number > 0 and <= 1, such as 0.5 (was 1.5)'
 */
export const alphaFault = (numeral: string): string | undefined =>
  isWithin('a number > 0 and <= 1', numeral) ? undefined : wrongCorrection(numeral);

/** The sentence of a way back whose factor is out of bounds, or nothing. */
export const factorFault = (correction: Correction): string | undefined =>
  match(correction)
    .with({ kind: 'total' }, () => undefined)
    .with({ kind: 'correction' }, ({ alpha }) => alphaFault(String(alpha)))
    .with({ kind: 'mix' }, ({ alpha }) => amountFault('mix', String(alpha)))
    .exhaustive();
