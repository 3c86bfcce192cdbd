/** Learnt transfers in the text form: `fit: 100`, the number of steps, or `fit: (steps: 100, rate: 0.1)`. */
import { fitDefaults } from '../defaults.js';
import type { Fit } from '../schedule.js';
import { named } from './line-search.js';
import { amountNumeral, closing, comma, numeral, opening } from './numbers.js';
import { inOrder, map, type Parser } from './parser.js';
import { tokenAt } from './tokens.js';

const both: Parser<Fit> = map(
  inOrder(opening, named('steps', numeral('fit')), comma, named('rate', amountNumeral('rate')), closing),
  ([, steps, , rate]) => ({ steps, rate }),
);

export const fit: Parser<Fit> = (text, at) =>
  tokenAt(text, at).word === '(' ? both(text, at) : map(numeral('fit'), (steps): Fit => ({ steps, ...fitDefaults }))(text, at);

/** The option in a stage, or nothing. */
export const fitGiven = (given: Fit | undefined): { readonly fit?: Fit } => (given === undefined ? {} : { fit: given });
