/** What a run says of the memory that it will take, and when: of the largest step that it trains, before anything is held. */
import assert from 'node:assert/strict';
import { tokensDataset } from '../../src/data/dataset.js';
import { tensorsOf } from '../../src/model/cell-tensors.js';
import type { TracedPlan } from '../../src/plan/plan-schedule.js';
import { programOf } from '../../src/plan/programs.js';
import { waitingBytes } from '../../src/plan/waiting.js';
import { peakBytes } from '../../src/program/peak-bytes.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import type { RunOptions } from '../../src/runner/run-rules.js';
import { firstGrid } from '../../src/schedule/grid.js';
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { resolve } from '../../src/transfer/resolve.js';
import { adamw } from '../model/tiny.js';
import { hastyDisk, inTemporaryFolder, nullBackend, right } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { tinySetup } from './tiny-setup.js';

const restrict: Stage = { kind: 'restrict', operator: { kind: 'average', factor: 2 }, h: 'scale', moments: 'carry', counters: 'carry' };
const prolongate: Stage = {
  kind: 'prolongate',
  correction: { kind: 'total' },
  interpolation: 'own',
  moments: 'carry',
  counters: 'carry',
};
const train: Stage = { kind: 'train', steps: 2 };

const model = { kind: 'gpt', layers: 4, heads: 2, width: 4, context: 3, bias: true } as const;
const scheduleOf = (stages: readonly Stage[]): Schedule => ({ version: 1, setup: { ...tinySetup, model }, stages });

describe('the plan of a run', () => {
  const dataset = tokensDataset(VOCABULARY);

  it('is told before anything is held, of a run that begins and of one that is resumed', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await nullBackend();
      const told: (readonly [bytes: number, held: number])[] = [];
      const planned = ({ stepBytes }: TracedPlan): void => {
        told.push([stepBytes, backend.memory().held]);
      };
      const options: RunOptions = { backend, folder: onDisk(folder, hastyDisk), listeners: [], planned };
      const stopped = right(await run(scheduleOf([train, train]), dataset, { ...options, signal: AbortSignal.abort() })());
      assert.equal(stopped.outcome.kind, 'interrupted');
      right(await resume(dataset, { ...options, folder: onDisk(folder, hastyDisk) })());
      const bytes = told[0]?.[0] ?? 0;
      assert.ok(bytes > 0);
      assert.deepEqual(told, [
        [bytes, 0],
        [bytes, 0],
      ]);
    }));

  it('counts the largest step that is trained, and none that is not', async () => {
    const backend = await nullBackend();
    const stepBytes = (stages: readonly Stage[]): Promise<number> =>
      inTemporaryFolder(async (folder) => {
        let bytes = -1;
        const options: RunOptions = {
          backend,
          folder: onDisk(folder, hastyDisk),
          listeners: [],
          planned: (plan) => {
            bytes = plan.stepBytes;
          },
        };
        right(await run(scheduleOf(stages), dataset, options)());
        return bytes;
      });
    const schedule = scheduleOf([train, restrict, train, prolongate]);
    const [fine, , coarse] = walk(schedule).map((visit) =>
      peakBytes(programOf('training-step', { ...model, vocabulary: VOCABULARY }, schedule.setup, visit)),
    );
    assert.ok(fine !== undefined && coarse !== undefined && coarse < fine);
    // While the coarse level trains, the fine one waits, and what was restricted from it.
    const [, , waiting = 0] = waitingBytes(resolve(schedule), firstGrid(model), tensorsOf({ ...model, vocabulary: VOCABULARY }, adamw));
    assert.ok(waiting > 0);
    assert.equal(await stepBytes(schedule.stages), Math.max(fine, coarse + waiting));
    assert.equal(await stepBytes([restrict, train, prolongate]), coarse + waiting);
    assert.equal(await stepBytes([train]), fine);
    assert.equal(await stepBytes([restrict, prolongate]), 0);
  });
});
