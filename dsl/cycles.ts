/**
 * Cycles as values: each is a group of stages, which the compiler follows like any other. Not here: their shapes (`src/schedule/cycles.ts`;
 * `types/stage/cycle.ts` for the compiler).
 *
 * `levels` counts the finest one; `pre` trains before each restriction, `post` after each prolongation, `coarse` on the coarsest level. Each of the
 * three is a number of steps, a conditional end, or a training stage with options of its own.
 */
import * as E from 'fp-ts/lib/Either.js';
import { invalid } from '../src/invalid.js';
import { countFault } from '../src/schedule/bounds/counts.js';
import type { CycleName } from '../src/schedule/cycles.js';
import type { ByDirection } from '../src/schedule/moment-policies.js';
import type {
  Operator as AnyOperator,
  CountersPolicy,
  DepthGrowth,
  Interpolation,
  MomentsPolicy,
  StepSizePolicy,
  TrainStage,
} from '../src/schedule/schedule.js';
import { type growthHasNoTau, inside } from '../src/schedule/sentences.js';
import { completed, cycleStages, type Given } from '../src/schedule/text/index.js';
import type { growthHasNoReturn } from '../src/schedule/text/sentences.js';
import { shownValue } from '../src/shown-value.js';
import { builder } from './builder.js';
import { directionsFault, stageOptionsFault, wayBackFault } from './option-faults.js';
import {
  correctionOf,
  type LineSearchFault,
  type LineSearchIn,
  type LineSearchOption,
  lineSearchOf,
  type Sequence,
  type TauIn,
  type TauOption,
  tauOf,
} from './stages.js';
import { type Length, train } from './train.js';
import type { CorrectionFault } from './types/fault/alpha-fault.js';
import type { NumberAmountFault } from './types/fault/amount-fault.js';
import type { CountArgument, NumberFault } from './types/fault/count-fault.js';
import type { Judged } from './types/fault/judged.js';
import type { IsLiteralNumber } from './types/number/literal.js';
import type { TupleOf } from './types/number/tuple.js';
import type { CycleStages, PartsOf } from './types/stage/cycle.js';
import type { Returned, UnlessMixed } from './types/stage/way-back.js';

/** A part of a cycle: the first argument of `train`, or a whole training stage. */
type Smoothing = Length | TrainStage;

type SmoothingArgument<S extends Smoothing> = Judged<S, S extends number ? NumberFault<'steps', 1, S> : never>;

/** Options that only prolongations have; in a cascade by growth they result in a sentence. */
type Return<Operator, Option extends string, Value, Sentence = never> = Judged<
  Value,
  [Operator] extends [DepthGrowth] ? growthHasNoReturn<Option> : Sentence
>;

/** What the compiler knows about a cascade's options, by name. */
export interface CascadeTypes {
  readonly levels: number;
  readonly operator: AnyOperator | DepthGrowth;
  readonly coarse: Smoothing;
  readonly post: Smoothing;
  readonly moments: ByDirection<MomentsPolicy>;
  readonly tau: TauOption;
  readonly lineSearch: LineSearchOption | undefined;
  readonly correction: 'total' | number;
  readonly mix: number;
  readonly interpolation: Interpolation;
}

