/**
 * Options of stages and cycles, `name: value`: tables of which there are, and the parsers of their values. Not here: which stage has
 * which meaning (`grammar.ts`, `cycles.ts`).
 */
import { closest } from 'fastest-levenshtein';
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Interpolation, MomentsPolicy, StepSizePolicy } from '../schedule.js';
import { expected, mustBe, nearestWord, optionTwice, unknownOption } from '../sentences.js';
import { colon, correction, count, numeral } from './numbers.js';
import type { OpenCorrection, OpenCount, OpenGrowth, OpenOperator } from './open.js';
import { operator, operatorOrGrowth } from './operators.js';
import { fail, map, type Parser, succeed } from './parser.js';
import { isWord, shown, tokenAt } from './tokens.js';

/** The values of each option that is one word of a few. */
export const optionValues = {
  h: ['scale', 'keep'],
  moments: ['carry', 'reset', 'rescale'],
  interpolation: ['own', 'repeat', 'linear'],
} as const;

const cycleOptions = ['levels', 'operator', 'pre', 'coarse', 'post', 'h', 'correction', 'interpolation', 'moments'] as const;

/** The options of each stage that has any, in the order in which they are printed; and those of the cycles. */
export const stageOptions = {
  restrict: ['h', 'moments'],
  prolongate: ['correction', 'interpolation', 'moments'],
  grow: ['h', 'moments'],
  vCycle: cycleOptions,
  wCycle: cycleOptions,
  fCycle: cycleOptions,
  nested: cycleOptions,
  cascade: ['levels', 'operator', 'coarse', 'post', 'h', 'correction', 'interpolation', 'moments'],
} as const;

/** What holds where a stage's option is left out; not printed. A growth keeps h: the methods that grow networks have h = 1 throughout. */
export const defaults = {
  restrict: { h: 'scale', moments: 'carry' },
  prolongate: { correction: { kind: 'total' }, interpolation: 'own', moments: 'carry' },
  grow: { h: 'keep', moments: 'carry' },
} as const;

export type Optioned = keyof typeof stageOptions;

/** The options that were given. */
export interface Given {
  readonly h?: StepSizePolicy;
  readonly moments?: MomentsPolicy;
  readonly interpolation?: Interpolation;
  readonly correction?: OpenCorrection;
  readonly levels?: number;
  readonly operator?: OpenOperator | OpenGrowth;
  /** Steps before a restriction, on the coarsest level, after a prolongation. */
  readonly pre?: OpenCount;
  readonly coarse?: OpenCount;
  readonly post?: OpenCount;
}

const oneWord =
  <const Values extends readonly string[]>(name: string, values: Values): Parser<Values[number]> =>
  (text, at) => {
    const token = tokenAt(text, at);
    const value = values.find((each) => each === token.word);
    return value === undefined ? fail(token, mustBe(name, values.join(' or '), shown(token))) : succeed(value, token.end);
  };

const optionValue = (stage: Optioned, name: keyof Given, given: Given): Parser<Given> =>
  match(name)
    .returnType<Parser<Given>>()
    .with('h', () => map(oneWord(name, optionValues.h), (h) => ({ ...given, h })))
    .with('moments', () => map(oneWord(name, optionValues.moments), (moments) => ({ ...given, moments })))
    .with('interpolation', () => map(oneWord(name, optionValues.interpolation), (interpolation) => ({ ...given, interpolation })))
    .with('correction', () => map(correction, (found) => ({ ...given, correction: found })))
    .with('levels', () => map(numeral('levels'), (levels) => ({ ...given, levels })))
    .with('operator', () => map(stage === 'cascade' ? operatorOrGrowth : operator(stage), (found) => ({ ...given, operator: found })))
    .with('pre', () => map(count('steps'), (pre) => ({ ...given, pre })))
    .with('coarse', () => map(count('steps'), (coarse) => ({ ...given, coarse })))
    .with('post', () => map(count('steps'), (post) => ({ ...given, post })))
    .exhaustive();

/** One `name: value`, added to the options that already stand. */
const option =
  (stage: Optioned, given: Given): Parser<Given> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (!isWord(token)) return fail(token, expected('an option', shown(token)));
    const known: readonly (keyof Given)[] = stageOptions[stage];
    const name = known.find((each) => each === token.word);
    if (name === undefined) return fail(token, unknownOption(stage, token.word) + nearestWord(closest(token.word, known)));
    if (given[name] !== undefined) return fail(token, optionTwice(stage, name));
    return E.chain(([, next]: readonly [string, number]) => optionValue(stage, name, given)(text, next))(colon(text, token.end));
  };

/** Any number of `, name: value`. */
export const moreOptions =
  (stage: Optioned, given: Given): Parser<Given> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (token.word !== ',') return succeed(given, at);
    return E.chain(([more, next]: readonly [Given, number]) => moreOptions(stage, more)(text, next))(option(stage, given)(text, token.end));
  };

/** `name: value`, once or more, with commas between. */
export const someOptions =
  (stage: Optioned): Parser<Given> =>
  (text, at) =>
    E.chain(([given, next]: readonly [Given, number]) => moreOptions(stage, given)(text, next))(option(stage, {})(text, at));
