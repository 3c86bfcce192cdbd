/**
 * What a pipeline is compared with, made from the pipeline itself: plain training of one network, at the pipeline's number of steps or at
 * its FLOPs, each with a learning rate that decays over the baseline's own steps. Pure functions from schedules to schedules. Not here: who
 * is compared with whom (`contenders.ts`), learning rates (`tuning.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Fault } from '../fault.js';
import type { Plan } from '../plan/plan.js';
import { firstGrid, type Grid } from '../schedule/grid.js';
import type { Schedule, Setup } from '../schedule/schedule.js';
import { walk } from '../schedule/walk/walk.js';
import type { BaselineKind } from './kinds.js';

export interface Baseline {
  readonly name: string;
  readonly schedule: Schedule;
}

/** What a schedule costs, on the backend that will run it. */
export type PlanOf = (schedule: Schedule) => E.Either<Fault, Plan>;

type Network = Pick<Grid, 'layers' | 'heads' | 'width'>;

/** The network with which a pipeline ends: growth makes it another one than it begins with. */
export const finestOf = (schedule: Schedule): Network => walk(schedule).at(-1) ?? firstGrid(schedule.setup.model);

/** Share of a baseline's steps that a warm-up may take whatever share of the pipeline's it takes. */
const LEAST_WARMUP = 0.1;

/** A warm-up that would take more of the baseline's steps than a tenth, and than of the pipeline's, takes as much of them as of the pipeline's: the decay has what is left. */
const warmupFor = (warmup: number, steps: number, pipelineSteps: number): number => {
  // One division, of whole numbers: a share that is whole stays so.
  const kept = steps < pipelineSteps ? Math.ceil((warmup * steps) / pipelineSteps) : warmup;
  return Math.min(warmup, Math.max(kept, Math.floor(LEAST_WARMUP * steps)));
};

/** Weights to begin with, where the network is the one that has them. */
const initialOf = ({ model, initial }: Setup, { layers, heads, width }: Network): Pick<Setup, 'initial'> =>
  initial !== undefined && model.layers === layers && model.heads === heads && model.width === width ? { initial } : {};

/** One network, trained from the beginning to the end, in a pipeline's setup. */
const plain = ({ version, setup }: Schedule, network: Network, steps: number, pipelineSteps: number): Schedule => {
  const { layers, heads, width } = network;
  const { optimizer, model, initial: _, ...others } = setup;
  const { learningRate } = optimizer;
  const warmup = warmupFor(learningRate.warmup, steps, pipelineSteps);
  return {
    version,
    setup: {
      ...others,
      ...initialOf(setup, network),
      model: { ...model, layers, heads, width },
      optimizer: { ...optimizer, learningRate: { ...learningRate, warmup } },
    },
    stages: [{ kind: 'train', steps }],
  };
};

/** Never fewer FLOPs than the pipeline: what is rounded, is rounded in favour of the baseline. */
const atFlops = (schedule: Schedule, network: Network, { total, steps }: Plan, planOf: PlanOf): E.Either<Fault, Schedule> =>
  E.map((one: Plan) => plain(schedule, network, Math.max(1, Math.ceil(total.matmul / one.total.matmul)), steps))(
    planOf(plain(schedule, network, 1, 1)),
  );

/** 1, 2, 4, …, all below `depth`. */
const depthsBelow = (depth: number): readonly number[] => {
  const depths: number[] = [];
  for (let layers = 1; layers < depth; layers *= 2) depths.push(layers);
  return depths;
};

const layersPhrase = (layers: number): string => `${layers} layer${layers === 1 ? '' : 's'}`;

/**
 * The baselines of one kind, of a verified pipeline. None where the pipeline trains no network coarser than its finest (`coarse-only`), or
 * the finest has one layer (`depths`).
 *
 * A pipeline whose stages may end early is taken at the most that it may cost.
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
      const same = coarsest === undefined || (coarsest.layers === finest.layers && coarsest.width === finest.width);
      return same ? E.right([]) : E.map((made: Baseline) => [made])(at('coarse-only', coarsest));
    })
    .with('depths', () => E.traverseArray((layers: number) => at(layersPhrase(layers), { ...finest, layers }))(depthsBelow(finest.layers)))
    .exhaustive();
};
