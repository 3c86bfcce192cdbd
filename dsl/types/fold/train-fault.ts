/** The sentence about a training stage that is wrong in its context, or never: src/schedule/verify/train-faults.ts for the compiler. */
import type {
  accumulateDoesNotDivide,
  contextTooLong,
  heldOutUnseen,
  inside,
  lessThanOneStep,
  metTooLate,
  moreThanAtMost,
  noOtherLevel,
  onlyBeyond,
  onlyNewCoarse,
  onlyNewUngrown,
  onlyNothing,
  onlyUnsorted,
} from '../../../src/schedule/sentences.js';
import type { OrElse } from '../fault/or-else.js';
import type { Divide, ToNextMultiple } from '../number/divide.js';
import type { MostListed } from '../number/limits.js';
import type { Add, Multiply } from '../number/multiply.js';
import type { Compare, IsWhole } from '../number/order.js';
import type { NoSizes, Sizes } from '../stage/training.js';
import type { StepsElsewhere, Trained } from './trained.js';

interface TrainingLoss<Window extends number = number> {
  readonly kind: 'training';
  readonly window: Window;
}

/** The number of checks that an end needs after the first one; for a slope of training losses, those that share no step with it. */
type MoreObservations<End> = End extends { readonly kind: 'plateau'; readonly patience: infer Patience extends number }
  ? Patience
  : End extends { readonly kind: 'loss' }
    ? 0
    : End extends { readonly kind: 'slopeBelow'; readonly on: infer On }
      ? On extends TrainingLoss<infer Window>
        ? Window
        : 1
      : number;

/** The earliest step after which an end that depends on losses can be met; `number` where the compiler cannot know. */
type EarliestObservation<End, T extends Trained> = End extends { readonly on: infer On }
  ? On extends TrainingLoss<infer Window>
    ? Add<Window, MoreObservations<End>>
    : On extends { readonly kind: 'heldOut' }
      ? Add<ToNextMultiple<T['steps'], T['figures']['every']>, Multiply<T['figures']['every'], MoreObservations<End>>>
      : number
  : number;

type ObservationFault<Kind extends string, End, AtMost extends number, T extends Trained> = [End, T['figures']['every']] extends [
  { readonly on: { readonly kind: 'heldOut' } },
  0,
]
  ? heldOutUnseen<`until.${Kind}`>
  : EarliestObservation<End, T> extends infer Earliest extends number
    ? Compare<Earliest, AtMost> extends 'greater'
      ? metTooLate<`until.${Kind}`, Earliest, AtMost>
      : never
    : never;

/** The least number of steps of the last training on another level. */
type StepsOfSlope<End> = End extends { readonly on: TrainingLoss<infer Window> } ? Add<Window, Window> : 2;

/** For a slope that is known in time. */
type SlopeFault<End, Level extends number, T extends Trained> =
  IsWhole<EarliestObservation<End, T>> extends true
    ? Compare<StepsElsewhere<T, Level>, StepsOfSlope<End>> extends 'less'
      ? noOtherLevel<StepsOfSlope<End>>
      : never
    : never;

type AmountFault<Kind extends string, What extends string, PerStep extends number, Wanted extends number, Steps extends number> =
  Compare<Wanted, PerStep> extends 'less'
    ? lessThanOneStep<`until.${Kind}`, What, PerStep, Wanted>
    : Multiply<Steps, PerStep> extends infer Most extends number
      ? Compare<Wanted, Most> extends 'greater'
        ? moreThanAtMost<`until.${Kind}`, What, Steps, Most, Wanted>
        : never
      : never;

type EndFault<Length, Own, Level extends number, T extends Trained> = Length extends {
  readonly end: infer End extends { readonly kind: string };
  readonly atMost: infer AtMost extends number;
}
  ? End extends { readonly kind: 'tokens'; readonly tokens: infer Tokens extends number }
    ? AmountFault<'tokens', 'tokens', TokensOf<Own, T>, Tokens, AtMost>
    : End extends { readonly on: unknown }
      ? ObservationFault<End['kind'], End, AtMost, T> extends infer F
        ? [F] extends [never]
          ? End['kind'] extends 'slopeBelow'
            ? SlopeFault<End, Level, T>
            : never
          : F
        : never
      : never
  : never;

/** A layer, or a range of layers, as a range. */
type RangeOf<Entry> = Entry extends readonly [infer From extends number, infer To extends number]
  ? Compare<From, To> extends 'less' | 'equal'
    ? [From, To]
    : never
  : Entry extends number
    ? IsWhole<Entry> extends true
      ? [Entry, Entry]
      : never
    : never;

/** In the order of the list; what is not literal is left to the verifier. */
type LayersFault<
  Listed extends readonly unknown[],
  Layers extends number,
  Last extends number = never,
  Passed extends readonly unknown[] = [],
> = Listed extends readonly [infer First, ...infer Rest]
  ? RangeOf<First> extends [infer From extends number, infer To extends number]
    ? [RangeOf<First>] extends [never]
      ? never
      : Passed['length'] extends MostListed
        ? never
        : [Last] extends [never]
          ? LayersFault<Rest, Layers, To, [...Passed, 0]>
          : Compare<From, Last> extends 'greater'
            ? LayersFault<Rest, Layers, To, [...Passed, 0]>
            : onlyUnsorted<Last, From>
    : never
  : [Last] extends [never]
    ? Listed extends readonly []
      ? onlyNothing
      : never
    : Compare<Last, Layers> extends 'equal' | 'greater'
      ? onlyBeyond<Layers, Last>
      : never;

type OnlyFault<Only, Level extends number, Layers extends number, T extends Trained> = [Only] extends ['new']
  ? Level extends 0
    ? T['grown'] extends true
      ? never
      : onlyNewUngrown
    : onlyNewCoarse<Level>
  : [Only] extends [readonly unknown[]]
    ? number extends Only['length']
      ? never
      : LayersFault<Only, Layers>
    : never;

/** A size of the stage's steps: its own, or the setup's; `number` where the compiler cannot know. */
type SizeOf<Own, Name extends keyof Sizes, T extends Trained> = Own extends { readonly [N in Name]: infer Size }
  ? [Size] extends [number]
    ? Size
    : [Size] extends [undefined]
      ? T['figures'][Name]
      : number
  : number;

type TokensOf<Own, T extends Trained> = Own extends NoSizes
  ? T['figures']['tokens']
  : Multiply<SizeOf<Own, 'batch', T>, SizeOf<Own, 'context', T>>;

type AccumulateFault<Accumulate extends number, Batch extends number> =
  Divide<Batch, Accumulate> extends 'indivisible' ? inside<'train', accumulateDoesNotDivide<Accumulate, Batch>> : never;

type BatchFault<Own, T extends Trained> = Own extends NoSizes
  ? never
  : Compare<SizeOf<Own, 'context', T>, T['figures']['context']> extends 'greater'
    ? contextTooLong<T['figures']['context'], SizeOf<Own, 'context', T>>
    : AccumulateFault<SizeOf<Own, 'accumulate', T>, SizeOf<Own, 'batch', T>>;

export type TrainFault<Length, Only, Own, Level extends number, Layers extends number, T extends Trained> = OrElse<
  EndFault<Length, Own, Level, T>,
  OrElse<OnlyFault<Only, Level, Layers, T>, BatchFault<Own, T>>
>;
