/**
 * Parsing options of stages and cycles, `name: value`; and of training stages with their conditional ends, which may be options of a cycle
 * themselves. Not here: which options there are (`option-tables.ts`), the stages that result (`grammar.ts`, `cycles.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import { nearestTo } from '../../nearest.js';
import { type CycleName, cycleShapes } from '../cycles.js';
import type { DataSource } from '../data-source.js';
import { rateDefaults } from '../defaults.js';
import type { OpenCount, OpenRate, OpenTrain } from '../open-stages.js';
import { END_PREFIX } from '../print/train.js';
import { mustBe } from '../sentences.js';
import { fit } from './fit.js';
import { lineSearch } from './line-search.js';
import { byDirection } from './moments.js';
import { amount, amountNumeral, closing, correction, count, mix, numeral, opening } from './numbers.js';
import { observedLoss, trainedLayers } from './observed.js';
import { operator, operatorOrGrowth } from './operators.js';
import { moreIn, type OptionValue, pairingValue, someIn } from './option-list.js';
import type { Given, Optioned } from './option-tables.js';
import { oneWord } from './option-words.js';
import { fail, inOrder, map, type Parser } from './parser.js';
import { isRate, rateOf } from './rates.js';
import { unknownEnd } from './sentences.js';
import { sharedPolicy } from './shared-policy.js';
import { dataWanted, quoted, textSourceOf } from './sources.js';
import { tau } from './tau.js';
import { shown, tokenAt } from './tokens.js';
import { type Ending, type EndKind, endOf, endOptions, isEnd, trainOf } from './train.js';

/** Cycles have transfers in both directions. */
const isCycle = (stage: Optioned): stage is CycleName => stage in cycleShapes;

const optionValue: OptionValue = (stage, name, given) =>
  match(name)
    .returnType<Parser<Given>>()
    .with('h', (h) => map(oneWord(h), (found) => ({ ...given, h: found })))
    .with('moments', 'counters', (policy) =>
      map(isCycle(stage) ? byDirection(policy) : oneWord(policy), (found) => ({ ...given, [policy]: found })),
    )
    .with('interpolation', (interpolation) => map(oneWord(interpolation), (found) => ({ ...given, interpolation: found })))
    .with('pairing', () => pairingValue(given))
    .with('way', () => map(oneWord('way'), (way) => ({ ...given, way })))
    .with('correction', () => map(correction, (found) => ({ ...given, correction: found })))
    .with('mix', () => map(mix, (found) => ({ ...given, mix: found })))
    .with('tau', () => map(tau, (found) => ({ ...given, tau: found })))
    .with('lineSearch', () => map(lineSearch, (found) => ({ ...given, lineSearch: found })))
    .with('fit', () => map(fit, (found) => ({ ...given, fit: found })))
    .with('levels', () => map(numeral('levels'), (levels) => ({ ...given, levels })))
    .with('operator', () => map(stage === 'cascade' ? operatorOrGrowth : operator(stage), (found) => ({ ...given, operator: found })))
    .with('pre', 'coarse', 'post', (part) => map(training, (found) => ({ ...given, [part]: found })))
    .with('shared', () => map(sharedPolicy, (shared) => ({ ...given, shared })))
    .with('only', () => map(trainedLayers, (only) => ({ ...given, only })))
    .with('sharedLayers', () => map(oneWord('sharedLayers'), (sharedLayers) => ({ ...given, sharedLayers })))
    .with('stochasticDepth', 'keep', (role) => map(amount(role), (found) => ({ ...given, [role]: found })))
    .with('layers', () => map(oneWord('layers'), (layers) => ({ ...given, layers })))
    .with('accumulate', 'batch', 'context', (role) => map(count(role), (found) => ({ ...given, [role]: found })))
    .with('learningRate', () => map(learningRate, (found) => ({ ...given, learningRate: found })))
    .with('floor', 'decay', (role) => map(amountNumeral(role), (found) => ({ ...given, [role]: found })))
    .with('warmup', 'rewarm', (role) => map(numeral(role), (found) => ({ ...given, [role]: found })))
    .with('clock', () => map(oneWord('clock'), (clock) => ({ ...given, clock })))
    .with('data', () => map(dataSource, (data) => ({ ...given, data })))
    .with('tokenizer', 'field', (name) => map(quoted(name), (found) => ({ ...given, [name]: found })))
    .with('heldOut', () => map(amountNumeral('heldOut'), (heldOut) => ({ ...given, heldOut })))
    .with('documents', () => map(oneWord('documents'), (documents) => ({ ...given, documents })))
    .with('on', () => map(observedLoss, (on) => ({ ...given, on })))
    .with('patience', () => map(count('patience'), (patience) => ({ ...given, patience })))
    .with('minDelta', () => map(amount('minDelta'), (minDelta) => ({ ...given, minDelta })))
    .with('ratio', () => map(amount('ratio'), (ratio) => ({ ...given, ratio })))
    .with('atMost', () => map(count('atMost'), (atMost) => ({ ...given, atMost })))
    .exhaustive();

