/**
 * The plan of a schedule on a backend: traces the programs that will run, as that backend will have them, and counts their FLOPs.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { match } from 'ts-pattern';
import type { Capabilities } from '../backend.js';
import { type Fault, inputFault } from '../fault.js';
import type { Invalid } from '../invalid.js';
import type { SizedModel } from '../model/family.js';
import { flopsOf } from '../program/cost.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../program/flops.js';
import { tooLarge } from '../program/largest-tensor.js';
import { legalize } from '../program/legalize.js';
import { peakBytesInTurn } from '../program/peak-bytes.js';
import type { Program } from '../program/program.js';
import { evaluatedAtEnd } from '../schedule/evaluation.js';
import { type Plan, plan, type StageCosts } from '../schedule/plan.js';
import type { Schedule } from '../schedule/schedule.js';
import { inStage, inside } from '../schedule/sentences.js';
import { flopsFault } from '../schedule/train-faults.js';
import { verify } from '../schedule/verify.js';
import { gridKey, gridOf, type LeafStage, type LevelState, type Visit, walk } from '../schedule/walk.js';
import { mergesOf } from '../transfer/branch-merges.js';
import { identity } from '../transfer/layer-matrix.js';
import { mergeMoments } from '../transfer/merge.js';
import { momentsTransfer } from '../transfer/moments.js';
import { prolongationOf, type Transfer, transferOf } from '../transfer/operators.js';
import { gradientRecipes, growthRecipes, prolongationRecipes, restrictionRecipes } from '../transfer/recipe.js';
import { gradientTensors, tensorsOf } from './levels/cell.js';
import { transferFlops } from './levels/transfers.js';
import { resizeFlops, resizingOf } from './levels/widths.js';
import { type ProgramKind, type ProgramPlace, programKey, programOf, programsOfStep } from './programs-of-run.js';
import { planFaultOf } from './run-rules.js';
import { zeroBytes } from './stages/gradient-sums.js';
import { searchFlops, sharedMoments, sharedRecipe } from './stages/line-search.js';
import { gradientMoments } from './stages/tau.js';

export interface PlanOptions {
  /** Tokens in the data's vocabulary. */
  readonly vocabulary: number;
  readonly capabilities: Pick<Capabilities, 'operations' | 'rewrites' | 'largestTensor' | 'device' | 'state'>;
}

/** A plan, and what only the traced programs say. */
export interface TracedPlan extends Plan {
  /** The most bytes that a training step of the plan holds: parameters, moments and activations. 0 where nothing is trained. */
  readonly stepBytes: number;
}

/** The schedule's model with its vocabulary, which the data says where the model does not. */
export const sizedModel = ({ setup: { model } }: Schedule, vocabulary: number): E.Either<Fault, SizedModel> =>
  model.vocabulary !== undefined && model.vocabulary < vocabulary
    ? E.left(
        inputFault(
          `setup.model.vocabulary must be at least the data's ${vocabulary} tokens (was ${model.vocabulary}); raise it or leave it out`,
          'setup.model.vocabulary',
        ),
      )
    : E.right({ ...model, vocabulary: model.vocabulary ?? vocabulary });

