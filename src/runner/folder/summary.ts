/** The part of `summary.json`, written at a run's end, that is read again. Not here: writing it (`../stage-machine.ts`). */
import * as E from 'fp-ts/lib/Either.js';
import { checked, count, list, optional, record, type Schema, text } from '../../record-schema.js';
import { networkSchema, outcomeSchema, stageRecordSchema } from '../events/event-schema.js';
import type { RunOutcome, SavedNetwork, StageRecord } from '../events/events.js';

/** The state of `events.jsonl` when the summary was written, so that readers can tell whether it is complete. */
export interface EventsDigest {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

export interface SavedSummary {
  readonly outcome: RunOutcome;
  readonly stages: readonly StageRecord[];
  /** How often the run was resumed. */
  readonly resumes: number;
  /** The saved network; also absent in files of earlier versions. */
  readonly model?: SavedNetwork;
  /** Absent in files of earlier versions. */
  readonly events?: EventsDigest;
}

const schema: Schema<SavedSummary> = record<SavedSummary>({
  outcome: outcomeSchema,
  stages: list(stageRecordSchema),
  resumes: count,
  model: optional(networkSchema),
  events: optional(record<EventsDigest>({ bytes: count, sha256: text })),
});

const check = checked(schema);

/** Left: why it is not one. */
export const summaryOf = (json: string): E.Either<string, SavedSummary> => {
  const value = E.tryCatch(
    (): unknown => JSON.parse(json),
    () => 'it is not JSON',
  );
  return E.isLeft(value) ? value : check(value.right);
};
