/** The type of the setup that `pipeline` accepts. Not here: the builders of its parts (`../../setup.ts`), its faults (`../pipeline-arguments.ts`). */
import type { Evaluation, OnSpike, Setup } from '../../../src/schedule/schedule.js';

/** A `Setup` whose evaluation is optional, in full or in part; so is what `onSpike` says. */
export interface SetupInput extends Omit<Setup, 'evaluation' | 'onSpike'> {
  readonly evaluation?: Partial<Evaluation>;
  readonly onSpike?: Partial<OnSpike>;
}
