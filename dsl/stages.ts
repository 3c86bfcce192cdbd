/**
 * The stages as values: what a user writes between the parentheses of `pipeline`. Each carries its numbers in its type, so that the compiler
 * can follow the levels. Not here: the types that follow them (`types/`), a check at run time (`verify` of src/schedule).
 */
import type {
  MomentsPolicy,
  ProlongateStage,
  RepeatStage,
  RestrictStage,
  Stage,
  StepSizePolicy,
  TrainStage,
} from '../src/schedule/schedule.js';
import type { emptyRepeat, offsetNotBelowFactor } from '../src/schedule/sentences.js';
import type { CountArgument } from './types/count-fault.js';
import type { IsBelow } from './types/divide.js';

export interface Train<Steps extends number = number> extends TrainStage {
  readonly steps: Steps;
}

export interface Every<Factor extends number = number, Offset extends number = number> {
  readonly kind: 'every';
  readonly factor: Factor;
  readonly offset: Offset;
}

export interface Restrict<Operator extends Every = Every> extends RestrictStage {
  readonly operator: Operator;
}

/** Stages in parentheses. They mean what they mean without them. */
export interface Sequence<Stages extends readonly StageLike[] = readonly StageLike[]> {
  readonly kind: 'sequence';
  readonly stages: Stages;
}

/** A repeat whose body may still hold groups and `prolongate` itself. */
export interface Repeat<Times extends number = number, Stages extends readonly StageLike[] = readonly StageLike[]> {
  readonly kind: 'repeat';
  readonly times: Times;
  readonly stages: Stages;
}

/** What may stand where a stage is asked for. */
export type StageLike = TrainStage | RestrictStage | ProlongateStage | RepeatStage | Repeat | Sequence;

export interface RestrictOptions {
  /** Whether the step size is multiplied by the factor (`scale`, the default) or kept. */
  readonly h?: StepSizePolicy;
  /** What happens to the optimizer's moments of the layers that move; `carry` by default. */
  readonly moments?: MomentsPolicy;
}

export interface ProlongateOptions {
  readonly moments?: MomentsPolicy;
}

/** Both a stage and what makes one with options. */
export interface Prolongate extends ProlongateStage {
  (options: ProlongateOptions): ProlongateStage;
}

/** Trains the present level for a number of steps. */
export const train = <const Steps extends number>(steps: CountArgument<'steps', 1, Steps>): Train<Steps> => ({
  kind: 'train',
  steps: steps as Steps,
});

type OffsetArgument<Factor extends number, Offset extends number> =
  CountArgument<'offset', 0, Offset> extends Offset
    ? IsBelow<Offset, Factor> extends true
      ? Offset
      : offsetNotBelowFactor<Factor, Offset>
    : CountArgument<'offset', 0, Offset>;

/** Of every `factor` consecutive layers, the one at `offset`. */
export const every = <const Factor extends number, const Offset extends number>(
  factor: CountArgument<'factor', 2, Factor>,
  offset: OffsetArgument<Factor, Offset>,
): Every<Factor, Offset> => ({ kind: 'every', factor: factor as Factor, offset: offset as Offset });

/** Layers 0, 2, 4, … */
export const even: Every<2, 0> = { kind: 'every', factor: 2, offset: 0 };

/** Layers 1, 3, 5, … */
export const odd: Every<2, 1> = { kind: 'every', factor: 2, offset: 1 };

/** Goes to the next coarser level. */
export const restrict = <const Operator extends Every>(operator: Operator, options: RestrictOptions = {}): Restrict<Operator> => ({
  kind: 'restrict',
  operator,
  h: 'scale',
  moments: 'carry',
  ...options,
});

/** Returns to the next finer level: `prolongate`, or `prolongate({ moments: 'reset' })`. */
export const prolongate: Prolongate = Object.assign(
  (options: ProlongateOptions): ProlongateStage => ({ kind: 'prolongate', moments: 'carry', ...options }),
  { kind: 'prolongate', moments: 'carry' } as const,
);

/** The stages, several times over. */
export const repeat = <const Times extends number, const Stages extends readonly StageLike[]>(
  times: Stages extends readonly [] ? emptyRepeat : CountArgument<'times', 1, Times>,
  ...stages: Stages
): Repeat<Times, Stages> => ({ kind: 'repeat', times: times as Times, stages });

/** Groups stages, to name a part of a pipeline; the group itself means nothing. */
export const sequence = <const Stages extends readonly StageLike[]>(...stages: Stages): Sequence<Stages> => ({ kind: 'sequence', stages });

/** Plain stages: groups dissolved, `prolongate` as data. */
export const plain = (stages: readonly StageLike[]): readonly Stage[] =>
  stages.flatMap((stage): readonly Stage[] => {
    // In plain JavaScript anything may stand here; the verifier says what is wrong with it.
    if (stage === null || stage === undefined) return [stage];
    if (stage.kind === 'sequence') return plain(stage.stages);
    if (stage.kind === 'repeat') return [{ ...stage, stages: plain(stage.stages) }];
    if (stage.kind === 'prolongate') return [{ kind: stage.kind, moments: stage.moments }];
    return [stage];
  });
