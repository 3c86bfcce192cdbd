/**
 * Parsers as functions from (text, position) to a value and the next position, and the three combinators of the grammar. Not here: the grammar
 * itself.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { inColumn } from './sentences.js';
import { shown, type Token, tokenAt } from './tokens.js';

export type Parsed<A> = E.Either<Fault, readonly [value: A, next: number]>;
export type Parser<A> = (text: string, at: number) => Parsed<A>;

export const succeed = <A>(value: A, next: number): Parsed<A> => E.right([value, next]);

/** The fault of a token, with its 1-based column. */
export const fail = (token: Token, sentence: string): E.Either<Fault, never> => E.left(inputFault(inColumn(token.start + 1, sentence)));

/** Exactly this word; otherwise the sentence about what was found. */
export const symbol =
  (word: string, sentence: (was: string) => string): Parser<string> =>
  (text, at) => {
    const token = tokenAt(text, at);
    return token.word === word ? succeed(word, token.end) : fail(token, sentence(shown(token)));
  };

export const map =
  <A, B>(parser: Parser<A>, f: (value: A) => B): Parser<B> =>
  (text, at) =>
    E.map(([value, next]: readonly [A, number]): readonly [B, number] => [f(value), next])(parser(text, at));

/** One parser after the other; the values of all. */
export const inOrder =
  <Values extends readonly unknown[]>(...parsers: { readonly [I in keyof Values]: Parser<Values[I]> }): Parser<Values> =>
  (text, at) => {
    const values: unknown[] = [];
    let place = at;
    for (const parser of parsers as readonly Parser<unknown>[]) {
      const result = parser(text, place);
      if (E.isLeft(result)) return result;
      values.push(result.right[0]);
      place = result.right[1];
    }
    return succeed(values as unknown as Values, place);
  };
