/** A schedule of 30 training steps across a restriction and a prolongation, on text that can be learnt, and what a backend makes of it. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import type { Backend } from '../../src/backend.js';
import { type Dataset, textDataset } from '../../src/data/dataset.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { run } from '../../src/runner/run.js';
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { adamw, tinyLlama, tinyModel } from '../model/tiny.js';

/** Eleven characters. */
const text = 'the sea, he saw the sea. '.repeat(40);

const { vocabulary: _, ...model } = tinyModel;

export const datasetOf = (): Dataset => {
  const dataset = textDataset(text, { source: 'a rhyme', heldOut: 0.2, context: model.context });
  return E.isLeft(dataset) ? assert.fail(dataset.left.message) : dataset.right;
};

const restrict: Stage = {
  kind: 'restrict',
  operator: { kind: 'every', factor: 2, offset: 1 },
  h: 'scale',
  moments: 'carry',
  counters: 'carry',
};
const prolongate: Stage = { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' };

export const twoLevels: Schedule = {
  version: 1,
  setup: {
    model,
    data: { kind: 'text', source: 'a rhyme', tokenizer: 'characters', heldOut: 0.2 },
    optimizer: { ...adamw, learningRate: { kind: 'cosine', peak: 0.02, floor: 0.002, warmup: 5, clock: 'global' } },
    batch: 2,
    seed: 3,
    evaluation: { every: 0, batches: 2 },
  },
  stages: [{ kind: 'train', steps: 5 }, restrict, { kind: 'train', steps: 15 }, prolongate, { kind: 'train', steps: 10 }],
};

const { vocabulary: __, ...llama } = tinyLlama;

/** The same with a model of Llama's shape. */
export const twoLevelsOfLlama: Schedule = { ...twoLevels, setup: { ...twoLevels.setup, model: llama } };

/** The same, each batch in two microbatches. */
export const twoLevelsInMicrobatches: Schedule = { ...twoLevels, setup: { ...twoLevels.setup, accumulate: 2 } };

/** The same with batches and contexts of the stages' own: more sequences, or shorter ones. */
export const twoLevelsInOtherBatches: Schedule = {
  ...twoLevels,
  stages: [
    { kind: 'train', steps: 5, context: model.context - 1 },
    restrict,
    { kind: 'train', steps: 15, batch: 3, context: 1 },
    prolongate,
    { kind: 'train', steps: 10, batch: 4, accumulate: 2 },
  ],
};

/** The same, with the layers' activations computed a second time for the gradient. */
export const twoLevelsRecomputed: Schedule = { ...twoLevels, setup: { ...twoLevels.setup, recompute: 'layers' } };

export interface Trajectory {
  readonly losses: readonly number[];
  readonly validation: readonly number[];
}

export const trajectoryOn = async (backend: Backend, schedule: Schedule = twoLevels): Promise<Trajectory> => {
  const events: RunEvent[] = [];
  const how = { backend, folder: new MemoryFolder(), listeners: [(event: RunEvent) => events.push(event)] };
  const summary = await run(schedule, datasetOf(), how)();
  if (E.isLeft(summary)) assert.fail(summary.left.message);
  assert.deepEqual(summary.right.outcome, { kind: 'finished' });
  return {
    losses: events.flatMap((event) => (event.kind === 'step' ? [event.loss] : [])),
    validation: events.flatMap((event) => (event.kind === 'evaluated' ? [event.loss] : [])),
  };
};
