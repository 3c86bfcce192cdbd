/**
 * What a checkpoint holds: where in the schedule it was taken, the levels and branches that are open, every tensor by its full name, what stages
 * remember. Data only. Not here: such a state as bytes (`checkpoint.ts`), which bytes are trusted (`checkpoint-schema.ts`).
 */
import type { SafeTensor } from '../../model/safetensors.js';
import type { Flops } from '../../program/types/flops.js';
import type { Grid } from '../../schedule/grid.js';
import type { Transfer } from '../../transfer/operators.js';

/** Where in the schedule a checkpoint was taken. */
export interface CheckpointPlace {
  readonly scheduleHash: string;
  /** Index of the stage that is under way, or comes next. */
  readonly stage: number;
  /** `before` the stage began; `stepped`: an evaluation that is due after the present step is still to come; `evaluated`: it is done. */
  readonly phase: 'before' | 'stepped' | 'evaluated';
  /** Training steps done in that stage, and in the run: the batch cursor and the learning rate's clocks. */
  readonly stageStep: number;
  readonly step: number;
  /** FLOPs of training and transfers so far. */
  readonly flops: Flops;
  /** Events of the run so far, `isOutsideHistory` ones left out: where `events.jsonl` is cut. */
  readonly events: number;
  /** The newest checkpoint, this one included, that had proved good. */
  readonly good: string | undefined;
  /** Where `evaluated`: the loss. */
  readonly validationLoss?: number;
}

/** Updates that the moments of each group have seen. */
export type Updates = Readonly<Record<string, number>>;

export interface SavedLevel extends Grid {
  /** How it came from the next finer level. */
  readonly origin?: {
    readonly transfer: Transfer;
    readonly updates: Updates;
    /** `own`: it has shared layers of its own, being narrower. `earlier`: those of all levels are kept as they were then, for a line search. */
    readonly shared: 'none' | 'own' | 'earlier';
    /** Whether its objective has a linear term: its tau is under `level.1/tau/…`. */
    readonly corrected: boolean;
  };
}

/** A level of a branch: where it began, or as an arm that has ended left it. */
export interface SavedArm extends Grid {
  readonly updates: Updates;
}

export interface SavedBranch {
  readonly start: SavedArm;
  readonly arms: readonly SavedArm[];
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