export interface CascadeOptions<Of extends CascadeTypes> {
  /** The finest level included; 12 at most. */
  readonly levels: CountArgument<'levels', 2, Of['levels']>;
  /** From each level to the next. */
  readonly operator: Of['operator'];
  /** Training on the coarsest level. */
  readonly coarse: SmoothingArgument<Of['coarse']>;
  /** Training after each prolongation or growth; none by default. */
  readonly post?: SmoothingArgument<Of['post']>;
  /** Of the restrictions, or of the growths. */
  readonly h?: StepSizePolicy;
  /** Of the transfers in both directions, or `{ down: 'reset', up: 'carry' }`. */
  readonly moments?: Of['moments'];
  /** By default the usual value of the moments' policy. */
  readonly counters?: ByDirection<CountersPolicy>;
  /** Tau corrections of the restrictions. */
  readonly tau?: Judged<Of['tau'], [Of['operator']] extends [DepthGrowth] ? growthHasNoTau : never>;
  /** Line searches of the prolongations, which must be corrections. */
  readonly lineSearch?: Return<Of['operator'], 'lineSearch', Of['lineSearch'], LineSearchFault<Of['lineSearch']>>;
  readonly correction?: Return<Of['operator'], 'correction', Of['correction'], UnlessMixed<Of['mix'], CorrectionFault<Of['correction']>>>;
  /** Of the prolongations, in place of a correction. */
  readonly mix?: Return<Of['operator'], 'mix', Of['mix'], NumberAmountFault<'mix', Of['mix']>>;
  readonly interpolation?: Return<Of['operator'], 'interpolation', Of['interpolation']>;
}

/** What the compiler knows about a cycle's options. */
export interface CycleTypes extends CascadeTypes {
  readonly pre: Smoothing;
}

export interface CycleOptions<Of extends CycleTypes> extends CascadeOptions<Of> {
  /** Training before each restriction; none by default. */
  readonly pre?: SmoothingArgument<Of['pre']>;
}

/** The options of a cycle's transfers, as the fold reads them. */
type Transfers<Operator, Correction, Policy, T extends TauOption, Way, Search extends LineSearchOption | undefined> = {
  readonly operator: Operator;
  readonly correction: Correction;
  readonly moments: Policy;
  readonly interpolation: Way;
} & TauIn<T> &
  LineSearchIn<Search>;

/** The stages of a cycle; unknown where the number of levels is unknown. Declarations refer to what is generic by this name, as with `DeepAfter`. */
export type Cycle<Name extends CycleName, Levels extends number, Given extends { readonly operator: unknown }, Pre, Coarse, Post> = [
  IsLiteralNumber<Levels>,
  Given['operator'],
] extends [true, unknown]
  ? CycleStages<Name, PartsOf<Given, Pre, Coarse, Post>, TupleOf<`${Levels}`>> extends infer Stages extends readonly unknown[]
    ? Sequence<Stages>
    : never
  : Sequence<readonly unknown[]>;

/** A cascade never restricts, so it has no training before restrictions. */
type OptionsOf<Name extends CycleName, Of extends CycleTypes> = Name extends 'cascade' ? CascadeOptions<Of> : CycleOptions<Of>;

export type CycleWord<Name extends CycleName> = <
  const Levels extends number,
  const Operator extends Name extends 'cascade' ? AnyOperator | DepthGrowth : AnyOperator,
  const Coarse extends Smoothing,
  const Pre extends Smoothing = never,
  const Post extends Smoothing = never,
  const Correction extends 'total' | number = 'total',
  const Policy extends ByDirection<MomentsPolicy> = 'carry',
  const T extends TauOption = false,
  const Way extends Interpolation = 'own',
  const Search extends LineSearchOption | undefined = undefined,
  const Mix extends number = never,
>(
  options: OptionsOf<
    Name,
    {
      levels: Levels;
      operator: Operator;
      pre: Pre;
      coarse: Coarse;
      post: Post;
      moments: Policy;
      tau: T;
      lineSearch: Search;
      correction: Correction;
      mix: Mix;
      interpolation: Way;
    }
  >,
) => Cycle<Name, Levels, Transfers<Operator, Returned<Correction, Mix>, Policy, T, Way, Search>, Pre, Coarse, Post>;

export type CascadeWord = CycleWord<'cascade'>;

interface Options extends Omit<Given, 'correction' | 'tau' | 'lineSearch' | Part> {
  readonly pre?: Smoothing;
  readonly coarse?: Smoothing;
  readonly post?: Smoothing;
  readonly correction?: 'total' | number;
  readonly tau?: TauOption;
  readonly lineSearch?: LineSearchOption;
}

type Part = 'pre' | 'coarse' | 'post';

