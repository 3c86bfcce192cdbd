/**
 * What a run leaves: law 6's ground (the same bits from the same seed, and a prefix of a schedule leaves the state that the whole passed
 * through), and a model folder that computes what the run said.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../../src/backend.js';
import { heldOutBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { evaluation } from '../../src/model/level-programs.js';
import { MODEL_FILES, readModelFolder } from '../../src/model/model-folder.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { scheduleHash } from '../../src/schedule/json/canonical.js';
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { inTemporaryFolder, onnxBackend, type RunWithEvents, right, runWithEvents } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { tinySetup } from './tiny-setup.js';

const train = (steps: number): Stage => ({ kind: 'train', steps });
const restrict: Stage = {
  kind: 'restrict',
  operator: { kind: 'every', factor: 2, offset: 1 },
  h: 'scale',
  moments: 'reset',
  counters: 'reset',
};
const prolongate: Stage = { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' };

const scheduleOf = (stages: readonly Stage[], seed = 1): Schedule => ({
  version: 1,
  setup: { ...tinySetup, seed, evaluation: { every: 0, batches: 2 } },
  stages,
});
const whole = [train(3), restrict, train(3), prolongate, train(2)];

const checkpoint = (folder: string, step: number): Uint8Array =>
  readFileSync(join(folder, RUN_FILES.checkpoints, `step-${String(step).padStart(8, '0')}.safetensors`));
const weights = (folder: string): Uint8Array => readFileSync(join(folder, RUN_FILES.model, MODEL_FILES.weights));
const losses = ({ events }: RunWithEvents): readonly number[] =>
  events.flatMap((event) => (event.kind === 'step' || event.kind === 'evaluated' ? [event.loss] : []));

describe('what a run leaves', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  it('one seed, the same bits: losses, checkpoints and model; another seed, others', () =>
    inTemporaryFolder(async (folder) => {
      const go = (name: string, seed: number) => runWithEvents(scheduleOf(whole, seed), { backend, folder: join(folder, name) });
      const [first, again, other] = [await go('first', 1), await go('again', 1), await go('other', 2)];
      assert.equal(losses(first).length, 11);
      assert.deepEqual(losses(again), losses(first));
      assert.deepEqual(checkpoint(join(folder, 'again'), 8), checkpoint(join(folder, 'first'), 8));
      assert.deepEqual(weights(join(folder, 'again')), weights(join(folder, 'first')));
      assert.notDeepEqual(losses(other), losses(first));
      assert.notDeepEqual(weights(join(folder, 'other')), weights(join(folder, 'first')));
    }));

  it('the state after a part of a schedule is what the whole passed through, to the bit', () =>
    inTemporaryFolder(async (folder) => {
      await runWithEvents(scheduleOf(whole), { backend, folder: join(folder, 'whole') });
      await runWithEvents(scheduleOf([train(3), restrict, train(3), prolongate]), { backend, folder: join(folder, 'part') });
      const [ofWhole, ofPart] = ['whole', 'part'].map((name) => right(decodeSafetensors(checkpoint(join(folder, name), 6))));
      assert.deepEqual(ofPart?.tensors, ofWhole?.tensors);
      assert.equal(ofPart?.metadata.updates, ofWhole?.metadata.updates);
    }));

  it('a checkpoint holds parameters, moments, counters and its place; the two newest stay', () =>
    inTemporaryFolder(async (folder) => {
      const schedule = scheduleOf(whole);
      const { result } = await runWithEvents(schedule, { backend, folder });
      assert.throws(() => checkpoint(folder, 3), /ENOENT/);
      const { tensors, metadata } = right(decodeSafetensors(checkpoint(folder, 6)));
      const { events, flops, ...place } = JSON.parse(metadata.place ?? '');
      assert.deepEqual(place, {
        scheduleHash: scheduleHash(schedule),
        stage: 2,
        phase: 'evaluated',
        stageStep: 3,
        step: 6,
        good: 'checkpoints/step-00000006.safetensors',
        validationLoss: right(result).stages[2]?.validationLoss,
      });
      // A start, three stages of which two have ended, six steps, a transfer, two evaluations.
      assert.equal(events, 1 + 3 + 2 + 6 + 1 + 2);
      assert.ok(flops.matmul > 0);
      // The restriction reset the counters of the odd layers, which then saw three updates; the shared ones saw all six.
      assert.deepEqual(JSON.parse(metadata.updates ?? ''), [
        { shared: 6, 'layers.0': 3, 'layers.1': 3, 'layers.2': 3, 'layers.3': 3 },
        { shared: 6, 'layers.0': 3, 'layers.1': 3 },
      ]);
      // The finest level under plain names, the open coarse one beside it.
      const finest = [...tensors.keys()].filter((name) => !name.startsWith('level.'));
      const parameters = finest.filter((name) => !name.includes('/'));
      assert.ok(tensors.has('level.1/layers.1.mlp.expand.weight/first-moment'));
      assert.deepEqual(new Set(finest), new Set(parameters.flatMap((name) => [name, `${name}/first-moment`, `${name}/second-moment`])));
      assert.equal(parameters.length, 4 + 4 * 16);
      right(decodeSafetensors(checkpoint(folder, 8)));
    }));

  it('the model folder computes, in float64, the last validation loss of the run', () =>
    inTemporaryFolder(async (folder) => {
      const schedule = scheduleOf(whole);
      const { result, events } = await runWithEvents(schedule, { backend, folder });
      const names = Object.values(MODEL_FILES);
      const files = new Map(names.map((name): [string, Uint8Array] => [name, readFileSync(join(folder, RUN_FILES.model, name))]));
      const { model, h, parameters } = right(readModelFolder(files));
      assert.deepEqual([model.layers, model.vocabulary, h], [4, VOCABULARY, 1]);
      const program = evaluation(model, { layers: model.layers, h }, 2);
      const evaluate = await onReference(program);
      const each: number[] = [];
      for (const index of [0, 1]) {
        const batch = right(heldOutBatch(tokensDataset(VOCABULARY), { batch: 2, context: 4, index, count: 2 }));
        const [loss] = await evaluate(
          program.inputs.map(({ name }) =>
            name === 'inputs' ? batch.inputs : name === 'targets' ? batch.targets : (parameters.get(name)?.data ?? assert.fail(name)),
          ),
        );
        each.push(loss?.[0] ?? Number.NaN);
      }
      const last = events.filter((event) => event.kind === 'evaluated').at(-1);
      assertClose(
        [last?.kind === 'evaluated' ? last.loss : Number.NaN],
        [((each[0] ?? 0) + (each[1] ?? 0)) / 2],
        { relative: 1e-6, absolute: 0 },
        'validation loss',
      );
      assert.equal(right(result).stages.at(-1)?.validationLoss, last?.kind === 'evaluated' ? last.loss : undefined);
    }));
});
