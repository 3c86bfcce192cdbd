/**
 * The messages between a comparison and its workers, over Node's channel between a process and its children.
 */
import type { Fault } from '../../fault.js';

/** To a worker: do the job with that id in the manifest. */
export interface Order {
  readonly job: string;
}

/** From a worker that is doing a job. */
export type Report =
  /** The worker has received the order; if it ends from now on, the job is the cause. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'progressed'; readonly share: number }
  /** A sentence for the user. */
  | { readonly kind: 'said'; readonly sentence: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly fault: Fault };
