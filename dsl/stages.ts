/**
 * The stages as values, which a user passes to `pipeline`. Each has its numbers in its type, so that the compiler can follow the levels. Not here:
 * training (`train.ts`), operators and growths (`operators.ts`, `growths.ts`), cycles (`cycles.ts`), the types that follow the levels (`types/`), a
 * check at run time (`verify` of src/schedule).
 */

import { given } from '../src/options.js';
import { usualStep } from '../src/schedule/bounds/growth.js';
import { fitDefaults } from '../src/schedule/defaults.js';
import { usualCounters } from '../src/schedule/moment-policies.js';
import type {
  BranchStage,
  Correction,
  CountersPolicy,
  EvaluateStage,
  Fit,
  GrowStage,
  Growth,
  Interpolation,
  LineSearch,
  MomentsPolicy,
  Operator,
  OuterOptimizer,
  ProlongateStage,
  RepeatStage,
  ReplicasStage,
  RestrictStage,
  SharedPolicy,
  StepSizePolicy,
  Tau,
  TrainStage,
  WidthWay,
} from '../src/schedule/schedule.js';
import type { fitNeedsCopies, growthHasNoTau } from '../src/schedule/sentences.js';
import { defaults, wayGiven } from '../src/schedule/text/index.js';
import { builder, inPlace } from './builder.js';
import type { Grown } from './growths.js';
import { stageOptionsFault, wayBackFault } from './option-faults.js';
import type { CorrectionArgument } from './types/fault/alpha-fault.js';
import type { AmountArgument } from './types/fault/amount-fault.js';
import type { AcceptedCount, CountArgument, NumberFault } from './types/fault/count-fault.js';
import type { Judged } from './types/fault/judged.js';
import type { GivenGrowth } from './types/fold/fit-fault.js';
import type {
  Corrected,
  ProlongateBy,
  RestrictBy,
  Total,
  WithFit,
  WithFitOrWithout,
  WithLineSearch,
  WithLineSearchOrWithout,
  WithoutFit,
  WithoutLineSearch,
  WithoutTau,
  WithTau,
  WithTauOrWithout,
} from './types/stage/transfers.js';
import type { Returned, UnlessMixed } from './types/stage/way-back.js';

/** A tau correction in the type of its stage, if the option is literal. */
export type TauIn<T> = [T] extends [false] ? WithoutTau : [T] extends [true | Tau] ? WithTau : WithTauOrWithout;

export type Restrict<
  Op extends Operator = Operator,
  Policy extends MomentsPolicy = MomentsPolicy,
  T extends TauOption = TauOption,
> = RestrictBy<Op, Policy> & TauIn<T>;

/** A correction in the type of its stage. */
type CorrectionIn<Given> = [Given] extends ['total'] ? Total : [Given] extends [number] ? Corrected : Correction;

export type LineSearchIn<Search> = [Search] extends [undefined]
  ? WithoutLineSearch
  : [Search] extends [LineSearchOption]
    ? WithLineSearch
    : WithLineSearchOrWithout;

/** A fit in the type of its stage. */
export type FitIn<Fitted> = [Fitted] extends [undefined] ? WithoutFit : [Fitted] extends [FitOption] ? WithFit : WithFitOrWithout;

export type Prolongated<
  Given extends 'total' | number = 'total' | number,
  Way extends Interpolation = Interpolation,
  Policy extends MomentsPolicy = MomentsPolicy,
  Search extends LineSearchOption | undefined = LineSearchOption | undefined,
  Mix extends number = never,
  Fitted extends FitOption | undefined = FitOption | undefined,
> = ProlongateBy<Returned<CorrectionIn<Given>, Mix>, Way, Policy> & LineSearchIn<Search> & FitIn<Fitted>;

export interface Grow<Growing extends Growth = Growth> extends GrowStage {
  readonly growth: Growing;
}

/** A way in the type of its stage, if it is given. */
export type WayIn<Way> = [Way] extends [never] | ['uneven']
  ? unknown
  : 'uneven' extends Way
    ? { readonly way?: Exclude<Way, 'uneven'> }
    : { readonly way: Exclude<Way, 'uneven'> };

/** Stages in parentheses, which change nothing. */
export interface Sequence<Stages extends readonly unknown[] = readonly StageLike[]> {
  readonly kind: 'sequence';
  readonly stages: Stages;
}

