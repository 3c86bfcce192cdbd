/** Line searches in the text form: `lineSearch: 4`, the most tries on one batch, or `lineSearch: (tries: 4, batches: 2)`. */
import type { LineSearch } from '../schedule.js';
import { closing, colon, comma, numeral, opening } from './numbers.js';
import { inOrder, map, type Parser, symbol } from './parser.js';
import { expected } from './sentences.js';
import { tokenAt } from './tokens.js';

/** `name: value`, in a place where no other name may be. */
export const named = <A>(name: string, value: Parser<A>): Parser<A> =>
  map(
    inOrder(
      symbol(name, (was) => expected(`"${name}"`, was)),
      colon,
      value,
    ),
    ([, , found]) => found,
  );

const both: Parser<LineSearch> = map(
  inOrder(opening, named('tries', numeral('tries')), comma, named('batches', numeral('batches')), closing),
  ([, tries, , batches]) => ({ tries, batches }),
);

export const lineSearch: Parser<LineSearch> = (text, at) =>
  tokenAt(text, at).word === '(' ? both(text, at) : map(numeral('tries'), (tries): LineSearch => ({ tries, batches: 1 }))(text, at);