/** What each transfer costs. A prolongation needs to know which restriction it answers, so the visits are walked in order. */
const transferCosts = (
  schedule: Schedule,
  model: SizedModel,
  operations: Capabilities['operations'],
  programCost: (kind: ProgramKind, at: ProgramPlace) => Flops,
): Pick<StageCosts, 'transfer' | 'byTries'> => {
  const tensorsAt = tensorsOf(model, schedule.setup.optimizer);
  const costOf = (program: Program): Flops => {
    const legal = legalize(program, operations);
    if (E.isLeft(legal)) throw new Error(`blends are made of operations that every backend has, and ${legal.left.operation} is missing`);
    return flopsOf(legal.right);
  };
  const visits = walk(schedule);
  const merges = mergesOf(visits);
  const open: Transfer[] = [];
  const one = identity(1);
  const byTries = new Map<number, readonly Flops[]>();
  const costs = visits.map((visit): Flops => {
    const { index, stage, from, accumulate = 1 } = visit;
    return match(stage)
      .with({ kind: 'train' }, () => noFlops)
      .with({ kind: 'restrict' }, (restrict) => {
        const transfer = transferOf(restrict.operator, from.layers);
        open.push(transfer);
        const tensors = tensorsAt(from);
        const cost = transferFlops(restrictionRecipes(transfer.restriction), momentsTransfer(restrict, from, visit), tensors.layer, costOf);
        if (restrict.tau !== undefined) {
          const gradients = addFlops(programCost('tau', { ...from, accumulate }), programCost('tau', { ...gridOf(visit), accumulate }));
          const recipes = gradientRecipes(transfer.prolongation);
          const restricted = transferFlops(recipes, gradientMoments, gradientTensors(tensors.layer), costOf);
          return [cost, restricted, scaleFlops(restrict.tau.batches * accumulate, gradients)].reduce(addFlops);
        }
        if (transfer.narrowing === 1) return cost;
        const kept = transferFlops(restrictionRecipes(one), momentsTransfer(restrict, from, from), tensors.shared, costOf);
        const resizing = resizingOf('narrow', transfer, from, restrict.moments);
        const cells = { layers: visit.layers, shared: 1 };
        return [cost, kept, resizeFlops(cells, tensors, resizing, costOf)].reduce(addFlops);
      })
      .with({ kind: 'prolongate' }, (prolongate) => {
        const transfer = open.pop();
        if (transfer === undefined) throw new Error('the verifier lets no prolongation through on the finest level');
        const recipes = prolongationRecipes(
          prolongationOf(prolongate.interpolation, transfer),
          transfer.restriction,
          prolongate.correction,
        );
        const tensors = tensorsAt(visit);
        const cost = transferFlops(recipes, momentsTransfer(prolongate, from, visit), tensors.layer, costOf);
        if (prolongate.lineSearch !== undefined) {
          const objective = scaleFlops(accumulate, programCost('line-search', visit));
          const moved = transferFlops([sharedRecipe(1)], sharedMoments, tensors.shared, costOf);
          const tried = searchFlops(prolongate.lineSearch, { objective, moved: cost, shared: moved });
          byTries.set(index, tried);
          return tried.at(-1) ?? cost;
        }
        if (transfer.narrowing === 1) return cost;
        const returned = prolongationRecipes(one, one, prolongate.correction);
        const shared = transferFlops(returned, momentsTransfer(prolongate, from, from), tensors.shared, costOf);
        const resizing = resizingOf('widen', transfer, visit, prolongate.moments);
        // A correction widens what had been restricted, too.
        const times = prolongate.correction.kind === 'correction' ? 2 : 1;
        const cells = { layers: times * from.layers, shared: times };
        return [cost, shared, resizeFlops(cells, tensors, resizing, costOf)].reduce(addFlops);
      })
      .with({ kind: 'grow' }, (grow) =>
        transferFlops(growthRecipes(grow.growth, from.layers), momentsTransfer(grow, from, visit), tensorsAt(from).layer, costOf),
      )
      .with({ kind: 'arm' }, () => noFlops)
      .with({ kind: 'merge' }, () => {
        const merge = merges.get(index);
        if (merge === undefined) throw new Error('every merge has its recipes');
        return addFlops(
          transferFlops(merge.layers, mergeMoments, tensorsAt(from).layer, costOf),
          transferFlops([merge.shared], mergeMoments, tensorsAt(from).shared, costOf),
        );
      })
      .exhaustive();
  });
  return { transfer: ({ index }) => costs[index] ?? noFlops, byTries: ({ index }) => byTries.get(index) };
};

/** An end by FLOPs that no number of steps meets: what a step costs is only known here. */
const unmetFlops = (schedule: Schedule, { stages }: Plan): Fault | undefined => {
  for (const visit of walk(schedule)) {
    const fault = flopsFault(visit, stages[visit.index]?.flopsPerStep.matmul ?? 0);
    if (fault !== undefined) return inputFault(fault);
  }
  return undefined;
};

/** The stages that need a program; what a run ends with is evaluated whichever stage leads to it. */
const needing: Readonly<Record<ProgramKind, LeafStage['kind']>> = {
  'training-step': 'train',
  gradient: 'train',
  update: 'train',
  evaluation: 'train',
  tau: 'restrict',
  'line-search': 'prolongate',
};

