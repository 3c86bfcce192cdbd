/**
 * Stages whose counts may still be free names: what the text form means before its names are bound. `Stage` is the special case
 * without names. Not here: reading them (`parse.ts`), binding (`bind.ts`), writing (`print.ts`).
 */
import type { MomentsPolicy, ProlongateStage, StepSizePolicy } from '../schedule.js';

export interface FreeName {
  readonly name: string;
}

export type OpenCount = number | FreeName;

export interface OpenTrain {
  readonly kind: 'train';
  readonly steps: OpenCount;
}

export interface OpenInjection {
  readonly kind: 'every';
  readonly factor: OpenCount;
  readonly offset: OpenCount;
}

export interface OpenRestrict {
  readonly kind: 'restrict';
  readonly operator: OpenInjection;
  readonly h: StepSizePolicy;
  readonly moments: MomentsPolicy;
}

export interface OpenRepeat {
  readonly kind: 'repeat';
  readonly times: OpenCount;
  readonly stages: OpenStages;
}

export type OpenStage = OpenTrain | OpenRestrict | ProlongateStage | OpenRepeat;
export type OpenStages = readonly OpenStage[];
