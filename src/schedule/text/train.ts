/**
 * `train` in the text form: `train(400)`, `train(until.plateau(on: training(50), patience: 20, atMost: 400), only: new)`. What options make of
 * it, writing it, and the numbers in it. Not here: reading it (`options.ts`), what it means (`../train-stage.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { match, P } from 'ts-pattern';
import type { AmountRole } from '../bounds/amounts.js';
import type { CountRole } from '../bounds/counts.js';
import { defaults } from '../defaults.js';
import type { OpenCount, OpenEnd, OpenObservedLoss, OpenTrain } from '../open-stages.js';
import type { TrainStage } from '../train-stage.js';
import type { Given } from './option-tables.js';
import { missingEndOption, sharedLayersWithoutOnly } from './sentences.js';

export type EndKind = OpenEnd['kind'];

/** An end with the steps that there may be. */
export interface Ending {
  readonly until?: OpenEnd;
  readonly steps: OpenCount;
}

/** What each end cannot do without, in the order in which it is missed. */
export const endOptions = {
  plateau: ['on', 'patience', 'atMost'],
  loss: ['on', 'atMost'],
  tokens: ['atMost'],
  flops: ['atMost'],
  slopeBelow: ['on', 'atMost'],
} as const;

export const isEnd = (word: string): word is EndKind => Object.hasOwn(endOptions, word);

const missingFrom = (kind: EndKind, given: Given): keyof Given | undefined => {
  const needed: readonly (keyof Given)[] = endOptions[kind];
  return needed.find((option) => given[option] === undefined);
};

/** The sentence of an end without an option that it needs, or nothing. */
export const endFault = (kind: EndKind, given: Given): string | undefined => {
  const missing = missingFrom(kind, given);
  return missing === undefined ? undefined : missingEndOption(kind, missing);
};

/** The end that options make, if none is missing. `first` is the number before the options, where the end has one. */
export const endOf = (kind: EndKind, given: Given, first: OpenCount = 0): E.Either<string, Ending> => {
  const { on, patience, atMost, minDelta = defaults['until.plateau'].minDelta, ratio = defaults['until.slopeBelow'].ratio } = given;
  const until = match(kind)
    .returnType<OpenEnd | undefined>()
    .with('plateau', () => (on === undefined || patience === undefined ? undefined : { kind: 'plateau', on, patience, minDelta }))
    .with('loss', () => (on === undefined ? undefined : { kind: 'loss', loss: first, on }))
    .with('tokens', () => ({ kind: 'tokens', tokens: first }))
    .with('flops', () => ({ kind: 'flops', flops: first }))
    .with('slopeBelow', () => (on === undefined ? undefined : { kind: 'slopeBelow', ratio, on }))
    .exhaustive();
  return until !== undefined && atMost !== undefined
    ? E.right({ until, steps: atMost })
    : E.left(missingEndOption(kind, missingFrom(kind, given) ?? 'atMost'));
};

/** The stage that an ending and options make; the sentence of an option that goes with another. */
export const trainOf = (whole: Ending, { only, sharedLayers, stochasticDepth, accumulate }: Given): E.Either<string, OpenTrain> => {
  if (only === undefined && sharedLayers !== undefined) return E.left(sharedLayersWithoutOnly());
  const policy = { sharedLayers: sharedLayers === undefined ? defaults.train.sharedLayers : sharedLayers } as const;
  return E.right({
    kind: 'train',
    ...whole,
    ...(only === undefined ? {} : { only: only === 'new' ? { kind: 'new', ...policy } : { kind: 'layers', layers: [...only], ...policy } }),
    ...(stochasticDepth === undefined ? {} : { stochasticDepth }),
    ...(accumulate === undefined ? {} : { accumulate }),
  });
};

/** The numbers of a training stage, each with its role. */
export const trainNumbers = ({
  steps,
  until,
  stochasticDepth,
  accumulate,
}: OpenTrain): readonly (readonly [CountRole | AmountRole, OpenCount])[] => {
  const ofLoss = (on: OpenObservedLoss): readonly (readonly [CountRole, OpenCount])[] =>
    on.kind === 'training' ? [['window', on.window]] : [];
  const ofEnd = match(until)
    .returnType<readonly (readonly [CountRole | AmountRole, OpenCount])[]>()
    .with(P.nullish, () => [])
    .with({ kind: 'plateau' }, ({ on, patience, minDelta }) => [...ofLoss(on), ['patience', patience], ['minDelta', minDelta]])
    .with({ kind: 'loss' }, ({ loss, on }) => [['loss', loss], ...ofLoss(on)])
    .with({ kind: 'tokens' }, ({ tokens }) => [['tokens', tokens]])
    .with({ kind: 'flops' }, ({ flops }) => [['flops', flops]])
    .with({ kind: 'slopeBelow' }, ({ on, ratio }) => [...ofLoss(on), ['ratio', ratio]])
    .exhaustive();
  const ofDepth: readonly (readonly [AmountRole, OpenCount])[] =
    stochasticDepth === undefined ? [] : [['stochasticDepth', stochasticDepth]];
  const ofBatch: readonly (readonly [CountRole, OpenCount])[] = accumulate === undefined ? [] : [['accumulate', accumulate]];
  return [...ofEnd, [until === undefined ? 'steps' : 'atMost', steps], ...ofDepth, ...ofBatch];
};

/** The stage with numbers for names. */
export const bindTrain = (
  { steps, until, stochasticDepth, accumulate, ...train }: OpenTrain,
  bound: (number: OpenCount) => number,
): TrainStage => {
  const loss = (on: OpenObservedLoss) => (on.kind === 'training' ? { kind: on.kind, window: bound(on.window) } : on);
  const end = match(until)
    .returnType<TrainStage['until']>()
    .with(P.nullish, () => undefined)
    .with({ kind: 'plateau' }, ({ kind, on, patience, minDelta }) => ({
      kind,
      on: loss(on),
      patience: bound(patience),
      minDelta: bound(minDelta),
    }))
    .with({ kind: 'loss' }, ({ kind, loss: least, on }) => ({ kind, loss: bound(least), on: loss(on) }))
    .with({ kind: 'tokens' }, ({ kind, tokens }) => ({ kind, tokens: bound(tokens) }))
    .with({ kind: 'flops' }, ({ kind, flops }) => ({ kind, flops: bound(flops) }))
    .with({ kind: 'slopeBelow' }, ({ kind, ratio, on }) => ({ kind, ratio: bound(ratio), on: loss(on) }))
    .exhaustive();
  return {
    ...train,
    steps: bound(steps),
    ...(end === undefined ? {} : { until: end }),
    ...(stochasticDepth === undefined ? {} : { stochasticDepth: bound(stochasticDepth) }),
    ...(accumulate === undefined ? {} : { accumulate: bound(accumulate) }),
  };
};
