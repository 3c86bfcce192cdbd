/**
 * The plan: what a schedule will cost, stage by stage, before anything runs. Pure arithmetic over the walk; the caller provides the cost of a step,
 * counted on traced programs. Not here: FLOPs of operations (`src/program`), tables (`src/report`).
 */
import { addFlops, type Flops, noFlops, scaleFlops } from '../program/types/flops.js';
import { depthOf, firstGrid, type Grid, gridKey, gridOf } from '../schedule/grid.js';
import type { Schedule } from '../schedule/schedule.js';
import { clockSteps } from '../schedule/walk/learning-rate.js';
import { batchPart, type StepPart } from '../schedule/walk/step-part.js';
import { type StepRange, stepRange } from '../schedule/walk/step-range.js';
import { settingsOf, tokensOf } from '../schedule/walk/step-settings.js';
import type { LeafStage } from '../schedule/walk/walk.js';
import { evaluatedAtEnd, evaluationRange, isMergeEvaluated } from '../schedule/walk/when-evaluated.js';
import { resolve } from '../transfer/resolve.js';
import type { ResolvedVisit } from '../transfer/resolved.js';

/** Costs on each level. */
export interface StageCosts {
  /** One training step. @param visit the stage whose step it is, or would be. */
  readonly step: (at: Grid & StepPart, visit: ResolvedVisit) => Flops;
  /** The part of a step that is the optimizer's update, which some rules need matrix products for; by default none. */
  readonly update?: (visit: ResolvedVisit) => Flops;
  /** One evaluation, with all its batches. */
  readonly evaluation: (visit: ResolvedVisit) => Flops;
  /** One restriction, prolongation, growth or merge; the beginning of an arm is free. */
  readonly transfer: (visit: ResolvedVisit) => Flops;
  /** For a prolongation with a line search: its cost after one try, two, …; the last one equals `transfer`. */
  readonly byTries?: (visit: ResolvedVisit) => readonly Flops[] | undefined;
  /** For a transfer that is learnt: the part of its cost that learning is. */
  readonly fit?: (visit: ResolvedVisit) => Flops | undefined;
}

/** A stage that will be executed; its grid is the one after it. */
export interface PlannedStage extends Grid {
  readonly index: number;
  /** Canonical text, such as `train(400)`; `arm 1 of 2` and `merge(average)` for what a branch does. */
  readonly op: string;
  readonly kind: LeafStage['kind'];
  /** The number of enclosing branches, including its own for the beginning of an arm and for a merge. */
  readonly branches: number;
  /** The maximum number of training steps; 0 for a transfer. */
  readonly steps: number;
  readonly tokens: number;
  /** Sequences in a training step, and tokens in a sequence; those of the setup for a stage that does not train. */
  readonly batch: number;
  readonly context: number;
  readonly flopsPerStep: Flops;
  /** A step with the same sequences on level 0, at the final depth and step size of the pipeline. */
  readonly finePerStep: Flops;
  /** The part of `flopsPerStep` that is the optimizer's update. */
  readonly updateFlopsPerStep: Flops;
  /** FLOPs of training or transfer, without evaluations. The maximum, where a line search may end sooner. */
  readonly flops: Flops;
  /** For a line search: FLOPs after one try, two, … */
  readonly byTries?: readonly Flops[];
  /** For a transfer that is learnt: the part of `flops` that learning is. */
  readonly fitFlops?: Flops;
  readonly evaluations: number;
  readonly evaluationFlops: Flops;
  /** The minimum, for a stage with a conditional end; otherwise as above. */
  readonly least: { readonly steps: number; readonly evaluations: number };
}

/** The training on one grid. */
export interface LevelVisits extends Grid {
  /** Training stages on it. */
  readonly visits: number;
  readonly steps: number;
  readonly flops: Flops;
}

export interface Plan {
  readonly stages: readonly PlannedStage[];
  /** Grids that are trained on, finest first. */
  readonly levels: readonly LevelVisits[];
  /** Training steps of the run. */
  readonly steps: number;
  readonly tokens: number;
  readonly training: Flops;
  /** The part of `training` that is the optimizer's updates. */
  readonly updates: Flops;
  readonly transfer: Flops;
  readonly evaluation: Flops;
  /** Training and transfers. */
  readonly total: Flops;
  /** The same training steps, with the same sequences, all on level 0 at the final depth and step size of the pipeline. */
  readonly allFine: Flops;
  /** 1 - total / allFine, on matrix products; 0 where nothing is trained. */
  readonly saving: number;
  /** The minimum number of steps, and their cost. All figures above are maxima. */
  readonly least: { readonly steps: number; readonly tokens: number; readonly training: Flops; readonly evaluation: Flops };
  /** The steps of a global clock: the maximum of all stages. Ends by tokens or FLOPs may leave fewer in `steps`. */
  readonly clock: number;
}

/** What a stage knows about the rest of the run. */
interface Around {
  /** The range of steps before it. */
  readonly from: StepRange;
  /** For a stage that does not train: whether the network is evaluated in it. */
  readonly evaluated: boolean;
  /** The grid with which it ends. */
  readonly finest: Grid;
}

