/**
 * A run's events, sorted into records. Not here: the disk (`read-run.ts`), events from text (`src/runner/folder/read-events.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import type { EventOf, RunEvent, StageRecord } from '../../runner/events/events.js';
import { withoutThrown } from '../../runner/events/without-thrown.js';

/** A run's events by kind, each list in chronological order, without steps and evaluations that were thrown away after spikes. */
export interface RunRecord {
  readonly started: EventOf<'run-started'>;
  readonly steps: readonly EventOf<'step'>[];
  readonly evaluations: readonly EventOf<'evaluated'>[];
  readonly spikes: readonly EventOf<'spiked'>[];
  readonly transfers: readonly EventOf<'transferred'>[];
  /** Stages that ended, even if they were stopped. */
  readonly stages: readonly StageRecord[];
  /** Absent if the run is in progress or crashed. */
  readonly ended?: EventOf<'run-ended'>;
}

/** The stage that an event belongs to; the first one if it belongs to none. */
const stageOf = (event: RunEvent): number =>
  event.kind === 'step' || event.kind === 'evaluated' || event.kind === 'transferred' || event.kind === 'spiked' ? event.stage : 0;

/** Sorts events by kind. It is a fault if the first event was lost: without its setup the run cannot be drawn. */
export const recordEvents = (all: readonly RunEvent[]): E.Either<Fault, RunRecord> => {
  const events = withoutThrown(all);
  const of = <Kind extends RunEvent['kind']>(kind: Kind): readonly EventOf<Kind>[] =>
    events.filter((event): event is EventOf<Kind> => event.kind === kind);
  const [started] = of('run-started');
  if (started === undefined) return E.left(inputFault('events.jsonl holds no run-started event'));
  if (events.some((event) => stageOf(event) >= started.stages.length))
    return E.left(inputFault(`events.jsonl tells of a stage that its run does not have (it has ${started.stages.length})`));
  const ended = of('run-ended').at(-1);
  return E.right({
    started,
    steps: of('step'),
    evaluations: of('evaluated'),
    spikes: of('spiked'),
    transfers: of('transferred'),
    stages: of('stage-ended').map((event) => event.record),
    ...(ended === undefined ? {} : { ended }),
  });
};