/** The first stage that needs a program of that kind on that grid. */
const firstNeeding = (kind: ProgramKind, visits: readonly Visit[], grid: LevelState): Visit | undefined =>
  visits.find((visit) => visit.stage.kind === needing[kind] && [visit, visit.from].some((each) => gridKey(each) === gridKey(grid))) ??
  (kind === 'evaluation' ? evaluatedAtEnd(visits) : undefined);

interface StepCost {
  readonly flops: Flops;
  /** What it holds; where several programs add up, also the zeros that their sums begin with. */
  readonly bytes: number;
}

const stepCost = (programs: readonly { readonly program: Program; readonly times: number }[]): StepCost => {
  const [first, ...others] = programs;
  const zeros = first === undefined || others.length === 0 ? 0 : zeroBytes(first.program);
  return {
    flops: programs.reduce((sum, { program, times }) => addFlops(sum, scaleFlops(times, flopsOf(program))), noFlops),
    bytes: zeros + peakBytesInTurn(programs.map(({ program }) => program)),
  };
};

/** What a verified schedule costs on a backend. Left: it does not fit that backend, or the data. */
export const planVerified = (schedule: Schedule, { vocabulary, capabilities }: PlanOptions): E.Either<Fault, TracedPlan> => {
  const { operations, rewrites } = capabilities;
  const model = sizedModel(schedule, vocabulary);
  if (E.isLeft(model)) return model;
  const costs = new Map<string, Flops>();
  const steps = new Map<string, StepCost>();
  let missing: Fault | undefined;
  const legalOf = (kind: ProgramKind, at: ProgramPlace): Program | undefined => {
    const legal = legalize(programOf(kind, model.right, schedule.setup, at, rewrites), operations);
    const refuse = (why: string): undefined => {
      const first = firstNeeding(kind, walk(schedule), at);
      missing ??= inputFault(inside(first === undefined ? kind : inStage(first.at, first.op), why));
    };
    if (E.isLeft(legal)) return refuse(`the backend lacks the operation ${legal.left.operation}; choose another backend`);
    const unheld = tooLarge(legal.right, capabilities);
    return unheld === undefined ? legal.right : refuse(unheld);
  };
  const costOf = (kind: ProgramKind, at: ProgramPlace): Flops => {
    const key = programKey(kind, at);
    const known = costs.get(key);
    if (known !== undefined) return known;
    const program = legalOf(kind, at);
    if (program === undefined) return noFlops;
    const cost = flopsOf(program);
    costs.set(key, cost);
    return cost;
  };
  const stepOf = (at: ProgramPlace): StepCost => {
    const key = programsOfStep(at)
      .map(([kind]) => programKey(kind, at))
      .join();
    const known = steps.get(key);
    if (known !== undefined) return known;
    const programs = programsOfStep(at).flatMap(([kind, times]) => {
      const program = legalOf(kind, at);
      return program === undefined ? [] : [{ program, times }];
    });
    const cost = stepCost(programs);
    if (missing === undefined) steps.set(key, cost);
    return cost;
  };
  const planned = plan(schedule, {
    step: (at) => stepOf(at).flops,
    evaluation: (at) => scaleFlops(schedule.setup.evaluation.batches * (at.accumulate ?? 1), costOf('evaluation', at)),
    ...transferCosts(schedule, model.right, operations, costOf),
  });
  const unmet = missing ?? unmetFlops(schedule, planned);
  if (unmet !== undefined) return E.left(unmet);
  const stepBytes = walk(schedule)
    .filter(({ stage }) => stage.kind === 'train')
    .reduce((most, visit) => Math.max(most, stepOf(visit).bytes), 0);
  return E.right({ ...planned, stepBytes });
};

/**
 * What a schedule costs on a backend, stage by stage, before anything runs.
 *
 * @param given what `pipeline` gave; verified here.
 * @returns left: what is wrong with it, or why it does not fit the backend or the data, in one sentence.
 */
export const planSchedule = (given: Schedule | Invalid, options: PlanOptions): E.Either<Fault, TracedPlan> => {
  const wrong = planFaultOf(options);
  if (wrong !== undefined) return E.left(inputFault(wrong));
  return pipe(
    verify(given),
    E.chain((schedule) => planVerified(schedule, options)),
  );
};
