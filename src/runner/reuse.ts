/**
 * Beginning a run with the state that another one left after the same stages, to the same bits as from the beginning. Not here: where states are kept,
 * what distinguishes them (`state/kept-states.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../fault.js';
import type { SizedModel } from '../model/family.js';
import { scheduleHash } from '../schedule/json/canonical.js';
import type { Schedule } from '../schedule/schedule.js';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoints/checkpoint.js';
import { fitted } from './checkpoints/fits.js';
import type { Checkpoint } from './checkpoints/saved-state.js';
import { isOutsideHistory, type Reused, type RunEvent } from './events/events.js';
import { readEvents } from './folder/read-events.js';
import { checkpointName } from './folder/run-folder.js';
import { historyUpTo, type RunHistory } from './run-history.js';
import { startOf } from './stage-machine.js';
import type { KeptState, KeptStates } from './state/kept-states.js';
import type { RunInputs } from './state/run-inputs.js';
import { RunState } from './state/run-state.js';

/** A head of the schedule that need not be trained. */
export interface Head {
  readonly checkpoint: Checkpoint;
  readonly history: RunHistory;
  /** The events after `run-started`. */
  readonly events: readonly RunEvent[];
  readonly reused: Reused;
}

/** The state as one of this schedule. Left: why it is not. */
const headOf = ({ checkpoint, events, run }: KeptState, schedule: Schedule, model: SizedModel): E.Either<string, Head> => {
  const decoded = decodeCheckpoint(checkpoint);
  if (E.isLeft(decoded)) return E.left(decoded.left.message);
  const { place } = decoded.right;
  const file = checkpointName(place.step);
  const fits = fitted({ ...decoded.right, place: { ...place, scheduleHash: scheduleHash(schedule), good: file } }, schedule, model);
  if (E.isLeft(fits)) return fits;
  const history = historyUpTo(events, place.events);
  if (E.isLeft(history)) return E.left(history.left.message);
  if (history.right.steps !== place.step) return E.left(`its events tell of ${history.right.steps} steps, and it is of step ${place.step}`);
  const read = readEvents(new TextDecoder().decode(events));
  if (E.isLeft(read)) return E.left(read.left.message);
  const { seconds } = history.right;
  return E.right({
    checkpoint: fits.right,
    history: history.right,
    events: read.right.slice(1).filter((event) => !isOutsideHistory(event)),
    reused: { run, stages: place.stage + 1, step: place.step, flops: place.flops.matmul, seconds },
  });
};

/** The longest head of the schedule whose state is kept. A state that is damaged is told, and a shorter one is taken, or none. */
export const findHead = (
  states: KeptStates,
  addresses: ReadonlyMap<number, string>,
  schedule: Schedule,
  model: SizedModel,
): Head | undefined => {
  for (const [stage, address] of [...addresses].reverse()) {
    const found = states.find(address);
    const head = E.isLeft(found) ? found : found.right === undefined ? E.right(undefined) : headOf(found.right, schedule, model);
    if (E.isRight(head) && head.right === undefined) continue;
    if (E.isRight(head)) return head.right;
    states.tell(`the state kept after stage ${stage + 1} cannot be used (${head.left}); what led to it is trained again`);
  }
  return undefined;
};

/** Writes the history of a head into the folder of the run that begins with it, and gives the run's state. The run's own listeners get its beginning. */
export const continued = (inputs: RunInputs, { checkpoint, history, events }: Head): E.Either<Fault, RunState> => {
  const { folder } = inputs;
  const time = Date.now();
  const started: RunEvent = { time, ...startOf(inputs) };
  // It happened when it was trained; in this run all of it is there from the beginning.
  for (const event of [started, ...events.map((event) => ({ ...event, time }))]) {
    const appended = folder.append(event);
    if (E.isLeft(appended)) return appended;
  }
  const file = checkpointName(checkpoint.place.step);
  const written = folder.writeCheckpoint(file, encodeCheckpoint(checkpoint));
  if (E.isLeft(written)) return written;
  const { records, progress, seconds } = history;
  const state = new RunState(inputs, { place: checkpoint.place, file, records, progress, earlierSeconds: seconds });
  state.tell(started);
  if (history.stage !== undefined) state.tell(history.stage);
  state.emit({ kind: 'checkpointed', step: state.step, file });
  return E.right(state);
};