/** Any number of `, name: value`. */
export const moreOptions = (stage: Optioned, given: Given): Parser<Given> => moreIn(optionValue, stage, given);

/** `name: value`, once or more, with commas between. */
export const someOptions = (stage: Optioned): Parser<Given> => someIn(optionValue, stage);

/** A rate that stays as it is, or `cosine(0.001, warmup: 10)`. */
const learningRate: Parser<OpenRate> = (text, at) => {
  const token = tokenAt(text, at);
  if (!isRate(token.word))
    return map(amount('learningRate'), (peak): OpenRate => ({ kind: 'constant', peak, ...rateDefaults.constant }))(text, at);
  const kind = token.word;
  return map(inOrder(opening, amountNumeral('peak'), moreOptions(kind, {}), closing), ([, peak, given]) => rateOf(kind, peak, given))(
    text,
    token.end,
  );
};

/** `text("corpus.txt", tokenizer: "gpt2")` or `tokens(65)` */
const dataSource: Parser<DataSource> = (text, at) => {
  const token = tokenAt(text, at);
  if (token.word === 'tokens')
    return map(inOrder(opening, numeral('vocabulary'), closing), ([, vocabulary]): DataSource => ({ kind: 'tokens', vocabulary }))(
      text,
      token.end,
    );
  if (token.word !== 'text') return fail(token, mustBe('data', dataWanted, shown(token)));
  return map(inOrder(opening, quoted('source'), moreOptions('text', {}), closing), ([, source, given]) => textSourceOf(source, given))(
    text,
    token.end,
  );
};

/** The end's own number, if it has one, and its options. */
const partsOf = (kind: EndKind): Parser<readonly [first: OpenCount | undefined, given: Given]> =>
  match(kind)
    .returnType<Parser<readonly [OpenCount | undefined, Given]>>()
    .with('loss', 'tokens', 'flops', (role) => inOrder(amount(role), moreOptions(`until.${role}`, {})))
    .with('plateau', 'slopeBelow', (name) => map(someOptions(`until.${name}`), (given) => [undefined, given]))
    .exhaustive();

const end = (kind: EndKind): Parser<Ending> => {
  const parts = inOrder(opening, partsOf(kind));
  return (text, at) => {
    const read = parts(text, at);
    if (E.isLeft(read)) return read;
    const [[, [first, given]], next] = read.right;
    const whole = endOf(kind, given, first);
    return E.isLeft(whole) ? fail(tokenAt(text, next), whole.left) : map(closing, () => whole.right)(text, next);
  };
};

const ending: Parser<Ending> = (text, at) => {
  const token = tokenAt(text, at);
  if (!token.word.startsWith(END_PREFIX)) return map(count('steps'), (steps) => ({ steps }))(text, at);
  const kind = token.word.slice(END_PREFIX.length);
  if (isEnd(kind)) return end(kind)(text, token.end);
  const words = Object.keys(endOptions).map((each) => `${END_PREFIX}${each}`);
  return fail(token, unknownEnd(token.word) + nearestTo(token.word, words));
};

/** What follows `train`. */
export const train: Parser<OpenTrain> = (text, at) => {
  const read = inOrder(opening, ending, moreOptions('train', {}))(text, at);
  if (E.isLeft(read)) return read;
  const [[, whole, given], next] = read.right;
  const stage = trainOf(whole, given);
  return E.isLeft(stage) ? fail(tokenAt(text, next), stage.left) : map(closing, () => stage.right)(text, next);
};

/** Training as an option of a cycle: a number of steps, an end, or a training stage with options of its own. */
const training: Parser<OpenTrain> = (text, at) => {
  const token = tokenAt(text, at);
  return token.word === 'train' && tokenAt(text, token.end).word === '('
    ? train(text, token.end)
    : map(ending, (whole): OpenTrain => ({ kind: 'train', ...whole }))(text, at);
};
