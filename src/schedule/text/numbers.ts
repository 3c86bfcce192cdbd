/** Parsers for punctuation and numbers of the text form. Not here: what contains them (`operators.ts`, `options.ts`, `grammar.ts`). */
import * as E from 'fp-ts/lib/Either.js';
import { alphaFault } from '../bounds/alpha.js';
import { type AmountRole, amountFault, amounts, numberOf } from '../bounds/amounts.js';
import { type CountRole, countFault, isNumeral } from '../bounds/counts.js';
import type { OpenCorrection, OpenCount } from '../open-stages.js';
import { mustBe, wrongCorrection } from '../sentences.js';
import { fail, map, type Parser, succeed, symbol } from './parser.js';
import { expected, missingParenthesis } from './sentences.js';
import { isWord, shown, tokenAt } from './tokens.js';

export const opening = symbol('(', (was) => missingParenthesis('(', was));
export const closing = symbol(')', (was) => missingParenthesis(')', was));
export const comma = symbol(',', (was) => expected('","', was));
export const colon = symbol(':', (was) => expected('":"', was));
const bracket = symbol('[', (was) => expected('"["', was));

/** A numeral, by what is wrong with it if anything is. Else: what is said where no word is. */
export const numeralBy =
  (faultOf: (numeral: string) => string | undefined, otherwise: (was: string) => string): Parser<number> =>
  (text, at) => {
    const token = tokenAt(text, at);
    const fault = isWord(token) ? faultOf(token.word) : otherwise(shown(token));
    return fault === undefined ? succeed(Number(token.word), token.end) : fail(token, fault);
  };

/** A numeral, or a free name in its place. */
const orName =
  (numeral: Parser<number>): Parser<OpenCount> =>
  (text, at) => {
    const token = tokenAt(text, at);
    return isWord(token) && !isNumeral(token.word) ? succeed({ name: token.word }, token.end) : numeral(text, at);
  };

const countBy = (role: CountRole, what: string): Parser<number> =>
  numeralBy(
    (word) => countFault(role, word),
    (was) => expected(what, was),
  );

/** A count as written: a numeral within its bounds, or a free name. */
export const count = (role: CountRole): Parser<OpenCount> => orName(countBy(role, 'a number or a name'));

/** A count that determines the stages, and so cannot be a free name. */
export const numeral = (role: CountRole): Parser<number> => countBy(role, 'a number');

/** A number that need not be whole, within its bounds, and cannot be a free name. */
export const amountNumeral = (role: AmountRole): Parser<number> =>
  numeralBy(
    (word) => amountFault(role, word),
    (was) => mustBe(role, amounts[role], was),
  );

/** A number that need not be whole, within its bounds; or a free name. */
export const amount = (role: AmountRole): Parser<OpenCount> => orName(amountNumeral(role));

/** The factor of a mix: `total` is not a name here, but the other way back. */
export const mix: Parser<OpenCount> = (text, at) => {
  const token = tokenAt(text, at);
  return token.word === 'total' ? fail(token, mustBe('mix', amounts.mix, token.word)) : amount('mix')(text, at);
};

const factor: Parser<OpenCorrection> = map(orName(numeralBy(alphaFault, wrongCorrection)), (alpha) => ({ kind: 'correction', alpha }));

/** `total`, or the factor of a correction. */
export const correction: Parser<OpenCorrection> = (text, at) => {
  const token = tokenAt(text, at);
  return token.word === 'total' ? succeed({ kind: 'total' }, token.end) : factor(text, at);
};

/** Any finite number; there is one zero. */
const real: Parser<number> = (text, at) => {
  const token = tokenAt(text, at);
  const value = numberOf(token.word) + 0;
  return Number.isNaN(value) ? fail(token, expected('a number such as -0.5', shown(token))) : succeed(value, token.end);
};

/** At least one item between an opening and a closing token, separated by commas. */
export const listBetween =
  <A>(open: Parser<string>, element: Parser<A>, close: ']' | ')'): Parser<readonly A[]> =>
  (text, at) => {
    const values: A[] = [];
    let separator = open(text, at);
    for (;;) {
      if (E.isLeft(separator)) return separator;
      const parsed = element(text, separator.right[1]);
      if (E.isLeft(parsed)) return parsed;
      values.push(parsed.right[0]);
      const token = tokenAt(text, parsed.right[1]);
      if (token.word === close) return succeed(values, token.end);
      separator = token.word === ',' ? succeed(',', token.end) : fail(token, expected(`"," or "${close}"`, shown(token)));
    }
  };

/** `[a, b, …]` */
export const list = <A>(element: Parser<A>): Parser<readonly A[]> => listBetween(bracket, element, ']');

/** `[[a, b], [c, d]]` */
export const matrix: Parser<readonly (readonly number[])[]> = list(list(real));
