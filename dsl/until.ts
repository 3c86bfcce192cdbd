/**
 * Conditional ends of training stages as values: `train(until.plateau({ … }))`. Not here: when an end is met (`src/runner/events/stage-end.ts`).
 *
 * Every end has `atMost`, the maximum number of steps, and ends that depend on a loss say which (`on`). The learning rate follows the plan's clock: a
 * stage counts with `atMost` steps on it, however many it takes.
 */
import type { ObservedLoss, StageEnd } from '../src/schedule/schedule.js';
import { defaults } from '../src/schedule/text/index.js';
import { builder } from './builder.js';
import { stageOptionsFault } from './option-faults.js';
import type { AmountArgument } from './types/fault/amount-fault.js';
import type { CountArgument } from './types/fault/count-fault.js';

/** What `train` accepts in place of a number of steps. */
export interface Until<AtMost extends number = number, End extends StageEnd = StageEnd> {
  readonly kind: 'until';
  readonly end: End;
  readonly atMost: AtMost;
}

/** The mean training loss of the stage's last `window` steps, checked after each step. */
export const training = builder(
  'training',
  1,
  <const Window extends number>(window: CountArgument<'window', 1, Window>): { readonly kind: 'training'; readonly window: Window } => ({
    kind: 'training',
    window: window as Window,
  }),
);

/** The validation loss, checked whenever the setup evaluates. */
export const heldOut: { readonly kind: 'heldOut' } = { kind: 'heldOut' };

export interface AtMost<Steps extends number> {
  /** The maximum number of training steps. */
  readonly atMost: CountArgument<'atMost', 1, Steps>;
}

export interface Observing<On extends ObservedLoss> {
  /** Which loss: `training(window)` or `heldOut`. */
  readonly on: On;
}

export interface PlateauOptions<
  Steps extends number,
  Patience extends number,
  MinDelta extends number,
  On extends ObservedLoss = ObservedLoss,
> extends AtMost<Steps>,
    Observing<On> {
  /** The number of checks without progress: steps with `training`, evaluations with `heldOut`. */
  readonly patience: CountArgument<'patience', 1, Patience>;
  /** Progress is a fall of more than this below the lowest loss so far, in nats; 0 by default. */
  readonly minDelta?: AmountArgument<'minDelta', MinDelta>;
}

export interface SlopeOptions<Steps extends number, Ratio extends number, On extends ObservedLoss = ObservedLoss>
  extends AtMost<Steps>,
    Observing<On> {
  /** The share of the other level's slope; 1 by default. */
  readonly ratio?: AmountArgument<'ratio', Ratio>;
}

const until = <Steps extends number, End extends StageEnd>(end: End, atMost: unknown): Until<Steps, End> => ({
  kind: 'until',
  end,
  atMost: atMost as Steps,
});

type Of<Kind extends StageEnd['kind']> = Extract<StageEnd, { readonly kind: Kind }>;

/**
 * The conditional ends.
 *
 * @example
 * train(until.plateau({ on: training(50), patience: 20, minDelta: 0.01, atMost: 400 }))
 * train(until.loss(2.5, { on: heldOut, atMost: 400 }))
 * train(until.tokens(1e6, { atMost: 2000 }))
 * train(until.flops(1e15, { atMost: 2000 }))
 * train(until.slopeBelow({ on: training(50), ratio: 0.5, atMost: 400 }))
 */
const ends = {
  /** The loss has not fallen more than `minDelta` below its lowest for `patience` checks. */
  plateau: builder(
    'until.plateau',
    1,
    <const Steps extends number, const Patience extends number, const On extends ObservedLoss, const MinDelta extends number = 0>(
      options: PlateauOptions<Steps, Patience, MinDelta, On>,
    ): Until<Steps, Of<'plateau'> & { readonly on: On; readonly patience: Patience }> => {
      const { on, patience, minDelta = defaults['until.plateau'].minDelta, atMost } = { ...options };
      return until({ kind: 'plateau', on, patience: patience as Patience, minDelta: minDelta as number }, atMost);
    },
    (options) => stageOptionsFault('until.plateau', options),
  ),
  /** The loss is at most this many nats per token. */
  loss: builder(
    'until.loss',
    2,
    <const Loss extends number, const Steps extends number, const On extends ObservedLoss>(
      loss: AmountArgument<'loss', Loss>,
      options: AtMost<Steps> & Observing<On>,
    ): Until<Steps, Of<'loss'> & { readonly on: On }> => {
      const { on, atMost } = { ...options };
      return until({ kind: 'loss', loss: loss as Loss, on }, atMost);
    },
    (options) => stageOptionsFault('until.loss', options),
  ),
  /** The stage has trained on this many tokens; the plan knows after which step. */
  tokens: builder(
    'until.tokens',
    2,
    <const Tokens extends number, const Steps extends number>(
      tokens: AmountArgument<'tokens', Tokens>,
      options: AtMost<Steps>,
    ): Until<Steps, Of<'tokens'> & { readonly tokens: Tokens }> =>
      until({ kind: 'tokens', tokens: tokens as Tokens }, { ...options }.atMost),
    (options) => stageOptionsFault('until.tokens', options),
  ),
  /** The stage's matrix products have cost this many FLOPs; the plan knows after which step. */
  flops: builder(
    'until.flops',
    2,
    <const Flops extends number, const Steps extends number>(
      flops: AmountArgument<'flops', Flops>,
      options: AtMost<Steps>,
    ): Until<Steps, Of<'flops'>> => until({ kind: 'flops', flops: flops as Flops }, { ...options }.atMost),
    (options) => stageOptionsFault('until.flops', options),
  ),
  /** The loss falls per FLOP less than `ratio` times as fast as it last did on another level. */
  slopeBelow: builder(
    'until.slopeBelow',
    1,
    <const Steps extends number, const On extends ObservedLoss, const Ratio extends number = 1>(
      options: SlopeOptions<Steps, Ratio, On>,
    ): Until<Steps, Of<'slopeBelow'> & { readonly on: On }> => {
      const { on, ratio = defaults['until.slopeBelow'].ratio, atMost } = { ...options };
      return until({ kind: 'slopeBelow', on, ratio: ratio as number }, atMost);
    },
    (options) => stageOptionsFault('until.slopeBelow', options),
  ),
} as const;

export { ends as until };
