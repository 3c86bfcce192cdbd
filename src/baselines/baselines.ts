/**
 * The baselines of a pipeline, derived from the pipeline itself: plain training of one network, for the pipeline's number of steps or its
 * FLOPs, each with a learning rate that decays over the baseline's own steps. Pure functions from schedules to schedules. Not here: which
 * pairs are compared (`contenders.ts`), learning rates (`tuning.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Fault } from '../fault.js';
import { modelAt } from '../model/parameters.js';
import type { Plan } from '../plan/plan.js';
import { defaults } from '../schedule/defaults.js';
import { firstGrid, type Grid } from '../schedule/grid.js';
import type { GrowStage, Schedule, Setup, StepSizePolicy } from '../schedule/schedule.js';
import { walk } from '../schedule/walk/walk.js';
import type { BaselineKind } from './kinds.js';

export interface Baseline {
  readonly name: string;
  readonly schedule: Schedule;
}

/** The cost of a schedule on the backend that will run it. */
export type PlanOf = (schedule: Schedule) => E.Either<Fault, Plan>;

type Network = Pick<Grid, 'layers' | 'heads' | 'width' | 'h' | 'loops'>;

/** The network with which a pipeline ends: with growth, not the one with which it begins. */
export const finestOf = (schedule: Schedule): Network => walk(schedule).at(-1) ?? firstGrid(schedule.setup.model);

/** The share of a baseline's steps that a warm-up may always take, even if its share of the pipeline's steps is smaller. */
const LEAST_WARMUP = 0.1;

/**
 * The warm-up keeps its number of steps unless that would exceed both a tenth of the baseline's steps and its share of the pipeline's
 * steps. It is then limited to the larger of the two, which leaves the rest for the decay.
 */
const warmupFor = (warmup: number, steps: number, pipelineSteps: number): number => {
  // A single division of integers, so that an exact share is not rounded up.
  const kept = steps < pipelineSteps ? Math.ceil((warmup * steps) / pipelineSteps) : warmup;
  return Math.min(warmup, Math.max(kept, Math.floor(LEAST_WARMUP * steps)));
};

/** The initial weights, if they fit the network. */
const initialOf = ({ model, initial }: Setup, { layers, heads, width }: Network): Pick<Setup, 'initial'> =>
  initial !== undefined && model.layers === layers && model.heads === heads && model.width === width ? { initial } : {};

/** A setup's model applies its layers once: a baseline that applies them more often begins with this. */
const looped = (times: number, h: StepSizePolicy): GrowStage => ({
  kind: 'grow',
  growth: { kind: 'loop', times },
  h,
  ...defaults.grow,
});

/** A schedule that trains one network from beginning to end in a pipeline's setup. */
const plain = ({ version, setup }: Schedule, network: Network, steps: number, pipelineSteps: number): Schedule => {
  const { h, loops } = network;
  const { optimizer, model, initial: _, ...others } = setup;
  const { learningRate } = optimizer;
  const warmup = warmupFor(learningRate.warmup, steps, pipelineSteps);
  return {
    version,
    setup: {
      ...others,
      ...initialOf(setup, network),
      model: { ...modelAt(model, network), layers: network.layers },
      optimizer: { ...optimizer, learningRate: { ...learningRate, warmup } },
    },
    stages: [...(loops === undefined ? [] : [looped(loops, h === firstGrid(model).h ? 'keep' : 'scale')]), { kind: 'train', steps }],
  };
};

/** Never fewer FLOPs than the pipeline: rounding favours the baseline. */
const atFlops = (schedule: Schedule, network: Network, { total, steps }: Plan, planOf: PlanOf): E.Either<Fault, Schedule> =>
  E.map((one: Plan) => plain(schedule, network, Math.max(1, Math.ceil(total.matmul / one.total.matmul)), steps))(
    planOf(plain(schedule, network, 1, 1)),
  );

/** 1, 2, 4, … below `depth`. */
const depthsBelow = (depth: number): readonly number[] => {
  const depths: number[] = [];
  for (let layers = 1; layers < depth; layers *= 2) depths.push(layers);
  return depths;
};

const layersPhrase = (layers: number): string => `${layers} layer${layers === 1 ? '' : 's'}`;

/**
 * The baselines of one kind for a verified pipeline. None if the pipeline trains no network coarser than its finest (`coarse-only`), or the
 * finest has one layer (`depths`).
 *
 * A pipeline whose stages may end early counts with its maximum cost.
 *
 * @example
 * // of restrict(even) >> train(1760) >> prolongate >> train(240) over 8 layers
 * baselinesOf(schedule, 'equal-flops', planOf) // train(1124) over 8 layers, or so
 */
export const baselinesOf = (schedule: Schedule, kind: BaselineKind, planOf: PlanOf): E.Either<Fault, readonly Baseline[]> => {
  const planned = planOf(schedule);
  if (E.isLeft(planned)) return planned;
  const plan = planned.right;
  const finest = finestOf(schedule);
  const at = (name: string, network: Network): E.Either<Fault, Baseline> =>
    E.map((made: Schedule): Baseline => ({ name, schedule: made }))(atFlops(schedule, network, plan, planOf));
  return match(kind)
    .returnType<E.Either<Fault, readonly Baseline[]>>()
    .with('fine', () => E.right([{ name: 'fine', schedule: plain(schedule, finest, Math.max(1, plan.steps), plan.steps) }]))
    .with('equal-flops', () => E.map((made: Baseline) => [made])(at('equal-flops', finest)))
    .with('coarse-only', () => {
      const coarsest = plan.levels.at(-1);
      const same =
        coarsest === undefined || (coarsest.layers === finest.layers && coarsest.width === finest.width && coarsest.loops === finest.loops);
      return same ? E.right([]) : E.map((made: Baseline) => [made])(at('coarse-only', coarsest));
    })
    .with('depths', () => E.traverseArray((layers: number) => at(layersPhrase(layers), { ...finest, layers }))(depthsBelow(finest.layers)))
    .exhaustive();
};
