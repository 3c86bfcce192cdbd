/** Line searches in the text form: `lineSearch: 4`, the most tries on one batch, or `lineSearch: (tries: 4, batches: 2)`. */
import type { LineSearch } from '../schedule.js';
import { closing, colon, comma, numeral, opening } from './numbers.js';
import { inOrder, map, type Parser, symbol } from './parser.js';
import { expected } from './sentences.js';
import { tokenAt } from './tokens.js';

const word = (wanted: string): Parser<string> => symbol(wanted, (was) => expected(`"${wanted}"`, was));

const both: Parser<LineSearch> = map(
  inOrder(opening, word('tries'), colon, numeral('tries'), comma, word('batches'), colon, numeral('batches'), closing),
  ([, , , tries, , , , batches]) => ({ tries, batches }),
);

export const lineSearch: Parser<LineSearch> = (text, at) =>
  tokenAt(text, at).word === '(' ? both(text, at) : map(numeral('tries'), (tries): LineSearch => ({ tries, batches: 1 }))(text, at);
