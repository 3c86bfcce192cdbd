/**
 * Converts an arm of a study to a schedule: for an arm that must cost as much as a pipeline, the number of steps is derived from both
 * plans. Pure. Not here: the arms (`studies.ts`), running (`run-arms.ts`).
 */
import { type Dataset, type PlanOptions, pipeline, plan, type Result, type Schedule, verify } from 'vcycle';
import { withRate } from '../../src/baselines/tuning.js';
import type { Setting } from './settings.js';
import type { Arm } from './studies.js';

/** What planning requires. */
export interface Costing extends PlanOptions {
  readonly data: Dataset;
}

const scheduleOf = ({ setup }: Setting, layers: number, seed: number, stages: string): Result<Schedule> =>
  verify(pipeline(setup(layers, seed), stages));

/** FLOPs of the matrix products of training and transfers, according to the plan. */
const flopsOf = (schedule: Result<Schedule>, { data, backend }: Costing): Result<number> => {
  if (!schedule.ok) return schedule;
  const planned = plan(schedule.value, data, { backend });
  return planned.ok ? { ok: true, value: planned.value.total.matmul } : planned;
};

/** The number of steps at that depth that cost as much as the reference on all layers. */
const stepsFor = (setting: Setting, layers: number, reference: string, costing: Costing): Result<number> => {
  const budget = flopsOf(scheduleOf(setting, setting.fineLayers, 1, reference), costing);
  if (!budget.ok) return budget;
  const step = flopsOf(scheduleOf(setting, layers, 1, 'train(1)'), costing);
  return step.ok ? { ok: true, value: Math.round(budget.value / step.value) } : step;
};

const textOf = (setting: Setting, { layers, stages }: Arm, costing: Costing): Result<string> => {
  if (typeof stages === 'string') return { ok: true, value: stages };
  const steps = stepsFor(setting, layers, stages.equal, costing);
  return steps.ok ? { ok: true, value: `train(${steps.value})` } : steps;
};

/** The schedule of an arm for a seed. Fault: the pipeline does not verify, or the model does not fit the data. */
export const armSchedule = (setting: Setting, arm: Arm, seed: number, costing: Costing): Result<Schedule> => {
  const text = textOf(setting, arm, costing);
  if (!text.ok) return text;
  const schedule = scheduleOf(setting, arm.layers, seed, text.value);
  return schedule.ok ? { ok: true, value: withRate(schedule.value, arm.rateFactor ?? 1) } : schedule;
};
