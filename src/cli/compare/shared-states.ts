/** The states that the runs of a sweep keep for one another: where they are, and which a run will keep. Not here: a place for states (`src/store`). */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend } from '../../backend.js';
import type { PlanOf } from '../../baselines/baselines.js';
import type { Dataset } from '../../data/dataset.js';
import { sizedModel } from '../../plan/plan-schedule.js';
import { stateAddresses } from '../../runner/state/kept-states.js';
import type { Schedule } from '../../schedule/schedule.js';
import { stateFacts } from '../options/states-place.js';

export interface SharedStates {
  readonly folder: string;
  /** The addresses of the states after the training stages of a schedule, which are those of another that begins alike. */
  readonly heads: (schedule: Schedule) => readonly string[];
}

/** @param backend as the jobs open it; only what it says of itself is used. */
export const sharedStates = (
  folder: string,
  { dataset, backend: { name, capabilities }, planOf }: { readonly dataset: Dataset; readonly backend: Backend; readonly planOf: PlanOf },
): SharedStates => ({
  folder,
  heads: (schedule) => {
    const model = sizedModel(schedule, dataset.vocabulary);
    const plan = planOf(schedule);
    // Whatever is wrong with it is told where it is planned.
    if (E.isLeft(model) || E.isLeft(plan)) return [];
    const led = { schedule, model: model.right, dataset, plan: plan.right, backend: { name, capabilities } };
    return [...stateAddresses(led, stateFacts()).values()];
  },
});
