/**
 * Tau corrections in the text form: `tau: 4`, the number of batches, `tau: true` for one, or `tau: false` for none. Not here: where they have a
 * meaning (`../verify/tau-faults.ts`).
 */
import type { Tau } from '../schedule.js';
import { numeral } from './numbers.js';
import { map, type Parser, succeed } from './parser.js';
import { tokenAt } from './tokens.js';

export const tau: Parser<Tau | false> = (text, at) => {
  const token = tokenAt(text, at);
  if (token.word === 'false') return succeed(false, token.end);
  return token.word === 'true' ? succeed({ batches: 1 }, token.end) : map(numeral('tau'), (batches): Tau => ({ batches }))(text, at);
};

/** The option in a stage; nothing for `false`. */
export const tauGiven = (given: Tau | false | undefined): { readonly tau?: Tau } =>
  given === undefined || given === false ? {} : { tau: given };