const isStage = (smoothing: Smoothing): smoothing is TrainStage =>
  typeof smoothing === 'object' && smoothing !== null && smoothing.kind !== 'until';

/** A part's training as a stage, if the part is given. */
const partOf = (part: Part, smoothing: Smoothing | undefined): Pick<Given, Part> => {
  if (smoothing === undefined) return {};
  return { [part]: isStage(smoothing) ? smoothing : train<Length>(smoothing) };
};

/** The sentence about policies that are neither one for both directions nor one for each, or nothing. */
const policyFault = (name: CycleName, option: 'moments' | 'counters', policy: unknown): string | undefined => {
  const fault = policy === undefined || typeof policy === 'string' ? undefined : directionsFault(option, policy);
  return fault === undefined ? undefined : inside(name, fault);
};

/** The sentence about options that the compiler would have refused, or nothing. */
const givenFault = (name: CycleName, options: Options): string | undefined =>
  wayBackFault(name, { ...options }) ??
  policyFault(name, 'moments', { ...options }.moments) ??
  policyFault(name, 'counters', { ...options }.counters);

const stagesOf = (name: CycleName, given: Given): readonly unknown[] => {
  const whole = completed(name, given);
  if (E.isLeft(whole)) return [invalid(whole.left)];
  // In plain JavaScript it may be a text instead of a number.
  const fault = countFault('levels', shownValue(whole.right.levels));
  return fault === undefined ? cycleStages(name, whole.right) : [invalid(fault)];
};

/**
 * The builder of a cycle's group of stages. In plain JavaScript the options may be anything: where no stages can be made from them, the group
 * contains the sentence, as data for the verifier.
 */
const group = <Word>(name: CycleName): Word => {
  const word = (options: Options): Sequence<readonly unknown[]> => {
    const fault = givenFault(name, options);
    if (fault !== undefined) return { kind: 'sequence', stages: [invalid(fault)] };
    const { correction, tau, lineSearch, pre, coarse, post, ...others } = { ...options };
    const transfers = {
      ...others,
      ...partOf('pre', pre),
      ...partOf('coarse', coarse),
      ...partOf('post', post),
      ...tauOf(tau),
      ...lineSearchOf(lineSearch),
    };
    const given: Given = correction === undefined ? transfers : { ...transfers, correction: correctionOf(correction) };
    return { kind: 'sequence', stages: stagesOf(name, given) };
  };
  return builder(name, 1, word, (options) => stageOptionsFault(name, options)) as unknown as Word;
};

/**
 * Down to the coarsest level and back.
 *
 * @example
 * pipeline(setup, vCycle({ levels: 3, operator: even, pre: 50, coarse: 400, post: 100 }))
 * // train(50) >> restrict(even) >> train(50) >> restrict(even) >> train(400) >> prolongate >> train(100) >> prolongate >> train(100)
 * vCycle({ levels: 3, operator: even, coarse: until.plateau({ on: training(50), patience: 20, atMost: 400 }), post: train(100, { stochasticDepth: 0.8 }) })
 */
export const vCycle = group<CycleWord<'vCycle'>>('vCycle');

/** As `vCycle`, but levels between the finest and the coarsest are visited twice during each visit of the level above. */
export const wCycle = group<CycleWord<'wCycle'>>('wCycle');

/** As `vCycle`, with an F-cycle and then a V-cycle on each level between the finest and the coarsest. */
export const fCycle = group<CycleWord<'fCycle'>>('fCycle');

/** Nested iteration (full multigrid, FMG): the coarsest level first, then a V-cycle from each finer level. */
export const nested = group<CycleWord<'nested'>>('nested');

/**
 * The coarsest level first, then finer ones, without a return; or growth, where the model of the setup is the coarsest level.
 *
 * @example
 * pipeline(setup, cascade({ levels: 3, operator: stack(2), coarse: 400, post: 100 }))
 * // train(400) >> grow(stack(2)) >> train(100) >> grow(stack(2)) >> train(100)
 */
export const cascade = group<CascadeWord>('cascade');
