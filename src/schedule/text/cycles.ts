/**
 * Cycles in the text form: from the options of one to its stages. `dsl/cycles.ts` uses this too, so that both forms mean the same. Not here: the
 * shapes (`../cycles.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { isGrowthKind, usualStep } from '../bounds/growth.js';
import { type CycleName, cycleShapes } from '../cycles.js';
import { defaults } from '../defaults.js';
import type { OpenDepthGrowth, OpenOperator, OpenStage, OpenStages, OpenTrain } from '../open-stages.js';
import { growthHasNoTau, mixAndCorrection } from '../sentences.js';
import { closing, opening } from './numbers.js';
import { correctionGiven, type Given, policiesDown, policiesUp } from './option-tables.js';
import { someOptions } from './options.js';
import { fail, inOrder, map, type Parser, succeed } from './parser.js';
import { growthHasNoReturn, missingOption, unknownOperator } from './sentences.js';
import { tauGiven } from './tau.js';
import { tokenAt } from './tokens.js';

/** The required options of a cycle, in the order in which they are reported missing. */
export const requiredOptions = ['levels', 'operator', 'coarse'] as const;

/** Options that do not apply to a cascade by growth. */
export const returnOptions = ['correction', 'mix', 'interpolation', 'lineSearch'] as const;

export type CycleOptions = Given & Required<Pick<Given, (typeof requiredOptions)[number]>>;

/** In plain JavaScript the operator of a cycle may be anything; the verifier says what is wrong with it. */
const isGrowth = (operator: OpenOperator | OpenDepthGrowth | null): operator is OpenDepthGrowth =>
  operator !== null && isGrowthKind(operator.kind);

const between = (operator: OpenOperator | OpenDepthGrowth, given: Given): { readonly down: OpenStages; readonly up: OpenStages } => {
  const { h, interpolation = defaults.prolongate.interpolation, tau, lineSearch, ...others } = given;
  if (isGrowth(operator)) {
    return { down: [], up: [{ kind: 'grow', growth: operator, h: h === undefined ? usualStep(operator.kind) : h, ...policiesUp(others) }] };
  }
  return {
    down: [{ kind: 'restrict', operator, h: h === undefined ? defaults.restrict.h : h, ...policiesDown(others), ...tauGiven(tau) }],
    up: [
      {
        kind: 'prolongate',
        correction: correctionGiven(others),
        interpolation,
        ...policiesUp(others),
        ...(lineSearch === undefined ? {} : { lineSearch }),
      },
    ],
  };
};

const part = (train: OpenTrain | undefined): OpenStages => (train === undefined ? [] : [train]);

/** The stages of a cycle. */
export const cycleStages = (name: CycleName, options: CycleOptions): OpenStages =>
  cycleShapes[name]<OpenStage>({
    levels: options.levels,
    ...between(options.operator, options),
    pre: part(options.pre),
    coarse: part(options.coarse),
    post: part(options.post),
    twice: (stages) => ({ kind: 'repeat', times: 2, stages }),
  });

/** The options of a cycle, if none is missing, none is unused, and only a cascade grows; otherwise the sentence. */
export const completed = (name: CycleName, given: Given): E.Either<string, CycleOptions> => {
  const { levels, operator, coarse } = given;
  if (levels === undefined || operator === undefined || coarse === undefined) {
    const missing = requiredOptions.find((option) => given[option] === undefined) ?? requiredOptions[0];
    return E.left(missingOption(name, missing));
  }
  if (isGrowth(operator) && name !== 'cascade') return E.left(unknownOperator(name, operator.kind));
  const unused = isGrowth(operator) ? returnOptions.find((option) => given[option] !== undefined) : undefined;
  if (unused !== undefined) return E.left(growthHasNoReturn(unused));
  if (given.correction !== undefined && given.mix !== undefined) return E.left(mixAndCorrection());
  return isGrowth(operator) && given.tau !== undefined ? E.left(growthHasNoTau()) : E.right({ ...given, levels, operator, coarse });
};

const cycle = (name: CycleName): Parser<OpenStages> => {
  const options: Parser<CycleOptions> = (text, at) => {
    const given = someOptions(name)(text, at);
    if (E.isLeft(given)) return given;
    const [found, next] = given.right;
    const whole = completed(name, found);
    return E.isLeft(whole) ? fail(tokenAt(text, next), whole.left) : succeed(whole.right, next);
  };
  return map(inOrder(opening, options, closing), ([, found]) => cycleStages(name, found));
};

/** What follows the name of each cycle. */
export const cycleParsers: ReadonlyMap<string, Parser<OpenStages>> = new Map(
  (['vCycle', 'wCycle', 'fCycle', 'nested', 'cascade'] as const).map((name) => [name, cycle(name)]),
);
