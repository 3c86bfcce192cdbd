/** Runs that begin with a saved model: whose weights they have, which are refused, and that a schedule knows them by their digest. */

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { createReference } from '../../backends/reference/index.js';
import { baselinesOf } from '../../src/baselines/baselines.js';
import { joined } from '../../src/byte-pieces.js';
import { type Dataset, textDataset } from '../../src/data/dataset.js';
import { packModelFile } from '../../src/model/model-file.js';
import { MODEL_FILES, readModelFolder, type SavedModel, writeModelFolder } from '../../src/model/model-folder.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { onceForTwo } from '../../src/runner/initial-weights.js';
import { readPretrained } from '../../src/runner/read-pretrained.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import { savedFiles } from '../../src/runner/saved-files.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { bind, parse } from '../../src/schedule/text/index.js';
import { jobOf } from '../../src/sweep/job.js';
import { datasetOf, twoLevels } from '../backends/two-levels.js';
import { tinyLlama } from '../model/tiny.js';
import { hastyDisk, inTemporaryFolder, right } from './harness.js';

const beginning = (path: string, stages: string, setup: Partial<Schedule['setup']> = {}): Schedule => ({
  ...twoLevels,
  setup: { ...twoLevels.setup, ...setup, initial: { kind: 'checkpoint', path } },
  stages: right(bind(right(parse(stages)), {})),
});

/** Moves layers, and trains nothing. */
const NOTHING = 'restrict(even) >> prolongate';

