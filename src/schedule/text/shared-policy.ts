/**
 * How arms are merged, in the text form: `average`, `last`, `weighted(0.25, 0.75)`. Not here: whether the weights fit the arms
 * (`../bounds/weights.ts`).
 */
import { weightFault } from '../bounds/weights.js';
import type { SharedPolicy } from '../schedule.js';
import { mustBe, wrongWeight } from '../sentences.js';
import { listBetween, numeralBy, opening } from './numbers.js';
import { fail, map, type Parser, succeed } from './parser.js';
import { shown, tokenAt } from './tokens.js';

/** The allowed values, for sentences. */
export const sharedChoices = 'average or last or weighted(0.5, 0.5)';

const weights: Parser<SharedPolicy> = map(listBetween(opening, numeralBy(weightFault, wrongWeight), ')'), (found) => ({
  kind: 'weighted',
  weights: found,
}));

export const sharedPolicy: Parser<SharedPolicy> = (text, at) => {
  const token = tokenAt(text, at);
  if (token.word === 'average' || token.word === 'last') return succeed({ kind: token.word }, token.end);
  return token.word === 'weighted' ? weights(text, token.end) : fail(token, mustBe('shared', sharedChoices, shown(token)));
};
