/**
 * Runs that an earlier vcycle wrote (`runs-of-0.1.0`: one that finished, one that was stopped on the coarse level), read, resumed and compared by this
 * one. They are small, on onnx-cpu, and never written again: what they need must go on being understood.
 */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { tokensDataset } from '../../src/data/dataset.js';
import { Folder } from '../../src/files/folder.js';
import { compareEntrants, type Entrant } from '../../src/report/comparison/comparison.js';
import { traceOf } from '../../src/report/comparison/run-trace.js';
import { readRun } from '../../src/report/run/read-run.js';
import type { RunRecord } from '../../src/report/run/run-record.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import { readSavedModel } from '../../src/runner/saved-model.js';
import { scheduleHash } from '../../src/schedule/json/canonical.js';
import { readEntry } from '../../src/store/run-entry.js';
import { tolerances } from '../backends/tolerances.js';
import { hastyDisk, inTemporaryFolder, onnxBackend, right } from '../runner/harness.js';

const EARLIER = join(process.cwd(), 'test/golden/runs-of-0.1.0');
const FINISHED = join(EARLIER, 'finished');
const dataset = tokensDataset(5);

const recordIn = async (folder: string): Promise<RunRecord> => right(await readRun(Folder.at(folder))());

/** Times and rounding aside. */
const assertSameLosses = (actual: RunRecord, expected: RunRecord): void => {
  const { relative } = tolerances.f32.trajectory;
  for (const kind of ['steps', 'evaluations'] as const) {
    const [found, wanted] = [actual[kind], expected[kind]].map((events) => events.map(({ loss }) => loss));
    assert.equal(found?.length, wanted?.length);
    for (const [index, loss] of (found ?? []).entries())
      assert.ok(Math.abs(loss / (wanted?.[index] ?? Number.NaN) - 1) <= relative, `${kind} ${index + 1}: ${loss}, was ${wanted?.[index]}`);
  }
};

describe('runs that an earlier version wrote', function () {
  this.timeout(60_000);

  it('are listed with their state and figures', async () => {
    assert.equal(readEntry(Folder.at(FINISHED)).status, 'finished');
    assert.equal(readEntry(Folder.at(join(EARLIER, 'stopped'))).status, 'interrupted');
    assert.equal((await recordIn(FINISHED)).steps.length, 10);
    assert.equal(right(readSavedModel(FINISHED)).model.vocabulary, 5);
  });

  it('that were stopped are resumed to the losses that they would have had', () =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'stopped');
      cpSync(join(EARLIER, 'stopped'), folder, { recursive: true });
      const backend = await onnxBackend();
      const ended = right(await resume(dataset, { backend, folder: onDisk(folder, hastyDisk) })());
      right(await backend.close()());
      assert.equal(ended.outcome.kind, 'finished');
      assertSameLosses(await recordIn(folder), await recordIn(FINISHED));
    }));

  it('are compared with one of today, which has the same schedule, FLOPs and losses', () =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'today');
      const earlier = await recordIn(FINISHED);
      const { schedule } = earlier.started;
      const backend = await onnxBackend();
      right(await run(schedule, dataset, { backend, folder: onDisk(folder, hastyDisk) })());
      right(await backend.close()());
      const today = await recordIn(folder);
      assert.equal(scheduleHash(today.started.schedule), scheduleHash(schedule));
      assertSameLosses(today, earlier);
      const entrant = (name: string, record: RunRecord): Entrant => ({
        name,
        role: name === 'today' ? 'pipeline' : 'baseline',
        schedule,
        traces: [traceOf(record)],
      });
      const about = { seeds: [7], backend: 'onnx-cpu', device: '', versions: {}, workers: 1, notes: [] };
      const { standings } = compareEntrants(
        [entrant('today', today), entrant('earlier', earlier)],
        [{ pipeline: 'today', against: 'earlier' }],
        about,
      );
      assert.equal(standings[0]?.flops, standings[1]?.flops);
    }));
});