const plannedStage = (visit: ResolvedVisit, { setup }: Schedule, costs: StageCosts, { from, evaluated, finest }: Around): PlannedStage => {
  const { index, op, stage, branches } = visit;
  const grid = gridOf(visit);
  const place = { index, op, kind: stage.kind, branches, ...grid };
  if (stage.kind !== 'train') {
    const byTries = costs.byTries?.(visit);
    const fitFlops = costs.fit?.(visit);
    const counts = { steps: 0, evaluations: evaluated ? 1 : 0 };
    return {
      ...place,
      ...counts,
      tokens: 0,
      batch: setup.batch,
      context: setup.model.context,
      flopsPerStep: noFlops,
      finePerStep: noFlops,
      updateFlopsPerStep: noFlops,
      flops: costs.transfer(visit),
      ...(byTries === undefined ? {} : { byTries }),
      ...(fitFlops === undefined ? {} : { fitFlops }),
      evaluationFlops: evaluated ? costs.evaluation(visit) : noFlops,
      least: counts,
    };
  }
  const { batch, context } = settingsOf(stage, setup);
  const tokensPerStep = tokensOf({ batch, context });
  const flopsPerStep = costs.step(visit, visit);
  const figures = { tokens: tokensPerStep, flops: flopsPerStep.matmul, evaluateEvery: setup.evaluation.every, before: from };
  const range = stepRange(stage, figures);
  // The merge of replicas is evaluated, not each of them.
  const looks = visit.replica === undefined ? evaluationRange(setup.evaluation, from, range) : { least: 0, most: 0 };
  const [steps, evaluations] = [range.most, looks.most];
  return {
    ...place,
    steps,
    tokens: steps * tokensPerStep,
    batch,
    context,
    flopsPerStep,
    finePerStep: costs.step({ ...finest, ...batchPart(stage, setup) }, visit),
    updateFlopsPerStep: costs.update?.(visit) ?? noFlops,
    flops: scaleFlops(steps, flopsPerStep),
    evaluations,
    evaluationFlops: scaleFlops(evaluations, costs.evaluation(visit)),
    least: { steps: range.least, evaluations: looks.least },
  };
};

const levelVisits = (stages: readonly PlannedStage[]): readonly LevelVisits[] => {
  const grids = new Map<string, LevelVisits>();
  for (const stage of stages) {
    const { kind, steps, flops } = stage;
    if (kind !== 'train') continue;
    const key = `${stage.level} ${gridKey(stage)}`;
    const so = grids.get(key) ?? { ...gridOf(stage), visits: 0, steps: 0, flops: noFlops };
    grids.set(key, { ...so, visits: so.visits + 1, steps: so.steps + steps, flops: addFlops(so.flops, flops) });
  }
  return [...grids.values()].sort(
    (a, b) => a.level - b.level || depthOf(b) - depthOf(a) || b.layers - a.layers || b.width - a.width || a.h - b.h,
  );
};

/**
 * Costs a verified schedule. Additive: the totals are the sums over the stages.
 *
 * @param visits its resolved visits, if the caller has them already.
 * @example
 * const { stages, total, saving } = plan(schedule, costs)
 */
export const plan = (schedule: Schedule, costs: StageCosts, visits: readonly ResolvedVisit[] = resolve(schedule)): Plan => {
  const last = evaluatedAtEnd(visits);
  // Growth only deepens, and every pipeline ends on level 0: the last stage has the greatest depth.
  const end = visits.at(-1);
  const finest = end === undefined ? firstGrid(schedule.setup.model) : gridOf(end);
  let from: StepRange = { least: 0, most: 0 };
  const stages = visits.map((visit) => {
    const evaluated = visit === last || visit.stage.kind === 'evaluate' || isMergeEvaluated(schedule.setup.evaluation, visit);
    const stage = plannedStage(visit, schedule, costs, { from, evaluated, finest });
    from = { least: from.least + stage.least.steps, most: from.most + stage.steps };
    return stage;
  });
  const sum = (flops: (stage: PlannedStage) => Flops): Flops => stages.reduce((total, stage) => addFlops(total, flops(stage)), noFlops);
  const steps = stages.reduce((total, stage) => total + stage.steps, 0);
  const training = sum(({ kind, flops }) => (kind === 'train' ? flops : noFlops));
  const total = sum(({ flops }) => flops);
  const allFine = sum((stage) => scaleFlops(stage.steps, stage.finePerStep));
  return {
    stages,
    levels: levelVisits(stages),
    steps,
    tokens: stages.reduce((tokens, stage) => tokens + stage.tokens, 0),
    training,
    updates: sum(({ steps, updateFlopsPerStep }) => scaleFlops(steps, updateFlopsPerStep)),
    transfer: sum(({ kind, flops }) => (kind === 'train' ? noFlops : flops)),
    evaluation: sum(({ evaluationFlops }) => evaluationFlops),
    total,
    allFine,
    least: {
      steps: from.least,
      tokens: stages.reduce((tokens, { least, batch, context }) => tokens + least.steps * tokensOf({ batch, context }), 0),
      training: sum(({ least, flopsPerStep }) => scaleFlops(least.steps, flopsPerStep)),
      evaluation: visits.reduce((total, visit, index) => {
        const evaluations = stages[index]?.least.evaluations ?? 0;
        return evaluations === 0 ? total : addFlops(total, scaleFlops(evaluations, costs.evaluation(visit)));
      }, noFlops),
    },
    clock: clockSteps(visits),
    saving: allFine.matmul === 0 ? 0 : 1 - total.matmul / allFine.matmul,
  };
};
