/** Tau corrections in the text form: `tau: 4`, the number of batches, or `tau: true` for one. Not here: where they have a meaning (`../tau.ts`). */
import type { Tau } from '../schedule.js';
import { numeral } from './numbers.js';
import { map, type Parser, succeed } from './parser.js';
import { tokenAt } from './tokens.js';

export const tau: Parser<Tau> = (text, at) => {
  const token = tokenAt(text, at);
  return token.word === 'true' ? succeed({ batches: 1 }, token.end) : map(numeral('tau'), (batches): Tau => ({ batches }))(text, at);
};

export const printTau = (given: Tau | undefined): readonly string[] => (given === undefined ? [] : [`tau: ${given.batches}`]);
