/** The events that a run emits: plain, typed, JSON-serialisable records. Progress bars, files and pages are listeners. */
import type { PlannedWork } from '../../plan/planned-work.js';
import type { Flops } from '../../program/types/flops.js';
import type { Grid } from '../../schedule/grid.js';
import type { Schedule, StageEnd } from '../../schedule/schedule.js';
import type { NamedText } from '../../schedule/text/index.js';
import type { LeafStage } from '../../schedule/walk/walk.js';

/** What a run began with instead of training it: the state that another one left after the same stages. */
export interface Reused {
  /** The folder of the run that trained it. */
  readonly run: string;
  /** The number of stages, in the plan's order. */
  readonly stages: number;
  readonly step: number;
  /** FLOPs of training and transfers (matrix products). */
  readonly flops: number;
  /** The seconds that they took then. */
  readonly seconds: number;
}

/** The result of a line search. */
export interface SearchResult {
  /** The accepted α; 0 where the fine level stayed. */
  readonly alpha: number;
  readonly tries: number;
}

/** The result of a fit. */
export interface FitResult {
  readonly steps: number;
  /** The loss on the first batch, by the given transfer, and on the last one, by what was learnt before it. Nats per token. */
  readonly first: number;
  readonly last: number;
  /** What was learnt: for each layer that is made of layers, in their order, a coefficient for each of these. */
  readonly matrix: readonly (readonly number[])[];
}

/** Where in the schedule a run is. The grid is the one on which the stage trains, or to which the transfer leads. */
export interface StagePlace extends Grid {
  /** Index into the plan's stages (repeats unrolled, arms one after the other). */
  readonly index: number;
  /** The stage's canonical text, such as `train(400)`. */
  readonly op: string;
  readonly kind: LeafStage['kind'];
  /** The number of enclosing branches, including its own for the beginning of an arm and for a merge. */
  readonly branches: number;
  /** The maximum number of training steps of this stage; 0 for a transfer. */
  readonly steps: number;
}

/** What a run saves as `model/`, with its loss. The grid is that network's. */
export interface SavedNetwork extends Grid {
  /** Training steps up to it. */
  readonly step: number;
  /** Its mean cross-entropy on held-out text, nats per token; absent where it was never evaluated: a run may be stopped between two evaluations. */
  readonly validationLoss?: number;
}

/** When checkpoints are taken (besides those at evaluations and stage boundaries), and how many of the newest are kept. */
export interface CheckpointPolicy {
  /** Training steps between two checkpoints. */
  readonly every: number;
  readonly keep: number;
}

/** What was spent and is in no state: steps before a spike (`OnSpike`) and evaluations among them. Never part of what is `counted`. */
export interface Thrown {
  readonly steps: number;
  readonly flops: Flops;
  readonly evaluationFlops: Flops;
}

/** Why a run returned. */
export interface Spike {
  /** The training loss; absent where it, a gradient, a weight or a held-out loss is not finite. */
  readonly loss?: number;
  /** The largest loss that would have been none. */
  readonly limit?: number;
  /** What is not finite. */
  readonly found?: string;
  /** The step changed nothing, and there is no event of it. */
  readonly refused?: true;
}

/** Milliseconds since the epoch at which the event happened. */
interface Timed {
  readonly time: number;
}

/** What a run computes on, since its start or since a resume. */
interface Computing {
  readonly backend: string;
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Absent in files of earlier versions, which always used f32. */
  readonly precision?: 'f32' | 'f64' | 'bf16';
  readonly compiled?: true;
  /** Absent where there was one process. */
  readonly ranks?: number;
  /** Absent where the arms of a branch ran in turn. */
  readonly armsAtOnce?: true;
  /** Digest of all that determines bits besides schedule and data (`conditionsOf`); absent where no states are kept, and in files of earlier versions. */
  readonly conditions?: string;
}

