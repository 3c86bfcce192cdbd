/** Punctuation and numbers of the text form, as parsers. Not here: what they are in (`operators.ts`, `options.ts`, `grammar.ts`). */
import * as E from 'fp-ts/lib/Either.js';
import { alphaFault } from '../bounds/alpha.js';
import { type AmountRole, amountFault, amounts, numberOf } from '../bounds/amounts.js';
import { type CountRole, countFault, isNumeral } from '../bounds/counts.js';
import type { OpenCorrection, OpenCount } from '../open-stages.js';
import { mustBe, wrongCorrection } from '../sentences.js';
import { fail, type Parser, succeed, symbol } from './parser.js';
import { expected, missingParenthesis } from './sentences.js';
import { isWord, shown, tokenAt } from './tokens.js';

export const opening = symbol('(', (was) => missingParenthesis('(', was));
export const closing = symbol(')', (was) => missingParenthesis(')', was));
export const comma = symbol(',', (was) => expected('","', was));
export const colon = symbol(':', (was) => expected('":"', was));
const bracket = symbol('[', (was) => expected('"["', was));

/** A count as written: a numeral within its bounds, or a free name. */
export const count =
  (role: CountRole): Parser<OpenCount> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (!isWord(token)) return fail(token, expected('a number or a name', shown(token)));
    if (!isNumeral(token.word)) return succeed({ name: token.word }, token.end);
    const fault = countFault(role, token.word);
    return fault === undefined ? succeed(Number(token.word), token.end) : fail(token, fault);
  };

/** A count that says which stages there are, and so cannot wait for a name to be bound. */
export const numeral =
  (role: CountRole): Parser<number> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (!isWord(token)) return fail(token, expected('a number', shown(token)));
    const fault = countFault(role, token.word);
    return fault === undefined ? succeed(Number(token.word), token.end) : fail(token, fault);
  };

/** A number that need not be whole, within its bounds; or a free name. */
export const amount =
  (role: AmountRole): Parser<OpenCount> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (!isWord(token)) return fail(token, mustBe(role, amounts[role], shown(token)));
    if (!isNumeral(token.word)) return succeed({ name: token.word }, token.end);
    const fault = amountFault(role, token.word);
    return fault === undefined ? succeed(Number(token.word), token.end) : fail(token, fault);
  };

/** The factor of a mix: `total` is no name here, but the other way back. */
export const mix: Parser<OpenCount> = (text, at) => {
  const token = tokenAt(text, at);
  return token.word === 'total' ? fail(token, mustBe('mix', amounts.mix, token.word)) : amount('mix')(text, at);
};

/** `total`, or the factor of a correction. */
export const correction: Parser<OpenCorrection> = (text, at) => {
  const token = tokenAt(text, at);
  if (!isWord(token)) return fail(token, wrongCorrection(shown(token)));
  if (token.word === 'total') return succeed({ kind: 'total' }, token.end);
  if (!isNumeral(token.word)) return succeed({ kind: 'correction', alpha: { name: token.word } }, token.end);
  const fault = alphaFault(token.word);
  return fault === undefined ? succeed({ kind: 'correction', alpha: Number(token.word) }, token.end) : fail(token, fault);
};

/** Any finite number; there is one zero. */
const real: Parser<number> = (text, at) => {
  const token = tokenAt(text, at);
  const value = numberOf(token.word) + 0;
  return Number.isNaN(value) ? fail(token, expected('a number such as -0.5', shown(token))) : succeed(value, token.end);
};

/** `[a, b, …]`, at least one. */
export const list =
  <A>(element: Parser<A>): Parser<readonly A[]> =>
  (text, at) => {
    const values: A[] = [];
    let separator = bracket(text, at);
    for (;;) {
      if (E.isLeft(separator)) return separator;
      const parsed = element(text, separator.right[1]);
      if (E.isLeft(parsed)) return parsed;
      values.push(parsed.right[0]);
      const token = tokenAt(text, parsed.right[1]);
      if (token.word === ']') return succeed(values, token.end);
      separator = token.word === ',' ? succeed(',', token.end) : fail(token, expected('"," or "]"', shown(token)));
    }
  };

/** `[[a, b], [c, d]]` */
export const matrix: Parser<readonly (readonly number[])[]> = list(list(real));
