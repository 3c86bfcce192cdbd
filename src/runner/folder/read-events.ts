/**
 * Events from the text of an `events.jsonl`. A last line without its line break was truncated by a crash and is ignored; any other line that is not
 * an event is a fault that names it. Not here: writing events (`run-folder.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { checked } from '../../record-schema.js';
import { decode } from '../../schedule/json/schema.js';
import { eventSchema } from '../events/event-schema.js';
import type { RunEvent } from '../events/events.js';

const check = checked(eventSchema);

/** What is wrong with a value that should be an event. */
const wrong = (value: unknown): string | undefined => {
  const event = check(value);
  if (E.isLeft(event)) return event.left;
  if (event.right.kind !== 'run-started') return undefined;
  const schedule = decode(event.right.schedule);
  return E.isLeft(schedule) ? `its schedule: ${schedule.left.message}` : undefined;
};

/** An event from its line. Left: why it is not one. Runs have many thousands of lines. */
export const eventIn = (line: string): E.Either<string, RunEvent> => {
  let value: RunEvent;
  try {
    value = JSON.parse(line);
  } catch {
    return E.left('not JSON');
  }
  const why = wrong(value);
  return why === undefined ? E.right(value) : E.left(`not an event of a run (${why})`);
};

/** The event with which a run's file begins, from its first line. */
export const readStart = (line: string): E.Either<Fault, Extract<RunEvent, { readonly kind: 'run-started' }>> => {
  const event = readLine(line, 1);
  if (E.isLeft(event)) return event;
  return event.right.kind === 'run-started'
    ? E.right(event.right)
    : E.left(inputFault(`events.jsonl, line 1: it must say how the run started (was ${event.right.kind})`));
};

/** An event from its line, the `number`th of the file. */
export const readLine = (line: string, number: number): E.Either<Fault, RunEvent> =>
  E.mapLeft((why: string) => inputFault(`events.jsonl, line ${number}: ${why}`))(eventIn(line));

/**
 * The events in the text of an `events.jsonl`.
 *
 * @example
 * readEvents('{"kind":"checkpointed","time":0,"step":8,"file":"a"}\n{"kind":"st')  // right: one event
 */
export const readEvents = (text: string): E.Either<Fault, readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  // What follows the last line break is empty or truncated.
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    if (line.trim() === '') continue;
    const event = readLine(line, index + 1);
    if (E.isLeft(event)) return event;
    events.push(event.right);
  }
  return E.right(events);
};
