/** Printing `train` in the text form. Not here: parsing it (`../text`), what it means (`../train-stage.ts`). */
import { match } from 'ts-pattern';
import type { DataSource } from '../data-source.js';
import { cosineFloor, defaults, rateDefaults, textDefaults } from '../defaults.js';
import type { OpenCount, OpenEnd, OpenObservedLoss, OpenRate, OpenTrain } from '../open-stages.js';
import type { TrainedPart } from '../train-stage.js';

/** What the name of an end begins with. */
export const END_PREFIX = 'until.';

const printObserved = (loss: OpenObservedLoss, printNumber: (number: OpenCount) => string): string =>
  match(loss)
    .with({ kind: 'training' }, ({ window }) => `training(${printNumber(window)})`)
    .with({ kind: 'heldOut' }, ({ kind }) => kind)
    .exhaustive();

/** Runs of layers, as in `[0, 4..7]`. */
const printLayers = (layers: readonly number[]): string => {
  const runs: { readonly from: number; to: number }[] = [];
  for (const layer of layers) {
    const run = runs.at(-1);
    if (run !== undefined && run.to === layer - 1) run.to = layer;
    else runs.push({ from: layer, to: layer });
  }
  return `[${runs.map(({ from, to }) => (from === to ? String(from) : `${from}..${to}`)).join(', ')}]`;
};

const printTrained = (part: TrainedPart): string =>
  match(part)
    .with({ kind: 'new' }, ({ kind }) => kind)
    .with({ kind: 'layers' }, ({ layers }) => printLayers(layers))
    .exhaustive();

const printNumber = (number: OpenCount): string => (typeof number === 'number' ? String(number) : number.name);

const printEnd = (until: OpenEnd, atMost: OpenCount): string => {
  const number = printNumber;
  const on = (loss: OpenObservedLoss): string => `on: ${printObserved(loss, number)}`;
  const options = match(until)
    .returnType<readonly string[]>()
    .with({ kind: 'plateau' }, (plateau) => [
      on(plateau.on),
      `patience: ${number(plateau.patience)}`,
      ...(plateau.minDelta === defaults['until.plateau'].minDelta ? [] : [`minDelta: ${number(plateau.minDelta)}`]),
    ])
    .with({ kind: 'loss' }, (loss) => [number(loss.loss), on(loss.on)])
    .with({ kind: 'tokens' }, ({ tokens }) => [number(tokens)])
    .with({ kind: 'flops' }, ({ flops }) => [number(flops)])
    .with({ kind: 'slopeBelow' }, ({ on: loss, ratio }) => [
      on(loss),
      ...(ratio === defaults['until.slopeBelow'].ratio ? [] : [`ratio: ${number(ratio)}`]),
    ])
    .exhaustive();
  return `${END_PREFIX}${until.kind}(${[...options, `atMost: ${number(atMost)}`].join(', ')})`;
};

/** `0.001`, where it is that throughout, or `cosine(0.001, floor: 0.0001)`. */
const printRate = (rate: OpenRate): string => {
  const { kind, warmup, clock, rewarm } = rate;
  const usual = rateDefaults[kind];
  const usualFloor = kind === 'cosine' ? cosineFloor(rate.peak) : rateDefaults.wsd.floor;
  const options = [
    ...(kind === 'constant' || rate.floor === usualFloor ? [] : [`floor: ${rate.floor}`]),
    ...(kind !== 'wsd' || rate.decay === rateDefaults.wsd.decay ? [] : [`decay: ${rate.decay}`]),
    ...(warmup === usual.warmup ? [] : [`warmup: ${printNumber(warmup)}`]),
    ...(clock === usual.clock ? [] : [`clock: ${clock}`]),
    ...(rewarm === undefined ? [] : [`rewarm: ${printNumber(rewarm)}`]),
  ];
  const peak = printNumber(rate.peak);
  return kind === 'constant' && options.length === 0 ? peak : `${kind}(${[peak, ...options].join(', ')})`;
};

/** `text("corpus.txt", heldOut: 0.05)`, with strings as JSON writes them, or `tokens(65)`. */
const printData = (source: DataSource): string => {
  if (source.kind === 'tokens') return `tokens(${source.vocabulary})`;
  const { source: path, tokenizer, heldOut, field, documents } = source;
  const options = [
    ...(tokenizer === textDefaults.tokenizer ? [] : [`tokenizer: ${JSON.stringify(tokenizer)}`]),
    ...(heldOut === textDefaults.heldOut ? [] : [`heldOut: ${heldOut}`]),
    ...(field === undefined ? [] : [`field: ${JSON.stringify(field)}`]),
    ...(documents === undefined ? [] : [`documents: ${documents}`]),
  ];
  return `text(${[JSON.stringify(path), ...options].join(', ')})`;
};

export const printTrain = ({
  steps,
  until,
  only,
  stochasticDepth,
  accumulate,
  batch,
  context,
  learningRate,
  data,
  subnetwork,
}: OpenTrain): string => {
  const options = [
    until === undefined ? printNumber(steps) : printEnd(until, steps),
    ...(only === undefined ? [] : [`only: ${printTrained(only)}`]),
    ...(only === undefined || only.sharedLayers === defaults.train.sharedLayers ? [] : [`sharedLayers: ${only.sharedLayers}`]),
    ...(stochasticDepth === undefined ? [] : [`stochasticDepth: ${printNumber(stochasticDepth)}`]),
    ...(accumulate === undefined ? [] : [`accumulate: ${printNumber(accumulate)}`]),
    ...(batch === undefined ? [] : [`batch: ${printNumber(batch)}`]),
    ...(context === undefined ? [] : [`context: ${printNumber(context)}`]),
    ...(learningRate === undefined ? [] : [`learningRate: ${printRate(learningRate)}`]),
    ...(data === undefined ? [] : [`data: ${printData(data)}`]),
    ...(subnetwork === undefined ? [] : [`layers: ${subnetwork.kind}`, `keep: ${printNumber(subnetwork.keep)}`]),
    ...(subnetwork === undefined || subnetwork.h === defaults.subnetwork.h ? [] : [`h: ${subnetwork.h}`]),
  ];
  return `train(${options.join(', ')})`;
};
