/**
 * What the server tells the page of runs that are watched: once whole, then what came since. Plain data; both sides import its types,
 * and nothing is imported here, since the page is compiled by itself.
 */

/** [step, FLOPs so far, loss] */
export type Point = readonly [step: number, flops: number, loss: number];

export interface WatchedStage {
  readonly op: string;
  readonly level: number;
  readonly layers: number;
  /** Training steps that it may take; 0 for a transfer. */
  readonly steps: number;
  /** The run's steps before it. */
  readonly firstStep: number;
  readonly firstFlops: number;
  readonly done: boolean;
}

/** What a run is. */
export interface WatchedRun {
  /** Its place in the list; the page has no other name for it, and no path. */
  readonly id: number;
  readonly name: string;
  readonly pipeline: string;
  readonly backend: string;
  /** Training steps of the whole run. */
  readonly steps: number;
  readonly stageCount: number;
}

export type WatchedStatus = 'running' | 'finished' | 'interrupted' | 'diverged' | 'failed' | 'crashed';

/** A loss on held-out text, and of which network: the one that was saved, once there is one. */
export interface WatchedFigure {
  readonly validation?: number;
  readonly bitsPerByte?: number;
  readonly step: number;
  readonly level: number;
  readonly layers: number;
  /** Why a run that finished has no loss. */
  readonly missing?: string;
}

/** What a run has done since the last word. */
export interface Progress {
  readonly id: number;
  readonly training: readonly Point[];
  readonly validation: readonly Point[];
  /** All stages that have begun. */
  readonly stages: readonly WatchedStage[];
  readonly status: WatchedStatus;
  readonly figure: WatchedFigure | undefined;
  readonly resumes: number;
  readonly tokensPerSecond: number;
}

export type WatchMessage =
  /** A run again from its beginning: what the page knew of it is void. */
  | { readonly kind: 'run'; readonly run: WatchedRun; readonly progress: Progress }
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** A folder that cannot be read as a run, and why. */
  | { readonly kind: 'unreadable'; readonly id: number; readonly name: string; readonly reason: string };
