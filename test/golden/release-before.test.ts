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
import { compareEntrants } from '../../src/report/comparison/comparison.js';
import { traceOf } from '../../src/report/comparison/run-trace.js';
import { readRun } from '../../src/report/run/read-run.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import { scheduleHash } from '../../src/schedule/json/canonical.js';
import { readEntry } from '../../src/store/run-entry.js';
import { tolerances } from '../backends/tolerances.js';
import { inTemporaryFolder, right } from '../runner/harness.js';
import { assertWithin, kindOf } from './machine-kind.js';

const FOLDER = join(process.cwd(), 'test/golden/release-before/finished');
/** Backend, versions and processor. */
const WRITTEN_ON =
  'onnx-cpu, onnxruntime-node 1.30.0, v8 11.3.244.8-node.38, linux, x64, AMD EPYC, avx avx2 avx512_bf16 avx512_bitalg avx512_vbmi2 avx512_vnni avx512_vp2intersect avx512_vpopcntdq avx512bw avx512cd avx512dq avx512f avx512ifma avx512vbmi avx512vl avx_vnni fma';
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
        // There to the bit.
        if (kindOf(backend) === WRITTEN_ON) {
          assert.deepEqual(await lossesIn(folder), await lossesIn(FOLDER));
          assert.deepEqual(weightsIn(folder), weightsIn(FOLDER));
        }
        await backend.close()();
      }));

  it('is compared with one of today, which has the same schedule, FLOPs and losses', () =>
    inTemporaryFolder(async (folder) => {
      const before = right(await readRun(Folder.at(FOLDER))());
      const { schedule } = before.started;
      const backend = right(await createOnnxCpu({ threads: 1 })());
      right(await run(schedule, tokensDataset(11), { backend, folder: onDisk(join(folder, 'today')) })());
      right(await backend.close()());
      const today = right(await readRun(Folder.at(join(folder, 'today')))());
      assert.equal(scheduleHash(today.started.schedule), scheduleHash(schedule));
      assertWithin(await lossesIn(join(folder, 'today')), await lossesIn(FOLDER), tolerances.f32.trajectory);
      const entrants = [
        { name: 'today', role: 'pipeline', schedule, traces: [traceOf(today)] },
        { name: 'before', role: 'baseline', schedule, traces: [traceOf(before)] },
      ] as const;
      const about = { seeds: [schedule.setup.seed], backend: 'onnx-cpu', device: '', versions: {}, workers: 1, notes: [] };
      const { standings } = compareEntrants(entrants, [{ pipeline: 'today', against: 'before' }], about);
      assert.equal(standings[0]?.flops, standings[1]?.flops);
    }));
});
