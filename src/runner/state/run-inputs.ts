/** What a run is given, and where it continues if another process began it. */
import type { Backend } from '../../backend.js';
import type { Dataset } from '../../data/dataset.js';
import type { SizedModel } from '../../model/family.js';
import type { Plan } from '../../plan/plan.js';
import type { Schedule } from '../../schedule/schedule.js';
import type { NamedText } from '../../schedule/text/index.js';
import type { CheckpointPlace } from '../checkpoints/saved-state.js';
import type { CheckpointPolicy, Reused, RunEvent, StageRecord } from '../events/events.js';
import type { RunFolder } from '../folder/run-folder.js';
import type { LevelStack } from '../levels/level-stack.js';
import type { RunMemory } from '../levels/run-memory.js';
import { conditionsOf, type KeptStates } from './kept-states.js';
import type { StageProgress } from './stage-progress.js';

export interface RunInputs {
  readonly schedule: Schedule;
  /** Its text with free names, where it had any. */
  readonly named?: NamedText;
  readonly model: SizedModel;
  readonly dataset: Dataset;
  readonly plan: Plan;
  readonly backend: Backend;
  readonly folder: RunFolder;
  readonly stack: LevelStack;
  readonly memory: RunMemory;
  readonly checkpoints: CheckpointPolicy;
  readonly listeners: readonly ((event: RunEvent) => void)[];
  readonly signal: AbortSignal | undefined;
  /** What was not trained again. */
  readonly reused?: Reused;
  /** Where states after stages are kept, if they are. */
  readonly states?: KeptStates;
  /** It was begun, or has been continued, under other conditions than these: its states are those of no other run, and none is kept. */
  readonly mixed?: true;
}

/** The conditions under which it is computed, where states are kept. */
export const conditionsFor = ({ states, backend }: RunInputs): { readonly conditions?: string } =>
  states === undefined ? {} : { conditions: conditionsOf({ backend }, states.facts) };

/** Where a run that another process began continues. */
export interface Continuation {
  readonly place: CheckpointPlace;
  readonly file: string;
  readonly records: readonly StageRecord[];
  readonly progress: StageProgress;
  /** The run's seconds in earlier processes. */
  readonly earlierSeconds: number;
}
