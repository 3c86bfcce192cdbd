/**
 * Operators of restrictions, and growths, in the text form: tables from a word to the parser of what follows it. Not here: what they do to layers
 * (`src/transfer`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { nearestTo } from '../../nearest.js';
import { type GrowthKind, growthCounts, growthOfKind } from '../bounds/growth.js';
import type { OpenDepthGrowth, OpenGrowth, OpenOperator, OpenSimpleOperator } from '../open-stages.js';
import { composesTooFew } from '../sentences.js';
import { closing, comma, count, matrix, opening } from './numbers.js';
import { moreIn, pairingValue } from './option-list.js';
import { pairingGiven } from './option-tables.js';
import { fail, inOrder, map, type Parser, succeed } from './parser.js';
import { expected, notComposable, unknownGrowth, unknownOperator, unknownWay } from './sentences.js';
import { isWord, shown, tokenAt } from './tokens.js';

const oneOf =
  <A>(what: string, words: ReadonlyMap<string, Parser<A>>, unknown: (word: string) => string): Parser<A> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (!isWord(token)) return fail(token, expected(what, shown(token)));
    const parser = words.get(token.word);
    if (parser !== undefined) return parser(text, token.end);
    return fail(token, unknown(token.word) + nearestTo(token.word, [...words.keys()]));
  };

const halves =
  (offset: number): Parser<OpenSimpleOperator> =>
  (_text, at) =>
    succeed({ kind: 'every', factor: 2, offset }, at);

const paired = <Kind extends 'average' | 'width'>(kind: Kind) =>
  map(
    inOrder(
      opening,
      count('factor'),
      moreIn((_operator, _pairing, given) => pairingValue(given), kind, {}),
      closing,
    ),
    ([, factor, { pairing }]) => ({ kind, factor, ...pairingGiven(pairing) }),
  );

const width = paired('width');

const simpleOperators: ReadonlyMap<string, Parser<OpenSimpleOperator>> = new Map<string, Parser<OpenSimpleOperator>>([
  ['even', halves(0)],
  ['odd', halves(1)],
  [
    'every',
    map(
      inOrder(opening, count('factor'), comma, count('offset'), closing),
      ([, factor, , offset]): OpenSimpleOperator => ({ kind: 'every', factor, offset }),
    ),
  ],
  ['average', paired('average')],
  ['width', width],
  [
    'matrix',
    map(
      inOrder(opening, matrix, comma, matrix, closing),
      ([, restriction, , prolongation]): OpenSimpleOperator => ({ kind: 'matrix', restriction, prolongation }),
    ),
  ],
]);

const part: Parser<OpenSimpleOperator> = oneOf('an operator', simpleOperators, notComposable);

/** `OPERATOR, OPERATOR, …`, at least two; the verifier says how many there may be. */
const parts: Parser<readonly OpenSimpleOperator[]> = (text, at) => {
  const found: OpenSimpleOperator[] = [];
  for (let place = at; ; ) {
    const read = part(text, place);
    if (E.isLeft(read)) return read;
    const [operator, next] = read.right;
    found.push(operator);
    const token = tokenAt(text, next);
    if (token.word !== ',') return found.length < 2 ? fail(token, composesTooFew(found.length)) : succeed(found, next);
    place = token.end;
  }
};

const operators: ReadonlyMap<string, Parser<OpenOperator>> = new Map<string, Parser<OpenOperator>>([
  ...simpleOperators,
  ['compose', map(inOrder(opening, parts, closing), ([, found]): OpenOperator => ({ kind: 'compose', operators: found }))],
]);

const growth = (kind: GrowthKind): Parser<OpenDepthGrowth> =>
  map(inOrder(opening, count(growthCounts[kind]), closing), ([, found]): OpenDepthGrowth => growthOfKind(kind, found));

/** `interleave` (Chang et al. 2018) and `repeat` are two words for one growth. */
const depthGrowths: ReadonlyMap<string, Parser<OpenDepthGrowth>> = new Map([
  ['stack', growth('stack')],
  ['repeat', growth('repeat')],
  ['interleave', growth('repeat')],
  ['zero', growth('zero')],
  ['middle', growth('middle')],
  ['central', growth('central')],
  ['last', growth('last')],
  ['fresh', growth('fresh')],
  ['identity', growth('identity')],
  ['loop', growth('loop')],
]);

const growths: ReadonlyMap<string, Parser<OpenGrowth>> = new Map<string, Parser<OpenGrowth>>([...depthGrowths, ['width', width]]);

export const operator = (stage: string): Parser<OpenOperator> => oneOf('an operator', operators, (word) => unknownOperator(stage, word));

export const growthOf = (stage: string): Parser<OpenGrowth> => oneOf('a growth', growths, (word) => unknownGrowth(stage, word));

/** The operators and growths of a cascade: there `width` is an operator. */
export const operatorOrGrowth: Parser<OpenOperator | OpenDepthGrowth> = oneOf(
  'an operator',
  new Map<string, Parser<OpenOperator | OpenDepthGrowth>>([...operators, ...depthGrowths]),
  unknownWay,
);
