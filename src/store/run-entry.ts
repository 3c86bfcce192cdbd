/**
 * A run folder summarised in one row, whatever its state: running, finished, crashed, damaged. Not here: finding folders (`find-runs.ts`),
 * the index over them (`run-index.ts`).
 */

import { basename } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Folder } from '../files/folder.js';
import { readAt } from '../files/read.js';
import { bytesUnder } from '../files/tree.js';
import { type FigureEvents, figureOf } from '../report/run/figure.js';
import type { EventOf, RunEvent } from '../runner/events/events.js';
import { withoutThrown } from '../runner/events/without-thrown.js';
import { eventIn } from '../runner/folder/read-events.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';
import { isBeingWritten } from '../runner/folder/run-lock.js';
import type { SavedSummary } from '../runner/folder/summary.js';
import { readUnfinished } from '../runner/folder/unfinished.js';
import { firstGrid } from '../schedule/grid.js';
import { scheduleHash } from '../schedule/json/canonical.js';
import type { Schedule } from '../schedule/schedule.js';
import { print } from '../schedule/text/index.js';
import { comparisonOver, jobIn } from '../sweep/manifest.js';
import { messageOf } from '../thrown.js';

/** How runs end; also `crashed`: it ended without a record of its end, and `unreadable`: `reason` says why. */
const STATUSES = ['finished', 'interrupted', 'diverged', 'failed', 'running', 'crashed', 'unreadable'] as const;

/** Each field of a run, and its type: a number, a time in milliseconds since the epoch, a text, or one of these words. */
export const RUN_FIELDS = {
  folder: 'text',
  name: 'text',
  /** The folder of the comparison whose job it is, and the name of its arm there, such as `fine`. */
  comparison: 'text',
  arm: 'text',
  status: STATUSES,
  pipeline: 'text',
  backend: 'text',
  /** What computed it as tables name it, and what makes its bits differ from those of plain f32. */
  device: 'text',
  precision: ['f32', 'f64', 'bf16'],
  compiled: ['yes', 'no'],
  started: 'moment',
  /** Training steps done, without those that spikes threw away; and the total of the run. */
  step: 'number',
  steps: 'number',
  /** Training steps that spikes threw away. */
  thrown: 'number',
  /** The run with whose first stages it began, which were not trained again. */
  reused: 'text',
  /** Of the last training step. */
  loss: 'number',
  /** On held-out text: of the saved network; of the network evaluated last if the run is in progress or crashed. */
  validation: 'number',
  /** The same in bits per byte of text, which is comparable across tokenizers; null for random tokens. */
  bitsPerByte: 'number',
  /** FLOPs of training so far. */
  flops: 'number',
  resumes: 'number',
  /** The grid of the network evaluated for `validation`. */
  level: 'number',
  layers: 'number',
  width: 'number',
  optimizer: 'text',
  seed: 'number',
  data: 'text',
  /** The schedule's hash: runs with the same hash differ only in their machine. */
  schedule: 'text',
  /** Size of the complete folder. */
  bytes: 'number',
  /** Why it is unreadable, or why it finished without a validation loss. */
  reason: 'text',
} as const;

export type RunField = keyof typeof RUN_FIELDS;

/** Known in every case. */
const certain = ['folder', 'name', 'status', 'bytes'] as const satisfies readonly RunField[];

export const mayBeUnknown = (field: RunField): boolean => !certain.some((known) => known === field);

type Held<Kind> = Kind extends 'number' | 'moment' ? number : Kind extends readonly (infer Word)[] ? Word : string;
type Unknown = Exclude<RunField, (typeof certain)[number]>;

/** Plain values, so that an index can store them; null if unknown. */
export type RunEntry = { readonly [Field in RunField]: Held<(typeof RUN_FIELDS)[Field]> | (Field extends Unknown ? null : never) };

const nothing = Object.fromEntries(Object.keys(RUN_FIELDS).map((field) => [field, null])) as { readonly [Field in Unknown]: null };

/** Bytes at the end of `events.jsonl`, which contain the last step and the last evaluation. */
const TAIL = 1 << 18;

/** Throws if a complete line of it is not an event. */
const tailOf = (folder: Folder): readonly RunEvent[] => {
  if (!folder.has(RUN_FILES.events)) return [];
  const { bytes, begin } = folder.reading(RUN_FILES.events, (file, { size }) => {
    const begin = Math.max(0, size - TAIL);
    return { begin, bytes: readAt(folder.files, file, begin, size - begin) };
  });
  // The last line may be incomplete, and the first one cut off.
  const lines = new TextDecoder()
    .decode(bytes)
    .split('\n')
    .slice(begin === 0 ? 0 : 1, -1);
  return lines
    .filter((line) => line !== '')
    .map((line, index) => {
      const event = eventIn(line);
      if (E.isRight(event)) return event.right;
      const place = begin === 0 ? `line ${index + 1}` : `line ${lines.length - index} from its end`;
      throw new Error(`${RUN_FILES.events}, ${place}: ${event.left}`);
    });
};