export type RunEvent = Timed &
  (
    | (Computing & {
        readonly kind: 'run-started';
        readonly schedule: Schedule;
        /** The text of the pipeline before its names got their numbers; absent where it had none, and in files of earlier versions. */
        readonly named?: NamedText;
        /** SHA-256 of the text; undefined for random tokens. */
        readonly dataDigest?: string;
        /** Bytes of UTF-8 per target where losses are measured; undefined for random tokens, and in files of earlier versions. */
        readonly bytesPerToken?: number;
        readonly stages: readonly StagePlace[];
        /** Of each stage, as planned: where it lies in the run's cycle. Absent in files of earlier versions. */
        readonly work?: readonly PlannedWork[];
        /** What was not trained again; the events up to there are those of the run that trained it. */
        readonly reused?: Reused;
        /** The maximum number of training steps of the whole run. */
        readonly steps: number;
        readonly checkpoints: CheckpointPolicy;
      })
    | (Computing & {
        /** The run was interrupted and continues from a checkpoint: later events have been cut off. */
        readonly kind: 'run-resumed';
        /** Undefined when there was none: the run starts over. */
        readonly checkpoint?: string;
        /** Newer checkpoints that could not be used, and why. */
        readonly passedOver: readonly { readonly file: string; readonly reason: string }[];
        readonly stage: number;
        readonly step: number;
        /** FLOPs of matrix products so far (the same clock as `step`). */
        readonly flops: number;
        /** How often the run has been resumed, this time included. */
        readonly resumes: number;
      })
    | { readonly kind: 'stage-started'; readonly stage: StagePlace }
    | {
        readonly kind: 'step';
        readonly stage: number;
        readonly level: number;
        /** Training steps taken since the run began, this one included (1, 2, …), and those that were thrown away after spikes. */
        readonly step: number;
        /** The same, since the beginning of the stage. */
        readonly stageStep: number;
        /** Mean cross-entropy of the batch, nats per token, before the update. */
        readonly loss: number;
        readonly learningRate: number;
        /** Global norm of the gradient before clipping. */
        readonly gradientNorm: number;
        readonly tokens: number;
        /** FLOPs of matrix products since the run began, without evaluation; those of steps that were thrown away included. */
        readonly flops: number;
        /** Seconds that this step took. */
        readonly seconds: number;
      }
    | {
        readonly kind: 'evaluated';
        readonly stage: number;
        readonly level: number;
        readonly step: number;
        /** Mean cross-entropy on held-out text, nats per token. */
        readonly loss: number;
        /** FLOPs of training so far (the same clock as `step`). */
        readonly trainingFlops: number;
        /** FLOPs of this evaluation. */
        readonly flops: Flops;
        readonly seconds: number;
      }
    | (Spike & {
        readonly kind: 'spiked';
        readonly stage: number;
        readonly level: number;
        /** Training steps taken so far, those that are thrown away included: the next one is another. */
        readonly step: number;
        /** The step after which the run had the state to which it returned. */
        readonly to: number;
        /** What is thrown away: steps and evaluations since then. */
        readonly thrown: Thrown;
        /** How often the stage has returned, this time included. */
        readonly returns: number;
      })
    | {
        readonly kind: 'transferred';
        readonly stage: number;
        readonly from: Grid;
        readonly to: Grid;
        readonly flops: Flops;
        /** The result of a line search: the accepted α (0: the fine level stayed), and the number of tries. */
        readonly search?: SearchResult;
        /** Where the transfer was learnt. */
        readonly fit?: FitResult;
        readonly seconds: number;
      }
    | { readonly kind: 'checkpointed'; readonly step: number; readonly file: string }
    | { readonly kind: 'stage-ended'; readonly record: StageRecord }
    | {
        readonly kind: 'run-ended';
        readonly outcome: RunOutcome;
        /** Absent where none could be saved, and in files of earlier versions. */
        readonly model?: SavedNetwork;
        /** Seconds since `run-started`. */
        readonly seconds: number;
      }
  );

export type RunOutcome =
  | { readonly kind: 'finished' }
  | { readonly kind: 'interrupted'; readonly stage: number; readonly step: number }
  | {
      readonly kind: 'diverged';
      readonly stage: number;
      readonly step: number;
      /** What is no longer finite, and where. */
      readonly found: string;
      /** The same, with the last good state in the run folder, and what to do. */
      readonly message: string;
    }
  | { readonly kind: 'failed'; readonly message: string };

/** The result of one stage: a row of the final table. */
export interface StageRecord extends StagePlace {
  /** Training steps that ran (fewer than `steps` when the run was stopped, or the stage's end was met). */
  readonly stepsRun: number;
  /** For a stage with a conditional end: which end was met, after `stepsRun` steps; `atMost` where none was. Absent for stages that were stopped. */
  readonly endedBy?: StageEnd['kind'] | 'atMost';
  readonly tokens: number;
  /** Training (or transfer) FLOPs as planned, and as counted on the executed programs. */
  readonly planned: Flops;
  readonly counted: Flops;
  /** What spikes cost besides, and how often the stage returned; absent where there was none. */
  readonly thrown?: Thrown & { readonly returns: number };
  /** The result of a line search; `planned` is for this number of tries. */
  readonly search?: SearchResult;
  /** Where the transfer was learnt. */
  readonly fit?: FitResult;
  /** Evaluations in this stage (for a transfer: of the network with which the run ends), and their counted FLOPs. */
  readonly evaluations: number;
  readonly evaluationFlops: Flops;
  /** Mean loss of the stage's last steps (at most 50); absent for a transfer. */
  readonly trainingLoss?: number;
  /** Loss of the last evaluation in the stage. */
  readonly validationLoss?: number;
  readonly seconds: number;
}

/** Events that describe the process, not the training: in these a resumed run differs from an uninterrupted one. */
export const isOutsideHistory = ({ kind }: Pick<RunEvent, 'kind'>): boolean => kind === 'checkpointed' || kind === 'run-resumed';

/** An event of that kind. */
export type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, { readonly kind: Kind }>;
