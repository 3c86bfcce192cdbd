/**
 * Values of training options in the text form: the loss of a conditional end, `training(50)` or `heldOut`; the trained layers, `new` or `[0, 4..7]`,
 * where a range includes both ends. Not here: the options themselves (`options.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { countFault, mostLayers } from '../bounds/counts.js';
import type { OpenCount, OpenObservedLoss } from '../open-stages.js';
import { mustBe } from '../sentences.js';
import { closing, count, list, opening } from './numbers.js';
import { fail, inOrder, map, type Parser, succeed } from './parser.js';
import { expected } from './sentences.js';
import { isWord, shown, tokenAt } from './tokens.js';

export const observedLoss: Parser<OpenObservedLoss> = (text, at) => {
  const token = tokenAt(text, at);
  if (token.word === 'heldOut') return succeed({ kind: 'heldOut' }, token.end);
  if (token.word !== 'training') return fail(token, mustBe('on', 'training(window) or heldOut', shown(token)));
  return map(
    inOrder(opening, count('window'), closing),
    ([, window]: readonly [string, OpenCount, string]): OpenObservedLoss => ({ kind: 'training', window }),
  )(text, token.end);
};

/** The layers of a `TrainedPart`, as written. */
export type OpenLayers = 'new' | readonly number[];

/** `4`, or `4..7`. */
const layersOfWord: Parser<readonly number[]> = (text, at) => {
  const token = tokenAt(text, at);
  const refuse = fail(token, expected('a layer such as 3 or a range such as 4..7', shown(token)));
  if (!isWord(token)) return refuse;
  const [first = '', last = first, ...more] = token.word.split('..');
  if (more.length > 0 || countFault('layer', first) !== undefined || countFault('layer', last) !== undefined) return refuse;
  const length = Number(last) - Number(first) + 1;
  if (length < 1 || length > mostLayers) return refuse;
  return succeed(
    Array.from({ length }, (_, index) => Number(first) + index),
    token.end,
  );
};

export const trainedLayers: Parser<OpenLayers> = (text, at) => {
  const token = tokenAt(text, at);
  if (token.word === 'new') return succeed('new', token.end);
  const listed = list(layersOfWord)(text, at);
  return E.isLeft(listed) ? listed : succeed(listed.right[0].flat(), listed.right[1]);
};
