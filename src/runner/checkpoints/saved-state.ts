/**
 * The content of a checkpoint: where in the schedule it was taken, the open levels and branches, every tensor by its full name, what stages remember.
 * Data only. Not here: its encoding (`checkpoint.ts`), which bytes are trusted (`checkpoint-schema.ts`).
 */
import type { SafeTensor } from '../../model/safetensors.js';
import type { Flops } from '../../program/types/flops.js';
import type { Grid } from '../../schedule/grid.js';
import type { Transfer } from '../../transfer/operators.js';

/** Where in the schedule a checkpoint was taken. */
export interface CheckpointPlace {
  readonly scheduleHash: string;
  /** Index of the stage that is in progress, or comes next. */
  readonly stage: number;
  /** `before`: the stage has not begun; `stepped`: an evaluation that is due after the present step is pending; `evaluated`: it is done. */
  readonly phase: 'before' | 'stepped' | 'evaluated';
  /** Training steps done in that stage, and in the run: the batch cursor and the learning rate's clocks. */
  readonly stageStep: number;
  readonly step: number;
  /** Those of them that were thrown away after spikes; absent where there were none. */
  readonly thrown?: number;
  /** FLOPs of training and transfers so far. */
  readonly flops: Flops;
  /** The number of events so far, without those of `isOutsideHistory`: where `events.jsonl` is cut. */
  readonly events: number;
  /** The newest checkpoint, this one included, that has proved good. */
  readonly good: string | undefined;
  /** The loss of the state, if it was evaluated. */
  readonly validationLoss?: number;
}

/** Updates that the moments of each group have seen. */
export type Updates = Readonly<Record<string, number>>;

export interface SavedLevel extends Grid {
  /** The transfer by which it was opened from the next finer level. */
  readonly origin?: {
    readonly transfer: Transfer;
    readonly updates: Updates;
    /**
     * `own`: it has shared layers of its own, since it is narrower. `earlier`: the state of the common shared layers at the restriction is kept, for
     * a line search.
     */
    readonly shared: 'none' | 'own' | 'earlier';
    /** Whether its objective has a linear term, whose tau is under `level.1/tau/…`. */
    readonly corrected: boolean;
  };
}

/** A level of a branch: its state where the branch began, or after an arm. */
export interface SavedArm extends Grid {
  readonly updates: Updates;
}

export interface SavedBranch {
  readonly start: SavedArm;
  readonly arms: readonly SavedArm[];
  /** For replicas after their first round: those that are still to begin, and whether the outer optimizer remembers something. */
  readonly waiting?: readonly SavedArm[];
  readonly momentum?: boolean;
}

export interface Checkpoint {
  readonly place: CheckpointPlace;
  /** Finest first. */
  readonly levels: readonly SavedLevel[];
  readonly updates: readonly Updates[];
  /** The open branches, the outermost first. */
  readonly branches: readonly SavedBranch[];
  /** By full name; names that share a tensor share the object. */
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** What stages remember, JSON by name (`RunMemory`). */
  readonly memory: Readonly<Record<string, unknown>>;
}
