/**
 * A process that runs, or continues, a small pipeline and ends itself by SIGKILL at a moment that it is told: at an event, at an execution
 * of a program, in writing a checkpoint, in any call of the disk. For `kill.test.ts`; not a test itself.
 *
 * node mortal.js SCHEDULE BACKEND FOLDER MOMENT, with the moment as JSON; with null it lives to the end. What it was doing goes to stdout.
 */
import { existsSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { nodeFiles } from '../../src/files/node-files.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import type { ResumeOptions } from '../../src/runner/run-rules.js';
import { MORTAL_VOCABULARY, type MortalName, mortalSchedules } from './mortal-schedule.js';
import { spyOn } from './spy.js';

/** The last thing that the process does: the `count`th of its kind. */
export interface Moment {
  readonly kind: 'event' | 'execution' | 'checkpoint' | 'disk';
  readonly count: number;
}

const [scheduleName = '', name = '', folder = '', given = 'null'] = process.argv.slice(2);
const moment: Moment | null = JSON.parse(given);
const counts = { event: 0, execution: 0, checkpoint: 0, disk: 0 };

/** Whether this is the moment. */
const isLast = (kind: Moment['kind']): boolean => {
  counts[kind] += 1;
  return moment?.kind === kind && moment.count === counts[kind];
};

const die = (doing: string): never => {
  writeSync(1, doing);
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered before the call returns; should it not be, this is no death by SIGKILL and the test says so.
  process.exit(99);
};

const paths = new Map<number, string>();
const disk: FileSystem = {
  ...nodeFiles,
  open: (path, how) => {
    if (isLast('disk')) die(`open ${path}`);
    const file = nodeFiles.open(path, how);
    paths.set(file, path);
    return file;
  },
  write: (file, data, offset) => {
    const path = paths.get(file) ?? '';
    if ((path.includes(RUN_FILES.checkpoints) && isLast('checkpoint')) || isLast('disk')) {
      const half = data.subarray(offset, offset + Math.max(1, Math.floor((data.byteLength - offset) / 2)));
      nodeFiles.write(file, half, 0);
      die(`write ${path}`);
    }
    return nodeFiles.write(file, data, offset);
  },
  sync: (file) => {
    if (isLast('disk')) die(`sync ${paths.get(file)}`);
  },
  rename: (from, to) => {
    if (isLast('disk')) die(`rename ${from}`);
    nodeFiles.rename(from, to);
  },
  remove: (path) => {
    if (isLast('disk')) die(`remove ${path}`);
    nodeFiles.remove(path);
  },
};

/** Imported when asked for: a life is short. */
const open = async (): Promise<Backend> => {
  if (name === 'reference') return (await import('../../backends/reference/index.js')).createReference();
  const made = await (await import('../../backends/onnx/cpu.js')).createOnnxCpu()();
  if (E.isLeft(made)) throw new Error(made.left.message);
  return made.right;
};

const { backend } = spyOn(await open(), (_execution, program) => (isLast('execution') ? die(`execute ${program}`) : undefined));
const options: ResumeOptions = {
  backend,
  folder: onDisk(folder, disk),
  checkpoints: { every: 2, keep: 2 },
  listeners: [
    ({ kind }) => {
      if (isLast('event')) die(`event ${kind}`);
    },
  ],
};

// A run that ended before its schedule was written has nothing to continue from.
if (existsSync(folder) && !existsSync(join(folder, RUN_FILES.schedule))) rmSync(folder, { recursive: true });
const data = tokensDataset(MORTAL_VOCABULARY);
const schedule = mortalSchedules[scheduleName as MortalName];
const ended = existsSync(folder) ? await resume(data, options)() : await run(schedule, data, options)();
writeSync(1, E.isLeft(ended) ? `refused: ${ended.left.message}` : JSON.stringify({ outcome: ended.right.outcome.kind, counts }));
