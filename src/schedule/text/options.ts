/**
 * Options of stages and cycles, `name: value`: tables of which there are, and the parsers of their values. Not here: which stage has
 * which meaning (`grammar.ts`, `cycles.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import { type CycleName, cycleShapes } from '../cycles.js';
import { type ByDirection, downOf, upOf, usualCounters } from '../moments.js';
import type {
  CountersPolicy,
  Interpolation,
  LineSearch,
  MomentsPolicy,
  SharedPolicy,
  SharedTraining,
  StepSizePolicy,
  Tau,
} from '../schedule.js';
import { expected, growthHasNoTau, optionTwice, unknownOption } from '../sentences.js';
import { lineSearch } from './line-search.js';
import { byDirection } from './moments.js';
import { nearestTo } from './nearest.js';
import { amount, colon, correction, count, numeral } from './numbers.js';
import { type OpenLayers, observedLoss, trainedLayers } from './observed.js';
import type { OpenCorrection, OpenCount, OpenGrowth, OpenObservedLoss, OpenOperator } from './open.js';
import { operator, operatorOrGrowth } from './operators.js';
import { oneWord } from './option-words.js';
import { fail, map, type Parser, succeed } from './parser.js';
import { sharedPolicy } from './shared-policy.js';
import { tau } from './tau.js';
import { isWord, shown, tokenAt } from './tokens.js';

const transferOptions = ['h', 'correction', 'interpolation', 'moments', 'counters', 'tau', 'lineSearch'] as const;

const cycleOptions = ['levels', 'operator', 'pre', 'coarse', 'post', ...transferOptions] as const;

/** The options of each stage that has any, in the order in which they are printed; and those of the cycles. */
export const stageOptions = {
  train: ['only', 'sharedLayers', 'stochasticDepth'],
  'until.plateau': ['on', 'patience', 'minDelta', 'atMost'],
  'until.loss': ['on', 'atMost'],
  'until.tokens': ['atMost'],
  'until.flops': ['atMost'],
  'until.slopeBelow': ['on', 'ratio', 'atMost'],
  restrict: ['h', 'moments', 'counters', 'tau'],
  prolongate: ['correction', 'interpolation', 'moments', 'counters', 'lineSearch'],
  grow: ['h', 'moments', 'counters'],
  branch: ['shared'],
  vCycle: cycleOptions,
  wCycle: cycleOptions,
  fCycle: cycleOptions,
  nested: cycleOptions,
  cascade: ['levels', 'operator', 'coarse', 'post', ...transferOptions],
} as const;

/**
 * What holds where a stage's option is left out; not printed. A growth keeps h: the methods that grow networks have h = 1 throughout. Counters
 * are those that are usual with the moments' policy.
 */
