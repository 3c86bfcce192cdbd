/**
 * A run's events, sorted into records; and the text of an `events.jsonl` as events. A last line without its line break was torn by a crash
 * and is left out; any other line that is no event is a fault that names it. Not here: disks (`read-run.ts`), writing events (the runner).
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fault, runFault } from '../fault.js';
import type { RunEvent, StageRecord } from '../runner/events.js';

type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, { kind: Kind }>;

/** What a run's events say, sorted by kind, each list in the order of time. */
export interface RunRecord {
  readonly started: EventOf<'run-started'>;
  readonly steps: readonly EventOf<'step'>[];
  readonly evaluations: readonly EventOf<'evaluated'>[];
  readonly transfers: readonly EventOf<'transferred'>[];
  /** Stages that came to an end, be it by a stop. */
  readonly stages: readonly StageRecord[];
  /** Absent while the run goes on, or when it crashed. */
  readonly ended?: EventOf<'run-ended'>;
}

const KINDS: ReadonlySet<string> = new Set<RunEvent['kind']>([
  'run-started',
  'stage-started',
  'step',
  'evaluated',
  'transferred',
  'checkpointed',
  'stage-ended',
  'run-ended',
]);

const isEvent = (value: unknown): value is RunEvent =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string' && KINDS.has(value.kind);

const readLine = (line: string, number: number): E.Either<Fault, RunEvent> =>
  pipe(
    E.tryCatch(
      (): unknown => JSON.parse(line),
      () => runFault(`events.jsonl, line ${number}: not JSON`),
    ),
    E.chain((value) => (isEvent(value) ? E.right(value) : E.left(runFault(`events.jsonl, line ${number}: not an event of a run`)))),
  );

/**
 * The events in the text of an `events.jsonl`.
 *
 * @example
 * readEvents('{"kind":"checkpointed","time":0,"step":8,"file":"a"}\n{"kind":"st')  // right: one event
 */
export const readEvents = (text: string): E.Either<Fault, readonly RunEvent[]> => {
  const lines = text.split('\n');
  // What stands after the last line break is empty, or torn.
  const whole = lines.slice(0, -1);
  return E.traverseArray(([line, index]: readonly [string, number]) => readLine(line, index + 1))(
    whole.map((line, index) => [line, index] as const).filter(([line]) => line.trim() !== ''),
  );
};

/** Sorts events by kind. A run whose first event was lost has no setup, so there is nothing to draw: that is a fault. */
export const recordEvents = (events: readonly RunEvent[]): E.Either<Fault, RunRecord> => {
  const of = <Kind extends RunEvent['kind']>(kind: Kind): readonly EventOf<Kind>[] =>
    events.filter((event): event is EventOf<Kind> => event.kind === kind);
  const [started] = of('run-started');
  if (started === undefined) return E.left(runFault('events.jsonl holds no run-started event'));
  const ended = of('run-ended').at(-1);
  return E.right({
    started,
    steps: of('step'),
    evaluations: of('evaluated'),
    transfers: of('transferred'),
    stages: of('stage-ended').map((event) => event.record),
    ...(ended === undefined ? {} : { ended }),
  });
};
