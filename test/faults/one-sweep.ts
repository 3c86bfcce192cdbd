/** A comparison's jobs, one after another, and its report. Not a test itself. */
import * as E from 'fp-ts/lib/Either.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { writeReportFiles } from '../../src/report/comparison/write-report.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { carryOut } from '../../src/sweep/carry-out.js';
import { jobOf } from '../../src/sweep/job.js';
import { stateOf } from '../../src/sweep/job-state.js';
import { jobFolder, type ManifestPlace, manifestAt } from '../../src/sweep/manifest.js';
import { type PlannedJob, sweep, type WorkerEnd } from '../../src/sweep/sweep.js';
import { leftIn } from '../runner/left-behind.js';
import { MORTAL_VOCABULARY } from '../runner/mortal-schedule.js';
import { quiet } from '../sweep/jobs.js';
import { createMixing } from './mixing-backend.js';
import { bytesIn, type Story, smallSchedule } from './story.js';

const dataset = tokensDataset(MORTAL_VOCABULARY);
const backend = createMixing();
const schedule: Schedule = {
  ...smallSchedule,
  stages: smallSchedule.stages.map((stage) => (stage.kind === 'train' ? { ...stage, steps: 1 } : stage)),
};
const jobs: readonly PlannedJob[] = [1, 2].map((seed) => ({
  ...jobOf(`seed ${seed}`, { schedule: { ...schedule, setup: { ...schedule.setup, seed } }, backend: backend.name, allowCpu: false }),
  flops: seed,
}));

const manifestOn = (files: FileSystem): ManifestPlace => manifestAt('/home/comparison/manifest.jsonl', files);

const swept = (files: FileSystem) => {
  const manifest = manifestOn(files);
  const work = async (job: PlannedJob | Parameters<typeof carryOut>[0]): Promise<WorkerEnd> => {
    const ended = await carryOut(job, { backend, dataset, folder: jobFolder(manifest, job), listeners: [], say: () => undefined })();
    return E.isLeft(ended) ? { kind: 'failed', fault: ended.left } : { kind: 'done' };
  };
  return sweep(jobs, { manifest, workers: 1, listener: quiet, work })();
};

const report = new Map<string, Uint8Array | string>([
  ['comparison.json', '{}\n'],
  ['validation-vs-flops.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>\n'],
  ['validation-vs-flops.png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47)],
  ['report.html', '<!doctype html><title>A comparison</title>\n'],
]);

export const oneSweep: Story = {
  before: new Map([['/home', null]]),
  acts: [
    {
      name: 'sweep',
      act: swept,
      done: (files) =>
        jobs.every((job) => {
          const state = stateOf(jobFolder(manifestOn(files), job), job);
          return E.isRight(state) && state.right.kind === 'done';
        }),
    },
    {
      name: 'report',
      act: async (files) => writeReportFiles(manifestOn(files).folder, report),
      done: (files) => manifestOn(files).folder.has('report.html'),
    },
  ],
  left: (files) => {
    const manifest = manifestOn(files);
    return {
      runs: jobs.map((job) => leftIn(jobFolder(manifest, job))),
      files: bytesIn(manifest.folder, [manifest.name, ...report.keys()]),
    };
  },
};
