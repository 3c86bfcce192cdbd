/**
 * What a run folder says of its run, in one row. Reads the folder, whatever state it is in: running, finished, crashed, damaged. Not here: where
 * folders are found (`find-runs.ts`), the index over them (`run-index.ts`).
 */
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { RunEvent } from '../runner/events.js';
import { readLine } from '../runner/folder/read-events.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';
import { writersOf } from '../runner/folder/run-lock.js';
import { readUnfinished } from '../runner/folder/unfinished.js';
import { scheduleHash } from '../schedule/json.js';
import type { Schedule } from '../schedule/schedule.js';
import { print } from '../schedule/text/index.js';
import { jobIn, manifestOver } from '../sweep/manifest.js';

/** How runs end, and: `crashed`: it ended without a word; `unreadable`: `reason` says why. */
export const RUN_STATUSES = ['finished', 'interrupted', 'diverged', 'failed', 'running', 'crashed', 'unreadable'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Plain values, so that an index can hold them; null where nothing is known. */
export interface RunEntry {
  readonly folder: string;
  readonly name: string;
  /** The folder of the comparison whose job it is, and whose run it is there, such as `fine`. */
  readonly comparison: string | null;
  readonly arm: string | null;
  readonly status: RunStatus;
  readonly pipeline: string | null;
  readonly backend: string | null;
  /** Milliseconds since the epoch. */
  readonly started: number | null;
  /** Training steps done, and those of the whole run. */
  readonly step: number | null;
  readonly steps: number | null;
  readonly loss: number | null;
  readonly validation: number | null;
  /** FLOPs of training so far. */
  readonly flops: number | null;
  readonly resumes: number | null;
  readonly layers: number | null;
  readonly width: number | null;
  readonly optimizer: string | null;
  readonly seed: number | null;
  readonly data: string | null;
  /** The schedule's hash: runs that share it differ in nothing but their machine. */
  readonly schedule: string | null;
  /** Bytes of the whole folder. */
  readonly bytes: number;
  readonly reason: string | null;
}

/** The end of `events.jsonl`, where the last step and the last evaluation are. */
const TAIL = 1 << 18;

const tailOf = (path: string): readonly RunEvent[] => {
  if (!existsSync(path)) return [];
  const { size } = statSync(path);
  const begin = Math.max(0, size - TAIL);
  const bytes = new Uint8Array(size - begin);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, begin);
  } finally {
    closeSync(file);
  }
  // The first line may have been cut, the last one may be torn.
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .slice(begin === 0 ? 0 : 1, -1)
    .flatMap((line, index) =>
      E.match(
        () => [] as readonly RunEvent[],
        (event: RunEvent) => [event],
      )(readLine(line, index)),
    );
};

const lastOf = <Kind extends RunEvent['kind']>(events: readonly RunEvent[], kind: Kind): Extract<RunEvent, { kind: Kind }> | undefined =>
  events.findLast((event): event is Extract<RunEvent, { kind: Kind }> => event.kind === kind);

export const bytesIn = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + bytesIn(path);
    // A file may go while one looks.
    return sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  }, 0);

const dataOf = ({ setup: { data } }: Schedule): string => (data.kind === 'text' ? data.source : 'random tokens');

const jobOf = (folder: string): Pick<RunEntry, 'comparison' | 'arm'> => {
  const arm = jobIn(folder)?.arm;
  const manifest = manifestOver(folder);
  return arm === undefined || manifest === undefined ? { comparison: null, arm: null } : { comparison: dirname(manifest), arm };
};

const nothing = {
  pipeline: null,
  backend: null,
  started: null,
  step: null,
  steps: null,
  loss: null,
  validation: null,
  flops: null,
  resumes: null,
  layers: null,
  width: null,
  optimizer: null,
  seed: null,
  data: null,
  schedule: null,
} as const;

/** Whether somebody writes in it now; a writer on another machine is believed. */
export const isBeingWritten = (folder: string): boolean => writersOf(folder).some(({ running }) => running !== false);

export const readEntry = (folder: string): RunEntry => {
  const common = { folder, name: basename(folder), ...jobOf(folder), bytes: bytesIn(folder) };
  const read = readUnfinished(folder);
  if (E.isLeft(read)) return { ...nothing, ...common, status: 'unreadable', reason: read.left.message };
  const { schedule, started, outcome, resumes } = read.right;
  const { model, optimizer, seed } = schedule.setup;
  const events = tailOf(join(folder, RUN_FILES.events));
  const step = lastOf(events, 'step');
  const resumed = lastOf(events, 'run-resumed');
  const ended = lastOf(events, 'stage-ended')?.record;
  return {
    ...common,
    status: outcome ?? (isBeingWritten(folder) ? 'running' : 'crashed'),
    pipeline: print(schedule.stages),
    backend: resumed?.backend ?? started?.backend ?? null,
    started: started?.time ?? null,
    step: step?.step ?? 0,
    steps: started?.steps ?? null,
    loss: step?.loss ?? null,
    validation: lastOf(events, 'evaluated')?.loss ?? ended?.validationLoss ?? null,
    flops: step?.flops ?? 0,
    resumes: resumes ?? resumed?.resumes ?? 0,
    layers: model.layers,
    width: model.width,
    optimizer: optimizer.kind,
    seed,
    data: dataOf(schedule),
    schedule: scheduleHash(schedule),
    reason: null,
  };
};
