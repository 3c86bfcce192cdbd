/** Plans that a command asks for again and again, each made once. */
import type * as E from 'fp-ts/lib/Either.js';
import type { Backend } from '../../backend.js';
import type { PlanOf } from '../../baselines/baselines.js';
import { withSeed } from '../../baselines/tuning.js';
import type { Dataset } from '../../data/dataset.js';
import type { Fault } from '../../fault.js';
import type { Plan } from '../../plan/plan.js';
import { planSchedule } from '../../plan/plan-schedule.js';
import { scheduleHash } from '../../schedule/json/canonical.js';

/** Seeds do not count. */
export const planner = (dataset: Dataset, backend: Backend): PlanOf => {
  const known = new Map<string, E.Either<Fault, Plan>>();
  return (schedule) => {
    const key = scheduleHash(withSeed(schedule, 0));
    const plan = known.get(key) ?? planSchedule(schedule, { vocabulary: dataset.vocabulary, capabilities: backend.capabilities });
    known.set(key, plan);
    return plan;
  };
};