export const defaults = {
  train: { sharedLayers: 'freeze' },
  'until.plateau': { minDelta: 0 },
  'until.slopeBelow': { ratio: 1 },
  restrict: { h: 'scale', moments: 'carry', counters: 'carry' },
  prolongate: { correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' },
  grow: { h: 'keep', moments: 'carry', counters: 'carry' },
  branch: { shared: { kind: 'average' } },
} as const;

interface Policies {
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
}

/** The policies of a restriction, of those that were given. */
export const policiesDown = ({ moments, counters }: Pick<Given, 'moments' | 'counters'>): Policies => {
  const policy = moments === undefined ? defaults.restrict.moments : downOf(moments);
  return { moments: policy, counters: counters === undefined ? usualCounters(policy) : downOf(counters) };
};

/** The policies of a prolongation or growth. */
export const policiesUp = ({ moments, counters }: Pick<Given, 'moments' | 'counters'>): Policies => {
  const policy = moments === undefined ? defaults.prolongate.moments : upOf(moments);
  return { moments: policy, counters: counters === undefined ? usualCounters(policy) : upOf(counters) };
};

export type Optioned = keyof typeof stageOptions;

/** The options that were given. */
export interface Given {
  readonly h?: StepSizePolicy;
  readonly moments?: ByDirection<MomentsPolicy>;
  readonly counters?: ByDirection<CountersPolicy>;
  readonly interpolation?: Interpolation;
  readonly correction?: OpenCorrection;
  readonly tau?: Tau;
  readonly lineSearch?: LineSearch;
  readonly levels?: number;
  readonly operator?: OpenOperator | OpenGrowth;
  /** Steps before a restriction, on the coarsest level, after a prolongation. */
  readonly pre?: OpenCount;
  readonly coarse?: OpenCount;
  readonly post?: OpenCount;
  readonly shared?: SharedPolicy;
  /** Of training stages, and of what ends them. */
  readonly only?: OpenLayers;
  readonly sharedLayers?: SharedTraining;
  readonly stochasticDepth?: OpenCount;
  readonly on?: OpenObservedLoss;
  readonly patience?: OpenCount;
  readonly minDelta?: OpenCount;
  readonly ratio?: OpenCount;
  readonly atMost?: OpenCount;
}

/** Cycles have transfers in both directions. */
const isCycle = (stage: Optioned): stage is CycleName => stage in cycleShapes;

const optionValue = (stage: Optioned, name: keyof Given, given: Given): Parser<Given> =>
  match(name)
    .returnType<Parser<Given>>()
    .with('h', (h) => map(oneWord(h), (found) => ({ ...given, h: found })))
    .with('moments', 'counters', (policy) =>
      map(isCycle(stage) ? byDirection(policy) : oneWord(policy), (found) => ({ ...given, [policy]: found })),
    )
    .with('interpolation', (interpolation) => map(oneWord(interpolation), (found) => ({ ...given, interpolation: found })))
    .with('correction', () => map(correction, (found) => ({ ...given, correction: found })))
    .with('tau', () => map(tau, (found) => ({ ...given, tau: found })))
    .with('lineSearch', () => map(lineSearch, (found) => ({ ...given, lineSearch: found })))
    .with('levels', () => map(numeral('levels'), (levels) => ({ ...given, levels })))
    .with('operator', () => map(stage === 'cascade' ? operatorOrGrowth : operator(stage), (found) => ({ ...given, operator: found })))
    .with('pre', () => map(count('steps'), (pre) => ({ ...given, pre })))
    .with('coarse', () => map(count('steps'), (coarse) => ({ ...given, coarse })))
    .with('post', () => map(count('steps'), (post) => ({ ...given, post })))
    .with('shared', () => map(sharedPolicy, (shared) => ({ ...given, shared })))
    .with('only', () => map(trainedLayers, (only) => ({ ...given, only })))
    .with('sharedLayers', () => map(oneWord('sharedLayers'), (sharedLayers) => ({ ...given, sharedLayers })))
    .with('stochasticDepth', () => map(amount('stochasticDepth'), (stochasticDepth) => ({ ...given, stochasticDepth })))
    .with('on', () => map(observedLoss, (on) => ({ ...given, on })))
    .with('patience', () => map(count('patience'), (patience) => ({ ...given, patience })))
    .with('minDelta', () => map(amount('minDelta'), (minDelta) => ({ ...given, minDelta })))
    .with('ratio', () => map(amount('ratio'), (ratio) => ({ ...given, ratio })))
    .with('atMost', () => map(count('atMost'), (atMost) => ({ ...given, atMost })))
    .exhaustive();

/** One `name: value`, added to the options that already stand. */
const option =
  (stage: Optioned, given: Given): Parser<Given> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (!isWord(token)) return fail(token, expected('an option', shown(token)));
    const known: readonly (keyof Given)[] = stageOptions[stage];
    const name = known.find((each) => each === token.word);
    if (name === undefined && stage === 'grow' && token.word === 'tau') return fail(token, growthHasNoTau());
    if (name === undefined) return fail(token, unknownOption(stage, token.word) + nearestTo(token.word, known));
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
