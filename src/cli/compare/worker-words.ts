/**
 * What a comparison and its workers say to each other over the channel that Node gives to a process and its children.
 */
import type { Fault } from '../../fault.js';

/** To a worker: do the job of that id in the manifest. */
export interface Order {
  readonly job: string;
}

/** From a worker that is doing a job. */
export type Report =
  /** The order has come; from here on it is the job that ends the worker. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'progressed'; readonly share: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly fault: Fault };