/** A repeat whose body may still contain groups and the function `prolongate`. */
export interface Repeat<Times extends number = number, Stages extends readonly StageLike[] = readonly StageLike[]> {
  readonly kind: 'repeat';
  readonly times: Times;
  readonly stages: Stages;
}

/** A branch whose arms may still contain groups and the function `prolongate`. */
export interface Branch<
  Arms extends readonly (readonly StageLike[])[] = readonly (readonly StageLike[])[],
  Shared extends SharedPolicy = SharedPolicy,
> {
  readonly kind: 'branch';
  readonly arms: Arms;
  readonly shared: Shared;
}

/** Replicas whose stages may still contain groups and the function `prolongate`. */
export interface Replicas<
  Count extends number = number,
  Every extends number = number,
  Rounds extends number | undefined = number | undefined,
  Stages extends readonly StageLike[] = readonly StageLike[],
> {
  readonly kind: 'replicas';
  readonly replicas: Count;
  readonly every: Every;
  readonly rounds?: Rounds;
  readonly outer: OuterOptimizer;
  readonly stages: Stages;
}

/** What is allowed in place of a stage. A growth is not: `repeat(3)` with its stages forgotten is refused by name. */
export type StageLike =
  | TrainStage
  | EvaluateStage
  | RestrictStage
  | ProlongateStage
  | GrowStage
  | RepeatStage
  | Repeat
  | BranchStage
  | Branch
  | ReplicasStage
  | Replicas
  | Sequence<readonly unknown[]>
  | Grown<'repeat'>;

/** The number of batches on which τ is computed; `true` is one. */
export type TauOption = boolean | Tau;

/** The maximum number of tries, on one batch; or with the number of batches. */
export type LineSearchOption = number | LineSearch;

/** The number of steps, by the default rate; or with the rate. */
export type FitOption = number | Fit;

/** As data; nothing for `false`. */
export const tauOf = (option: TauOption | undefined): { readonly tau?: Tau } =>
  option === undefined || option === false ? {} : { tau: option === true ? { batches: 1 } : option };

export const lineSearchOf = (option: LineSearchOption | undefined): { readonly lineSearch?: LineSearch } =>
  option === undefined ? {} : { lineSearch: typeof option === 'number' ? { tries: option, batches: 1 } : option };

export const fitOf = (option: FitOption | undefined): { readonly fit?: Fit } =>
  option === undefined ? {} : { fit: typeof option === 'number' ? { steps: option, ...fitDefaults } : option };

export interface RestrictOptions<Policy extends MomentsPolicy = MomentsPolicy, T extends TauOption = TauOption> {
  /** Whether the step size is multiplied by the factor (`scale`, the default) or kept. */
  readonly h?: StepSizePolicy;
  /** What happens to the optimizer's moments of the layers that move; `carry` by default. */
  readonly moments?: Policy;
  /** What happens to the counters of Adam's bias correction; by default `reset` if the moments are reset, otherwise `carry`. */
  readonly counters?: CountersPolicy;
  /**
   * `true`, or a number of batches: the coarse objective gets the linear term that makes its gradient at the level's starting point the restricted
   * fine one (FAS; MG/Opt). Costs one gradient of each of the two levels per batch.
   */
  readonly tau?: T;
}

/** The sentence about tries that are out of bounds, or never. */
export type LineSearchFault<Search> = Search extends number ? NumberFault<'tries', 1, Search> : never;

/** Tries within their bounds. */
export type LineSearchArgument<Search extends LineSearchOption | undefined> = Judged<Search, LineSearchFault<Search>>;

/** Steps of a fit within their bounds. */
export type FitArgument<Fitted extends FitOption | undefined> = Judged<
  Fitted,
  Fitted extends number ? NumberFault<'fit', 0, Fitted> : never
>;

export interface ProlongateOptions<
  Given extends 'total' | number = 'total' | number,
  Way extends Interpolation = Interpolation,
  Policy extends MomentsPolicy = MomentsPolicy,
  Search extends LineSearchOption | undefined = LineSearchOption,
  Mix extends number = never,
  Fitted extends FitOption | undefined = FitOption,
