/**
 * The messages about watched runs from the server to the page: first the complete state, then updates. Plain data; both sides import its
 * types, and this file imports nothing, since the page is compiled separately.
 */

/** [step, FLOPs so far, loss] */
export type Point = readonly [step: number, flops: number, loss: number];

export interface WatchedStage {
  readonly op: string;
  readonly level: number;
  readonly layers: number;
  /** The maximum number of training steps; 0 for a transfer. */
  readonly steps: number;
  /** The run's steps before this stage. */
  readonly firstStep: number;
  readonly firstFlops: number;
  /** Steps since then that were thrown away after spikes. */
  readonly thrownSteps: number;
  readonly done: boolean;
}

/** The picture of a run's cycle, and where in it a vertical line marks the run's place. */
export interface WatchedCycle {
  /** SVG text. */
  readonly svg: string;
  /** The axis of work in the picture, and the line's two ends, in pixels. */
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly bottom: number;
}

/** The description of a run. */
export interface WatchedRun {
  /** Its index in the list; the page knows no other name for it, and no path. */
  readonly id: number;
  readonly name: string;
  readonly pipeline: string;
  readonly backend: string;
  /** Training steps of the complete run. */
  readonly steps: number;
  readonly stageCount: number;
  /** Absent for runs of earlier versions, which do not say what their stages cost. */
  readonly cycle?: WatchedCycle;
}

export type WatchedStatus = 'running' | 'finished' | 'interrupted' | 'diverged' | 'failed' | 'crashed';

/** A loss on held-out text, and the network that it belongs to: the saved one, once there is one. */
export interface WatchedFigure {
  readonly validation?: number;
  readonly bitsPerByte?: number;
  /** The number of training steps before it, without those that were thrown away. */
  readonly step: number;
  readonly level: number;
  readonly layers: number;
  /** Why a finished run has no loss. */
  readonly missing?: string;
}

/** Changes of a run since the last message. */
export interface Progress {
  readonly id: number;
  readonly training: readonly Point[];
  readonly validation: readonly Point[];
  /** All stages that have begun. */
  readonly stages: readonly WatchedStage[];
  readonly status: WatchedStatus;
  /** The run's place in its cycle: the share of its planned work that lies before it. Absent where there is no picture. */
  readonly place?: number;
  readonly figure: WatchedFigure | undefined;
  readonly resumes: number;
  /** How often it returned from a spike, and the steps that it threw away. */
  readonly returns: number;
  readonly thrownSteps: number;
  readonly tokensPerSecond: number;
}

export type WatchMessage =
  /** The complete state of a run, which replaces what the page knew of it. */
  | { readonly kind: 'run'; readonly run: WatchedRun; readonly progress: Progress }
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** A folder that cannot be read as a run, and the reason. */
  | { readonly kind: 'unreadable'; readonly id: number; readonly name: string; readonly reason: string };
