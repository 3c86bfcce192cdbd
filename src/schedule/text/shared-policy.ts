/**
 * How arms are merged, as the text form writes it: `average`, `last`, `weighted(0.25, 0.75)`. Not here: whether the weights fit the arms
 * (`../bounds/weights.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { weightFault } from '../bounds/weights.js';
import type { SharedPolicy } from '../schedule.js';
import { mustBe, wrongWeight } from '../sentences.js';
import { opening } from './numbers.js';
import { fail, type Parser, succeed } from './parser.js';
import { expected } from './sentences.js';
import { isWord, shown, tokenAt } from './tokens.js';

/** What a sentence says may be here. */
export const sharedChoices = 'average or last or weighted(0.5, 0.5)';

const weight: Parser<number> = (text, at) => {
  const token = tokenAt(text, at);
  const fault = isWord(token) ? weightFault(token.word) : wrongWeight(shown(token));
  return fault === undefined ? succeed(Number(token.word), token.end) : fail(token, fault);
};

/** `(a, b, …)`, at least one. */
const weights: Parser<SharedPolicy> = (text, at) => {
  const found: number[] = [];
  let separator = opening(text, at);
  for (;;) {
    if (E.isLeft(separator)) return separator;
    const parsed = weight(text, separator.right[1]);
    if (E.isLeft(parsed)) return parsed;
    found.push(parsed.right[0]);
    const token = tokenAt(text, parsed.right[1]);
    if (token.word === ')') return succeed({ kind: 'weighted', weights: found }, token.end);
    separator = token.word === ',' ? succeed(',', token.end) : fail(token, expected('"," or ")"', shown(token)));
  }
};

export const sharedPolicy: Parser<SharedPolicy> = (text, at) => {
  const token = tokenAt(text, at);
  if (token.word === 'average' || token.word === 'last') return succeed({ kind: token.word }, token.end);
  return token.word === 'weighted' ? weights(text, token.end) : fail(token, mustBe('shared', sharedChoices, shown(token)));
};
