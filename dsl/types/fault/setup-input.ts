/** The type of the setup that `pipeline` accepts. Not here: the builders of its parts (`../../setup.ts`), its faults (`../pipeline-arguments.ts`). */
import type { Evaluation, Setup } from '../../../src/schedule/schedule.js';

/** A `Setup` whose evaluation is optional, in full or in part. */
export interface SetupInput extends Omit<Setup, 'evaluation'> {
  readonly evaluation?: Partial<Evaluation>;
}
