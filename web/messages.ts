/**
 * The messages between the page and its worker. Plain data, since messages are cloned. Not here: who sends them (`run-workers.ts`,
 * `worker.ts`).
 */
import type { SizedModel } from '../src/model/family.js';
import type { Plan } from '../src/plan/plan.js';
import type { RunEvent, RunOutcome, StageRecord } from '../src/runner/events/events.js';
import type { Schedule } from '../src/schedule/schedule.js';
import type { BackendName } from './backend-menu.js';

/** A text with the name that messages and models use for it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export type ToWorker =
  /** The text for all following messages. */
  | ({ readonly kind: 'text' } & NamedText)
  | { readonly kind: 'plan'; readonly asked: number; readonly schedule: Schedule; readonly backend: BackendName }
  | { readonly kind: 'run'; readonly schedule: Schedule; readonly backend: BackendName }
  /** Stops the run in progress after its present step. */
  | { readonly kind: 'stop' };

export interface Planned {
  readonly schedule: Schedule;
  readonly plan: Plan;
  readonly model: SizedModel;
  readonly parameters: number;
  /** The device, in words. */
  readonly device: string;
  /** What a step keeps in memory and what it copies, in words. */
  readonly costs: readonly string[];
}

export interface Ended {
  readonly outcome: RunOutcome;
  readonly stages: readonly StageRecord[];
  readonly plan: Plan;
  /** Of the text, if losses are measured. */
  readonly bytesPerToken?: number;
  /** The model as one file; undefined if it could not be made. */
  readonly file?: Uint8Array<ArrayBuffer>;
  readonly sample?: string;
  /** Why there is no file or no sample. */
  readonly trouble?: string;
}

/**
 * Each `plan` and each `run` is answered once: by `planned` or `ended`, or by `unplanned` or `refused` with a message. Plans have the
 * number of their request, since a backend that starts slowly may answer after a later request's.
 */
export type FromWorker =
  | ({ readonly kind: 'planned'; readonly asked: number } & Planned)
  | { readonly kind: 'unplanned'; readonly asked: number; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'sampling' }
  | ({ readonly kind: 'ended' } & Ended);