describe('a run that begins with a saved model', function () {
  this.timeout(60_000);
  const backend = createReference();

  const runIn = async (folder: string, schedule: Schedule, dataset: Dataset = datasetOf()) =>
    run(schedule, dataset, { backend, folder: onDisk(folder, hastyDisk), initial: readPretrained })();

  const modelIn = (path: string): SavedModel => right(readModelFolder(right(savedFiles(path))));
  const weightsOf = ({ parameters }: SavedModel): readonly (readonly [string, readonly number[]])[] =>
    [...parameters].map(([name, { data }]) => [name, [...data]] as const);
  const refused = async (folder: string, schedule: Schedule, dataset?: Dataset): Promise<string> => {
    const ended = await runIn(folder, schedule, dataset);
    assert.ok(E.isLeft(ended), 'the run began');
    assert.equal(ended.left.kind, 'input');
    return ended.left.message;
  };

  /** With a trained run in `first`. */
  const withRun = (use: (first: string, folder: (name: string) => string) => Promise<void>): Promise<void> =>
    inTemporaryFolder(async (folder) => {
      const first = join(folder, 'first');
      right(await runIn(first, { ...twoLevels, stages: right(bind(right(parse('train(2)')), {})) }));
      await use(first, (name) => join(folder, name));
    });

  it('has its weights, whatever the seed: from the run, its model folder, or one file', () =>
    withRun(async (first, folder) => {
      const file = folder('model.safetensors');
      writeFileSync(file, joined(right(packModelFile(right(savedFiles(first))))));
      for (const [index, path] of [first, join(first, 'model'), file].entries()) {
        const next = folder(`next${index}`);
        right(await runIn(next, beginning(path, NOTHING, { seed: 99 + index })));
        assert.deepEqual(weightsOf(modelIn(next)), weightsOf(modelIn(first)));
      }
      right(await runIn(folder('drawn'), { ...beginning(first, NOTHING), setup: { ...twoLevels.setup, seed: 99 } }));
      assert.notDeepEqual(weightsOf(modelIn(folder('drawn'))), weightsOf(modelIn(first)));
    }));

  it('grows from them: each layer twice, and new layers as they would be drawn', () =>
    withRun(async (first, folder) => {
      const { layers } = twoLevels.setup.model;
      right(await runIn(folder('stacked'), beginning(first, 'grow(stack(2))')));
      const [small, large] = [modelIn(first).parameters, modelIn(folder('stacked')).parameters];
      for (const [name, { data }] of large) {
        const source = name.replace(/^layers\.(\d+)/, (_, layer) => `layers.${Number(layer) % layers}`);
        assert.deepEqual([...data], [...(small.get(source)?.data ?? [])], name);
      }
      right(await runIn(folder('fresh'), beginning(first, 'grow(fresh(1))')));
      right(await runIn(folder('drawn'), { ...beginning(first, 'grow(fresh(1))'), setup: twoLevels.setup }));
      const top = `layers.${layers}.mlp.expand.weight`;
      const of = (name: string) => [...(modelIn(folder(name)).parameters.get(top)?.data ?? [])];
      assert.deepEqual(of('fresh'), of('drawn'));
    }));

  it('begins at step size 1 also where the model was saved at another one', () =>
    withRun(async (first, folder) => {
      const saved = modelIn(first);
      const halves = new Map([...writeModelFolder({ ...saved, h: 0.5 })]);
      const packed = folder('half.safetensors');
      writeFileSync(packed, joined(right(packModelFile(halves))));
      const { parameters } = right(readPretrained(packed));
      const name = 'layers.0.mlp.contract.weight';
      assert.deepEqual(
        [...(parameters.get(name)?.data ?? [])],
        [...(saved.parameters.get(name)?.data ?? [])].map((value) => value / 2),
      );
      assert.deepEqual(parameters.get('norm.weight'), saved.parameters.get('norm.weight'));
    }));

  it('says in its schedule which weights they were; jobs of other weights are others; changed ones are refused', () =>
    withRun(async (first, folder) => {
      const next = folder('next');
      right(await runIn(next, beginning(first, 'train(1)')));
      const schedule: Schedule = JSON.parse(readFileSync(join(next, 'schedule.json'), 'utf8'));
      assert.equal(schedule.setup.initial?.digest, right(readPretrained(first)).digest);
      const idOf = (of: Schedule) => jobOf('arm', { schedule: of, backend: 'reference', allowCpu: false }).id;

      const weights = join(first, 'model', MODEL_FILES.weights);
      const { tensors, metadata } = right(decodeSafetensors(readFileSync(weights)));
      const [[name, tensor] = assert.fail('no tensors')] = tensors;
      const changed = new Map(tensors).set(name, {
        dtype: 'F32',
        shape: tensor.shape,
        data: Float32Array.from(tensor.data, (value) => -value),
      });
      writeFileSync(weights, joined(encodeSafetensors(changed, metadata)));
      const { digest } = right(readPretrained(first));
      assert.notEqual(
        idOf(schedule),
        idOf({ ...schedule, setup: { ...schedule.setup, initial: { kind: 'checkpoint', path: first, digest } } }),
      );
      assert.equal(
        await refused(folder('again'), schedule),
        `setup.initial ${first}: the weights are not the ones that the schedule was made with; put those back, or write the schedule again ` +
          `(their SHA-256 must be ${schedule.setup.initial?.digest}, was ${digest})`,
      );
    }));

  it('is resumed from its checkpoint without them, and from its beginning with the same ones only', () =>
    withRun(async (first, folder) => {
      const next = folder('next');
      const schedule = beginning(first, 'train(3)');
      const stop = new AbortController();
      const listeners = [() => stop.abort()];
      const options = { backend, folder: onDisk(next, hastyDisk), initial: readPretrained };
      right(await run(schedule, datasetOf(), { ...options, listeners, signal: stop.signal })());
      const whole = folder('whole');
      right(await runIn(whole, schedule));
      // What a crash before the first checkpoint leaves.
      rmSync(join(next, 'checkpoints'), { recursive: true });
      const blind = await resume(datasetOf(), { backend, folder: options.folder })();
      assert.ok(E.isLeft(blind) && /^setup\.initial .*: there is no disk here that a model could be read from/.test(blind.left.message));
      const other = await resume(datasetOf(), { ...options, schedule: beginning(join(first, 'model'), 'train(3)') })();
      assert.ok(E.isLeft(other) && /setup\.initial\.path was/.test(other.left.message));
      right(await resume(datasetOf(), { ...options, schedule })());
      assert.deepEqual(weightsOf(modelIn(next)), weightsOf(modelIn(whole)));
    }));

  it('is refused where its sizes are others, all of them named', () =>
    withRun(async (first, folder) => {
      const { model } = twoLevels.setup;
      assert.ok(model.kind === 'gpt');
      const next = folder('next');
      assert.equal(
        await refused(next, beginning(first, NOTHING, { model: { ...model, layers: 2, bias: !model.bias } })),
        `setup.initial ${first}: the model must be the pipeline's, with layers 2, bias ${!model.bias} (was with layers ${model.layers}, bias ${model.bias}); ` +
          "give the pipeline's model those values, or name another checkpoint",
      );
      assert.match(
        await refused(next, beginning(first, NOTHING, { model: { ...model, gelu: 'tanh' } })),
        /the model must be the pipeline's, with gelu tanh \(was with gelu exact\); give the pipeline's model that value, or/,
      );
      assert.match(
        await refused(next, beginning(first, NOTHING, { model: { ...model, vocabulary: 50 } })),
        /the model must be the pipeline's, with vocabulary 50 \(was with vocabulary 9\); give the pipeline's model that value, or/,
      );
      assert.equal(
        await refused(next, beginning(folder('nowhere'), NOTHING)),
        `setup.initial ${folder('nowhere')} is not there; name a run folder, a model folder or a model file`,
      );
    }));

  it('of Llama’s shape may be trained on shorter sequences, and on no longer ones: its positions are no weights', () =>
    inTemporaryFolder(async (folder) => {
      const { vocabulary: _, ...model } = { ...tinyLlama, layers: 2 };
      const [first, next] = [join(folder, 'first'), join(folder, 'next')];
      right(await runIn(first, { ...twoLevels, setup: { ...twoLevels.setup, model }, stages: right(bind(right(parse('train(2)')), {})) }));
      assert.match(
        await refused(next, beginning(first, NOTHING, { model: { ...model, context: 8 } })),
        /the model must be the pipeline's, with context 8 \(was with context 6\); give the pipeline's model that value, or/,
      );
      assert.match(
        await refused(next, beginning(first, NOTHING)),
        /the model must be the pipeline's, with kind gpt \(was with kind llama\); give the pipeline's model that value, or/,
      );
      right(await runIn(next, beginning(first, NOTHING, { model: { ...model, context: 3 } })));
      const [was, is] = [weightsOf(modelIn(first)), weightsOf(modelIn(next))];
      assert.deepEqual(is, was);
    }));

  it('is refused where its tokens mean another text', () =>
    withRun(async (first, folder) => {
      const { context } = twoLevels.setup.model;
      const other = right(textDataset('bhe sea, he saw bhe sea. '.repeat(40), { source: 'another', heldOut: 0.2, context }));
      assert.match(
        await refused(folder('next'), beginning(first, NOTHING), other),
        /: the data's tokens must be those that the model was trained with: token 4 must be "e" \(was "b"\); take the data or the tokenizer/,
      );
    }));

  it('has baselines that begin with it where they have its sizes, and with drawn weights where they cannot', () => {
    const schedule = beginning('first', 'restrict(even) >> train(4) >> prolongate >> train(2)');
    const planOf = (of: Schedule) => planSchedule(of, { vocabulary: 11, capabilities: backend.capabilities });
    const initialOf = (kind: 'fine' | 'coarse-only') =>
      right(baselinesOf(schedule, kind, planOf)).map((baseline) => baseline.schedule.setup.initial);
    assert.deepEqual(initialOf('fine'), [schedule.setup.initial]);
    assert.deepEqual(initialOf('coarse-only'), [undefined]);
  });

  it('reads them once for two that need them, and keeps them for nobody else', () =>
    withRun(async (first, folder) => {
      const paths: string[] = [];
      const reader = onceForTwo((path) => {
        paths.push(path);
        return readPretrained(path);
      });
      const found = reader(first);
      assert.equal(reader(first), found);
      assert.notEqual(reader(first), found);
      assert.ok(E.isLeft(reader(folder('nowhere'))));
      assert.ok(E.isRight(reader(first)));
      assert.deepEqual(paths, [first, first, folder('nowhere'), first]);
    }));
});
