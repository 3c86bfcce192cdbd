/** What `pipeline` takes for a setup, as a type. Not here: the builders of its parts (`../../setup.ts`), what the compiler says of one (`../pipeline-arguments.ts`). */
import type { Evaluation, Setup } from '../../../src/schedule/schedule.js';

/** What `pipeline` takes: a `Setup` whose evaluation may be left out, whole or in part. */
export interface SetupInput extends Omit<Setup, 'evaluation'> {
  readonly evaluation?: Partial<Evaluation>;
}