> {
  /**
   * `total` (the default): coarse values replace fine ones. A number α, 0 < α ≤ 1: fine ← fine + α·P·(coarse − what was restricted).
   */
  readonly correction?: UnlessMixed<Mix, CorrectionArgument<Given>>;
  /** Instead of a correction, a number α, 0 < α ≤ 1: fine ← (1 − α)·fine + α·P·coarse (the interpolation operator of Zou et al. 2024). */
  readonly mix?: AmountArgument<'mix', Mix>;
  /** `own` (the default): by the operator's own P. `repeat`: piecewise constant over depth. `linear`: between neighbouring coarse layers. */
  readonly interpolation?: Way;
  readonly moments?: Policy;
  readonly counters?: CountersPolicy;
  /**
   * The maximum number of tries of a backtracking line search on the fine loss: the full correction, half of it, …, finally none. Only for
   * corrections.
   */
  readonly lineSearch?: LineSearchArgument<Search>;
  /** The number of steps in which the entries of P are learnt on the fine loss before the layers move (as LiGO, Wang et al. 2023); or with the rate. */
  readonly fit?: FitArgument<Fitted>;
}

/** For the option `fit`: steps within their bounds, or the sentence about a growth that makes no layer of others. */
type GrowthFit<Growing, Fitted extends FitOption | undefined> = [GivenGrowth<Growing>] extends [never]
  ? FitArgument<Fitted>
  : fitNeedsCopies<GivenGrowth<Growing>>;

export interface GrowOptions<
  Way extends WidthWay = WidthWay,
  Growing extends Growth = Growth,
  Fitted extends FitOption | undefined = FitOption,
> {
  /** What the new parts of a wider network hold; `uneven` by default. Only of a width that grows. */
  readonly way?: Way;
  /** Whether the step size is kept (the default) or divided by the factor (`scale`, the default of `loop`), so that the flow is as long as before. */
  readonly h?: StepSizePolicy;
  readonly moments?: MomentsPolicy;
  readonly counters?: CountersPolicy;
  /**
   * The number of steps in which it is learnt, on the loss of the grown network, of which old layers each layer is made (LiGO, Wang et al. 2023),
   * beginning with the growth's own copies; or with the rate.
   */
  readonly fit?: GrowthFit<Growing, Fitted>;
  readonly tau?: growthHasNoTau;
}

/** Both a stage and the function that makes one with options. */
export interface Prolongate extends ProlongateStage {
  readonly correction: { readonly kind: 'total' };
  readonly interpolation: 'own';
  readonly moments: 'carry';
  readonly lineSearch?: never;
  readonly fit?: never;
  <
    const Given extends 'total' | number = 'total',
    const Way extends Interpolation = 'own',
    const Policy extends MomentsPolicy = 'carry',
    const Search extends LineSearchOption | undefined = undefined,
    const Mix extends number = never,
    const Fitted extends FitOption | undefined = undefined,
  >(
    options: ProlongateOptions<Given, Way, Policy, Search, Mix, Fitted>,
  ): Prolongated<Given, Way, Policy, Search, Mix, Fitted>;
}

/** Both a stage and the function that returns it, without options. */
export interface Evaluate extends EvaluateStage {
  (): EvaluateStage;
}

const EVALUATE: EvaluateStage = { kind: 'evaluate' };

/** Measures the validation loss of the present level, between training stages: `evaluate` or `evaluate()`. */
export const evaluate: Evaluate = Object.assign(
  builder('evaluate', 0, () => EVALUATE),
  EVALUATE,
);

/** The usual counters of the moments' policy, unless they are given. */
const withCounters = <Stage extends { readonly moments: MomentsPolicy }>(
  stage: Stage,
  { counters = usualCounters(stage.moments) }: { readonly counters?: CountersPolicy },
): Stage & { readonly counters: CountersPolicy } => ({ ...stage, counters });

/** Goes to the next coarser level. */
export const restrict = builder(
  'restrict',
  2,
  <const Op extends Operator, const Policy extends MomentsPolicy = 'carry', const T extends TauOption = false>(
    operator: Op,
    options: RestrictOptions<Policy, T> = {},
  ): Restrict<Op, Policy, T> => {
    const { tau, ...others } = options;
    const stage: RestrictStage = withCounters(
      { kind: 'restrict', operator, ...defaults.restrict, ...given(others), ...tauOf(tau) },
      others,
    );
    return stage as unknown as Restrict<Op, Policy, T>;
  },
  (options) => stageOptionsFault('restrict', options),
);

