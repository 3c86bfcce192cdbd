/**
 * Events from the text of an `events.jsonl`. A last line without its line break was torn by a crash and is left out; any other line that
 * is no event is a fault that names it. Not here: writing events (`run-folder.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fault, inputFault } from '../../fault.js';
import type { RunEvent } from '../events.js';

const KINDS: ReadonlySet<string> = new Set<RunEvent['kind']>([
  'run-started',
  'run-resumed',
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

/** An event from its line, the `number`th of the file. */
export const readLine = (line: string, number: number): E.Either<Fault, RunEvent> =>
  pipe(
    E.tryCatch(
      (): unknown => JSON.parse(line),
      () => inputFault(`events.jsonl, line ${number}: not JSON`),
    ),
    E.chain((value) => (isEvent(value) ? E.right(value) : E.left(inputFault(`events.jsonl, line ${number}: not an event of a run`)))),
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
