/**
 * From an arm of a study to the schedule that runs: an arm that is to cost what a pipeline costs gets its number of steps by the plans of both.
 * Pure. Not here: the arms (`studies.ts`), running (`run-arms.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fault, pipeline, planSchedule, type Schedule, verify } from 'vcycle';
import { withRate } from '../../src/baselines/tuning.js';
import type { Setting } from './settings.js';
import type { Arm } from './studies.js';

/** What a plan asks for: the data's vocabulary and the backend's capabilities. */
export type Costing = Parameters<typeof planSchedule>[1];

const scheduleOf = ({ setup }: Setting, layers: number, seed: number, stages: string): E.Either<Fault, Schedule> =>
  verify(pipeline(setup(layers, seed), stages));

/** FLOPs of the matrix products of training and transfers, as the plan says. */
const flopsOf = (schedule: Schedule, costing: Costing): E.Either<Fault, number> =>
  pipe(
    planSchedule(schedule, costing),
    E.map(({ total }) => total.matmul),
  );

const stepsFor = (setting: Setting, layers: number, reference: string, costing: Costing): E.Either<Fault, number> =>
  pipe(
    E.Do,
    E.bind('budget', () =>
      pipe(
        scheduleOf(setting, setting.fineLayers, 1, reference),
        E.flatMap((schedule) => flopsOf(schedule, costing)),
      ),
    ),
    E.bind('step', () =>
      pipe(
        scheduleOf(setting, layers, 1, 'train(1)'),
        E.flatMap((schedule) => flopsOf(schedule, costing)),
      ),
    ),
    E.map(({ budget, step }) => Math.round(budget / step)),
  );

/** The schedule of an arm for a seed. Left: a pipeline that does not verify, or a model that the data does not fit. */
export const armSchedule = (
  setting: Setting,
  { layers, stages, rateFactor = 1 }: Arm,
  seed: number,
  costing: Costing,
): E.Either<Fault, Schedule> =>
  pipe(
    typeof stages === 'string'
      ? E.right<Fault, string>(stages)
      : pipe(
          stepsFor(setting, layers, stages.equal, costing),
          E.map((steps) => `train(${steps})`),
        ),
    E.flatMap((text) => scheduleOf(setting, layers, seed, text)),
    E.map((schedule) => withRate(schedule, rateFactor)),
  );