/** A correction of the code form, as data. */
export const correctionOf = (given: 'total' | number): Correction =>
  typeof given === 'number' ? { kind: 'correction', alpha: given } : { kind: given };

/** The options of the way back. */
interface WayBackOptions {
  readonly correction?: 'total' | number;
  readonly mix?: number;
}

/** As data; nothing where nothing was given. If both were given, in plain JavaScript, the mix is kept for the verifier to report. */
const wayBackOf = (
  correction: WayBackOptions['correction'] | undefined,
  mix: number | undefined,
): { readonly correction?: Correction; readonly mix?: number } => {
  if (mix === undefined) return correction === undefined ? {} : { correction: correctionOf(correction) };
  return correction === undefined ? { correction: { kind: 'mix', alpha: mix } } : { correction: correctionOf(correction), mix };
};

const prolongateWith = (options: Omit<ProlongateOptions, keyof WayBackOptions> & WayBackOptions = {}): ProlongateStage => {
  const fault = wayBackFault('prolongate', options);
  if (fault !== undefined) return inPlace(fault);
  const { correction, mix, lineSearch, fit, ...others } = options;
  const back = { ...wayBackOf(correction, mix), ...lineSearchOf(lineSearch), ...fitOf(fit) };
  const stage = { kind: 'prolongate', ...defaults.prolongate, ...given(others), ...back } as const;
  return withCounters(stage, others);
};

/** Returns to the next finer level: `prolongate`, `prolongate({ correction: 0.5, moments: 'reset' })` or `prolongate({ mix: 0.5 })`. */
export const prolongate: Prolongate = Object.assign(
  builder('prolongate', 1, prolongateWith, (options) => stageOptionsFault('prolongate', options)) as unknown as Prolongate,
  { kind: 'prolongate', ...defaults.prolongate } as const,
);

/**
 * Makes the finest level permanently deeper, as in `grow(stack(2))`, or wider, as in `grow(width(2))`: as many times the heads, the units of the
 * residual stream and those of the feed-forward part, in one of four ways (`WidthWay`), three of which preserve the function.
 *
 * @example
 * pipeline(setup, train(400), grow(width(2), { moments: 'zero-new' }), train(400))
 */
export const grow = builder(
  'grow',
  2,
  <const Growing extends Growth, const Way extends WidthWay = never, const Fitted extends FitOption | undefined = undefined>(
    growth: Growing,
    options: GrowOptions<Way, Growing, Fitted> = {},
  ): Grow<Growing> & WayIn<Way> => {
    const { way, fit, ...others }: Omit<GrowOptions<Way>, 'fit'> & { readonly fit?: unknown } = options;
    const usual = { h: usualStep(growth?.kind), ...defaults.grow };
    const learnt = fitOf(fit as FitOption | undefined);
    const stage: GrowStage = withCounters({ kind: 'grow', growth, ...wayGiven(way), ...usual, ...given(others), ...learnt }, others);
    return stage as Grow<Growing> & WayIn<Way>;
  },
  (options) => stageOptionsFault('grow', options),
);

export interface RepeatWord {
  /** A growth. */
  <const Factor extends number>(factor: CountArgument<'factor', 2, Factor>): Grown<'repeat', AcceptedCount<'factor', 2, Factor>>;
  <const Times extends number, const Stages extends readonly StageLike[]>(
    times: CountArgument<'times', 1, Times>,
    ...stages: Stages
  ): Repeat<AcceptedCount<'times', 1, Times>, Stages>;
}

const growthOrStages = (times: number, ...stages: readonly StageLike[]): Grown<'repeat'> | Repeat =>
  stages.length === 0 ? { kind: 'repeat', factor: times } : { kind: 'repeat', times, stages };

/** Repeats the stages; without stages it is a growth: `grow(repeat(2))` turns layers a b into a a b b. */
export const repeat = growthOrStages as RepeatWord;

/** Groups stages, to name a part of a pipeline; the group itself changes nothing. */
export const sequence = <const Stages extends readonly StageLike[]>(...stages: Stages): Sequence<Stages> => ({ kind: 'sequence', stages });
