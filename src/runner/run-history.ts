/** What the events of a run up to a checkpoint contain: everything that the state itself does not, such as the rows of the final table. Pure. */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../fault.js';
import { type EventOf, isOutsideHistory, type RunEvent, type StageRecord } from './events/events.js';
import { withoutThrown } from './events/without-thrown.js';
import { readLine } from './folder/read-events.js';
import { LOSS_WINDOW, type StageProgress } from './state/stage-progress.js';

export interface RunHistory {
  readonly started: EventOf<'run-started'>;
  /** Bytes of the file that these events take. */
  readonly bytes: number;
  /** Training steps taken, thrown away or not. */
  readonly steps: number;
  readonly records: readonly StageRecord[];
  /** The progress of the stage in progress. */
  readonly progress: StageProgress;
  /** What its beginning said. */
  readonly stage?: EventOf<'stage-started'>;
  /** The seconds that the run took, without the time between two processes. */
  readonly seconds: number;
  /** Those of each of its processes; undefined where one does not say. */
  readonly conditions: readonly (string | undefined)[];
}

/** How often a run was resumed, by its whole file, including events that will be cut off. */
export const resumesIn = (file: Uint8Array): number =>
  new TextDecoder()
    .decode(file)
    .split('\n')
    .reduce((most, line) => {
      const found = /^\{.*"kind":"run-resumed".*"resumes":(\d+)/.exec(line);
      return Math.max(most, Number(found?.[1] ?? 0));
    }, 0);

/** Seconds between the first event and the last, without the gaps before each resume. */
const secondsOf = (events: readonly RunEvent[]): number =>
  events.reduce((sum, event, index) => {
    const before = events[index - 1];
    return before === undefined || event.kind === 'run-resumed' ? sum : sum + (event.time - before.time) / 1000;
  }, 0);

const NEWLINE = 10;

/** Bytes of the file's first lines. */
const bytesOf = (file: Uint8Array, lines: number): number => {
  let end = 0;
  for (let line = 0; line < lines; line++) end = file.indexOf(NEWLINE, end) + 1;
  return end;
};

/** The file's lines up to its `count`th event that is no witness. */
const linesUpTo = (text: string, count: number): E.Either<Fault, readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  let told = 0;
  // What follows the last line break is empty or truncated.
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    if (told === count) break;
    const event = readLine(line, index + 1);
    if (E.isLeft(event)) return event;
    events.push(event.right);
    if (!isOutsideHistory(event.right)) told += 1;
  }
  return told === count ? E.right(events) : E.left(runFault(`events.jsonl ends after ${told} of the ${count} events before it`));
};

/**
 * @param file the bytes of `events.jsonl`.
 * @param count events of the run before the checkpoint, witnesses left out.
 */
export const historyUpTo = (file: Uint8Array, count: number): E.Either<Fault, RunHistory> => {
  const lines = linesUpTo(new TextDecoder().decode(file), count);
  if (E.isLeft(lines)) return lines;
  const events = lines.right;
  const [started] = events;
  if (started?.kind !== 'run-started') return E.left(runFault('events.jsonl does not begin with a run-started event'));
  const begun = events.findLastIndex(({ kind }) => kind === 'stage-started' || kind === 'stage-ended');
  const stage = events[begun];
  const inStage = stage?.kind === 'stage-started' ? withoutThrown(events.slice(begun)) : [];
  const of = <Kind extends RunEvent['kind']>(from: readonly RunEvent[], kind: Kind): readonly EventOf<Kind>[] =>
    from.filter((event): event is EventOf<Kind> => event.kind === kind);
  return E.right({
    started,
    bytes: bytesOf(file, events.length),
    steps: of(events, 'step').length + of(events, 'spiked').filter(({ refused }) => refused === true).length,
    records: of(events, 'stage-ended').map(({ record }) => record),
    progress: {
      losses: of(inStage, 'step')
        .map(({ loss }) => loss)
        .slice(-LOSS_WINDOW),
      evaluations: of(inStage, 'evaluated').map(({ loss, flops }) => ({ loss, flops })),
      earlierSeconds: stage?.kind === 'stage-started' ? secondsOf(events.slice(begun)) : 0,
    },
    ...(stage?.kind === 'stage-started' ? { stage } : {}),
    seconds: (started.reused?.seconds ?? 0) + secondsOf(events),
    conditions: [started, ...of(events, 'run-resumed')].map(({ conditions }) => conditions),
  });
};
