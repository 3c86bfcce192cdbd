/**
 * A run that the version before this one wrote, here as `release-before/finished`, is read, resumed from its checkpoints and compared by this one. It was
 * made by `vcycle run` with --layers 4 --width 4 --heads 2 --context 4 --batch 2 --vocabulary 11 --threads 1 --evaluate-every 10 --evaluation-batches 1
 * --checkpoint-every 6 --keep 20, and three of its checkpoints were kept: in a coarse stage, within a branch, at the end.
 */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { Folder } from '../../src/files/folder.js';
import { traceOf } from '../../src/report/comparison/run-trace.js';
import { readRun } from '../../src/report/run/read-run.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { resume } from '../../src/runner/resume.js';
import { readEntry } from '../../src/store/run-entry.js';
import { tolerances } from '../backends/tolerances.js';
import { inTemporaryFolder, right } from '../runner/harness.js';
import { goldenLosses } from './golden-losses.js';
import { assertWithin, kindOf } from './machine-kind.js';

const FOLDER = join(process.cwd(), 'test/golden/release-before/finished');
const CHECKPOINTS = ['step-00000010.safetensors', 'step-00000015.safetensors', 'step-00000022.safetensors'];

const lossesIn = async (folder: string): Promise<readonly number[]> => right(await readRun(Folder.at(folder))()).steps.map(({ loss }) => loss);
const weightsIn = (folder: string): Buffer => readFileSync(join(folder, 'model/model.safetensors'));

describe('a run that the version before wrote', () => {
  it('is read: its events, its row, its trace', async () => {
    const record = right(await readRun(Folder.at(FOLDER))());
    assert.deepEqual([record.steps.length, record.ended?.outcome.kind, record.stages.length], [22, 'finished', 12]);
    const entry = readEntry(Folder.at(FOLDER));
    assert.deepEqual([entry.status, entry.steps], ['finished', 22]);
    const { training, validation, diverged } = traceOf(record);
    assert.deepEqual([training.length, validation.at(-1)?.loss, diverged], [22, record.ended?.model?.validationLoss, false]);
  });

  for (const checkpoint of CHECKPOINTS)
    it(`is resumed from ${checkpoint}, to the losses and the weights that it had`, () =>
      inTemporaryFolder(async (root) => {
        const folder = join(root, 'run');
        cpSync(FOLDER, folder, { recursive: true });
        rmSync(join(folder, RUN_FILES.summary));
        rmSync(join(folder, 'model'), { recursive: true });
        for (const name of readdirSync(join(folder, RUN_FILES.checkpoints)))
          if (name > checkpoint) rmSync(join(folder, RUN_FILES.checkpoints, name));
        const backend = right(await createOnnxCpu({ threads: 1 })());
        const summary = right(await resume(tokensDataset(11), { backend, folder: onDisk(folder), listeners: [] })());
        assert.equal(summary.outcome.kind, 'finished');
        assertWithin(await lossesIn(folder), await lossesIn(FOLDER), tolerances.f32.trajectory);
        // Written where the golden losses were: there to the bit.
        if (kindOf(backend) === goldenLosses.onnxCpu.kind) {
          assert.deepEqual(await lossesIn(folder), await lossesIn(FOLDER));
          assert.deepEqual(weightsIn(folder), weightsIn(FOLDER));
        }
        await backend.close()();
      }));
});
