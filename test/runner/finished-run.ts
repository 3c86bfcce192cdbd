/** Runs of tiny pipelines on the float64 reference, which finish as planned, and what they leave. Not here: random ones (`pipelines.ts`). */
import assert from 'node:assert/strict';
import { createReference } from '../../backends/reference/index.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { readModelFolder } from '../../src/model/model-folder.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { checkpointName, RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { run } from '../../src/runner/run.js';
import type { Schedule, Setup } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { right } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

export const tinyData = tokensDataset(VOCABULARY);

/** Schedules of a text, with another model than the tiny setup's; and what the verifier says of them. */
export const schedulesWith = (model: Setup['model']) => {
  const verified = (stages: string, setup: Partial<Setup> = {}) =>
    verify({ version: 1, setup: { ...tinySetup, model, ...setup }, stages: stagesOf(stages) });
  return {
    scheduleOf: (stages: string, setup: Partial<Setup> = {}): Schedule => right(verified(stages, setup)),
    messageOf: (stages: string, setup: Partial<Setup> = {}): string => {
      const found = verified(stages, setup);
      return 'left' in found ? found.left.message : 'accepted';
    },
  };
};

/** A finished run whose counted work is the planned: its stages, the saved model, and the checkpoint of a step. */
export const ran = async (schedule: Schedule) => {
  const folder = new MemoryFolder();
  const { outcome, stages, model } = right(await run(schedule, tinyData, { backend: createReference(), folder, listeners: [] })());
  assert.deepEqual(outcome, { kind: 'finished' });
  for (const { op, planned, counted } of stages) assert.deepEqual(counted, planned, op);
  const prefix = `${RUN_FILES.model}/`;
  const files = new Map(
    [...folder.files].flatMap(([name, bytes]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), bytes]] : [])),
  );
  return { stages, model, saved: right(readModelFolder(files)), state: (step: number) => right(folder.read(checkpointName(step))) };
};
