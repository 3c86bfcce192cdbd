/**
 * The messages between a comparison and its workers, over Node's channel between a process and its children.
 */
import type { Fault } from '../../fault.js';

/** To a worker: do the job with that id in the manifest, or only load what it needs, since one like it will follow. */
export type Order = { readonly job: string } | { readonly prepare: string };

/** From a worker that is doing a job. */
export type Report =
  /** The worker has received the order; if it ends from now on, the job is the cause. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'progressed'; readonly share: number }
  /** The states that other jobs may begin with: those that it will train, and one to which it has come (`src/sweep/shared-heads.ts`). */
  | { readonly kind: 'ahead'; readonly heads: readonly string[] }
  | { readonly kind: 'passed'; readonly head: string; readonly kept: boolean }
  /** A sentence for the user. */
  | { readonly kind: 'said'; readonly sentence: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly fault: Fault };