const lastOf = <Kind extends RunEvent['kind']>(events: readonly RunEvent[], kind: Kind): EventOf<Kind> | undefined =>
  events.findLast((event): event is EventOf<Kind> => event.kind === kind);

const dataOf = ({ setup: { data } }: Schedule): string => (data.kind === 'text' ? data.source : 'random tokens');

const jobOf = (folder: Folder): Pick<RunEntry, 'comparison' | 'arm'> => {
  const arm = jobIn(folder)?.arm;
  const comparison = comparisonOver(folder);
  return arm === undefined || comparison === undefined ? { comparison: null, arm: null } : { comparison: comparison.path, arm };
};

/** Whether events that the summary counted are missing, judged by the file's size. */
const cutShort = (folder: Folder, summary: SavedSummary | undefined): string | undefined => {
  const counted = summary?.events?.bytes;
  const size = folder.status(RUN_FILES.events)?.size ?? 0;
  return counted === undefined || size === counted
    ? undefined
    : `${RUN_FILES.events} is not as ${RUN_FILES.summary} has it (${size} bytes of ${counted})`;
};

/** The summary is valid even if the last events were lost. */
const figureEventsOf = (events: readonly RunEvent[], summary: SavedSummary | undefined): Omit<FigureEvents, 'started'> => {
  const [evaluated, said] = [lastOf(withoutThrown(events), 'evaluated'), lastOf(events, 'run-ended')];
  const network = summary?.model ?? said?.model;
  const ended = summary === undefined ? said : { outcome: summary.outcome, ...(network === undefined ? {} : { model: network }) };
  return { evaluated, ended };
};

/** Steps that spikes threw away: without a summary, they may be told of anywhere in the file. */
const thrownIn = (folder: Folder, { setup }: Schedule, summary: SavedSummary | undefined): number => {
  if (setup.onSpike === undefined) return 0;
  const thrown = (summary?.stages ?? []).map((record) => record.thrown?.steps ?? 0);
  const lines = summary !== undefined || !folder.has(RUN_FILES.events) ? [] : folder.text(RUN_FILES.events).split('\n').slice(0, -1);
  for (const line of lines) {
    const event = line.includes('"kind":"spiked"') ? eventIn(line) : undefined;
    if (event !== undefined && E.isRight(event) && event.right.kind === 'spiked') thrown.push(event.right.thrown.steps);
  }
  return thrown.reduce((sum, steps) => sum + steps, 0);
};

/** What the run computes on. Runs of earlier versions, which do not say their precision, had f32. */
const computingOf = (
  computing: EventOf<'run-started'> | EventOf<'run-resumed'> | undefined,
): Pick<RunEntry, 'backend' | 'device' | 'precision' | 'compiled'> =>
  computing === undefined
    ? { backend: null, device: null, precision: null, compiled: null }
    : {
        backend: computing.backend,
        device: computing.device,
        precision: computing.precision ?? 'f32',
        compiled: computing.compiled === true ? 'yes' : 'no',
      };

const read = (folder: Folder): RunEntry => {
  const common = { folder: folder.path, name: basename(folder.path), ...jobOf(folder), bytes: bytesUnder(folder.files, folder.path) };
  const unfinished = readUnfinished(folder);
  if (E.isLeft(unfinished)) return { ...nothing, ...common, status: 'unreadable', reason: unfinished.left.message };
  const { schedule, started, summary, damage } = unfinished.right;
  const reason = damage ?? cutShort(folder, summary);
  if (reason !== undefined) return { ...nothing, ...common, status: 'unreadable', reason };
  const { optimizer, seed } = schedule.setup;
  const events = tailOf(folder);
  const step = lastOf(events, 'step');
  const resumed = lastOf(events, 'run-resumed');
  const thrown = thrownIn(folder, schedule, summary);
  const figure = started === undefined ? undefined : figureOf({ started, ...figureEventsOf(events, summary) });
  const network = figure?.network ?? firstGrid(schedule.setup.model);
  return {
    ...common,
    status: summary?.outcome.kind ?? (isBeingWritten(folder) ? 'running' : 'crashed'),
    pipeline: print(schedule.stages),
    ...computingOf(resumed ?? started),
    started: started?.time ?? null,
    step: (step?.step ?? 0) - thrown,
    steps: started?.steps ?? null,
    thrown,
    reused: started?.reused?.run ?? null,
    loss: step?.loss ?? null,
    validation: figure?.validation ?? null,
    bitsPerByte: figure?.bitsPerByte ?? null,
    flops: step?.flops ?? 0,
    resumes: summary?.resumes ?? resumed?.resumes ?? 0,
    level: network.level,
    layers: network.layers,
    width: network.width,
    optimizer: optimizer.kind,
    seed,
    data: dataOf(schedule),
    schedule: scheduleHash(schedule),
    reason: figure?.missing ?? null,
  };
};

/** Accepts a folder in any state: what cannot be read is the `reason` of the row. */
export const readEntry = (folder: Folder): RunEntry => {
  try {
    return read(folder);
  } catch (error) {
    return { ...nothing, folder: folder.path, name: basename(folder.path), bytes: 0, status: 'unreadable', reason: messageOf(error) };
  }
};
