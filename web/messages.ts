/** What the page and its worker say to each other. Plain data: it is cloned on its way. Not here: who says it (`run-workers.ts`, `worker.ts`). */
import type { SizedModel } from '../src/model/family.js';
import type { Plan } from '../src/plan/plan.js';
import type { RunEvent, RunOutcome, StageRecord } from '../src/runner/events/events.js';
import type { Schedule } from '../src/schedule/schedule.js';
import type { BackendName } from './backend-menu.js';

/** A text under the name that messages and models give it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export type ToWorker =
  /** The text that what follows is about. */
  | ({ readonly kind: 'text' } & NamedText)
  | { readonly kind: 'plan'; readonly asked: number; readonly schedule: Schedule; readonly backend: BackendName }
  | { readonly kind: 'run'; readonly schedule: Schedule; readonly backend: BackendName }
  /** Stops the run under way after its present step. */
  | { readonly kind: 'stop' };

export interface Planned {
  readonly plan: Plan;
  readonly model: SizedModel;
  readonly parameters: number;
  /** What computes, in words. */
  readonly device: string;
  /** What a step holds and copies, in words. */
  readonly costs: readonly string[];
}

export interface Ended {
  readonly outcome: RunOutcome;
  readonly stages: readonly StageRecord[];
  readonly plan: Plan;
  /** Of the text, where losses are measured. */
  readonly bytesPerToken?: number;
  /** The model as one file; undefined when it could not be had. */
  readonly file?: Uint8Array<ArrayBuffer>;
  readonly sample?: string;
  /** Why there is no file or no sample. */
  readonly trouble?: string;
}

/**
 * Each `plan` and each `run` is answered once: by `planned` or `ended`, or by `unplanned` or `refused` with the sentence. Plans carry the number
 * under which they were asked for: a backend that starts slowly answers after one that was asked later.
 */
export type FromWorker =
  | ({ readonly kind: 'planned'; readonly asked: number } & Planned)
  | { readonly kind: 'unplanned'; readonly asked: number; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'sampling' }
  | ({ readonly kind: 'ended' } & Ended);
