/**
 * `train` in the text form: `train(400)`, `train(until.plateau(on: training(50), patience: 20, atMost: 400), only: new)`. The stage that its options
 * give. Not here: parsing it (`options.ts`), what it means (`../train-stage.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import { given } from '../../options.js';
import { defaults } from '../defaults.js';
import type { OpenCount, OpenEnd, OpenTrain } from '../open-stages.js';
import { subnetworkHasNo } from '../sentences.js';
import type { Given } from './option-tables.js';
import { keepWithoutLayers, layersWithoutKeep, missingEndOption, sharedLayersWithoutOnly } from './sentences.js';

export type EndKind = OpenEnd['kind'];

/** A conditional end with its maximum number of steps. */
export interface Ending {
  readonly until?: OpenEnd;
  readonly steps: OpenCount;
}

/** The required options of each end, in the order in which they are reported missing. */
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

/** The sentence about an end without a required option, or nothing. */
export const endFault = (kind: EndKind, given: Given): string | undefined => {
  const missing = missingFrom(kind, given);
  return missing === undefined ? undefined : missingEndOption(kind, missing);
};

/** The end that options give, if none is missing. `first` is the number before the options, where the end has one. */
export const endOf = (kind: EndKind, given: Given, first: OpenCount = 0): E.Either<string, Ending> => {
  const { on, patience, atMost, minDelta = defaults['until.plateau'].minDelta, ratio = defaults['until.slopeBelow'].ratio } = given;
  const until = match(kind)
    .returnType<OpenEnd | undefined>()
    .with('plateau', () => (on === undefined || patience === undefined ? undefined : { kind: 'plateau', on, patience, minDelta }))
    .with('loss', () => (on === undefined ? undefined : { kind: 'loss', loss: first, on }))
    .with('tokens', () => ({ kind: 'tokens', tokens: first }))
    .with('flops', () => ({ kind: 'flops', flops: first }))
    .with('slopeBelow', () => (on === undefined ? undefined : { kind: 'slopeBelow', on, ratio }))
    .exhaustive();
  return until !== undefined && atMost !== undefined
    ? E.right({ until, steps: atMost })
    : E.left(missingEndOption(kind, missingFrom(kind, given) ?? 'atMost'));
};

/** The network of some layers that options give, or the sentence about one that needs another. */
const subnetworkGiven = ({ layers, keep, h, only, stochasticDepth }: Given): E.Either<string, Pick<OpenTrain, 'subnetwork'>> => {
  const alone = keep !== undefined ? 'keep' : h !== undefined ? 'h' : undefined;
  if (layers === undefined) return alone === undefined ? E.right({}) : E.left(keepWithoutLayers(alone));
  if (keep === undefined) return E.left(layersWithoutKeep());
  if (only !== undefined) return E.left(subnetworkHasNo('only'));
  if (stochasticDepth !== undefined) return E.left(subnetworkHasNo('stochasticDepth'));
  return E.right({ subnetwork: { kind: layers, keep, h: h ?? defaults.subnetwork.h } });
};

/** The stage that an end and options give, or the sentence about an option that needs another. */
export const trainOf = (whole: Ending, options: Given): E.Either<string, OpenTrain> => {
  const { only, sharedLayers, stochasticDepth, accumulate, batch, context, learningRate, data } = options;
  if (only === undefined && sharedLayers !== undefined) return E.left(sharedLayersWithoutOnly());
  const subnetwork = subnetworkGiven(options);
  if (E.isLeft(subnetwork)) return subnetwork;
  const policy = { sharedLayers: sharedLayers === undefined ? defaults.train.sharedLayers : sharedLayers } as const;
  return E.right({
    kind: 'train',
    ...whole,
    ...(only === undefined ? {} : { only: only === 'new' ? { kind: 'new', ...policy } : { kind: 'layers', layers: [...only], ...policy } }),
    ...given({ stochasticDepth, accumulate, batch, context, learningRate, data }),
    ...subnetwork.right,
  });
};
