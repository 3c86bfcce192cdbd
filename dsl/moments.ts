/** Moments policies for a group of stages. Not here: what each policy does (`src/transfer`). */
import { invalid } from '../src/invalid.js';
import type { MomentsPolicy } from '../src/schedule/schedule.js';
import { withMoments } from '../src/schedule/text/index.js';
import { directionsFault } from './option-faults.js';
import { plain } from './plain.js';
import type { Sequence, StageLike } from './stages.js';
import type { WithMoments } from './types/stage/with-moments.js';

/**
 * Groups stages, and sets the moments policies of their transfers: `down` of the restrictions, `up` of the prolongations and growths. Counters have
 * the usual value of each policy.
 *
 * @example
 * pipeline(setup, moments({ down: 'reset', up: 'carry' }, repeat(3, restrict(even), train(100), prolongate, train(20))))
 */
export const moments = <const Stages extends readonly StageLike[], const Down extends MomentsPolicy, const Up extends MomentsPolicy>(
  policies: { readonly down: Down; readonly up: Up },
  ...stages: Stages
): Sequence<WithMoments<Stages, Down, Up>> => {
  const fault = directionsFault('moments', policies);
  const grouped: readonly unknown[] = fault === undefined ? withMoments(policies, plain(stages)) : [invalid(fault)];
  return { kind: 'sequence', stages: grouped as WithMoments<Stages, Down, Up> };
};
