/**
 * What a stage runs, as lists in the order of execution: training steps, evaluations, transfers with everything else that their stages require. The
 * plan costs these lists, and the runner executes and counts them. Not here: what programs cost, what they compute, on which tensors.
 */
import { match } from 'ts-pattern';
import type { Program } from '../program/program.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../program/types/flops.js';
import { type Grid, gridOf } from '../schedule/grid.js';
import type { Setup } from '../schedule/schedule.js';
import { computed, setupPart } from '../schedule/walk/step-part.js';
import type { LevelWidth, TensorsAt } from '../transfer/layer-tensor.js';
import { isMade, slopesKey, slopesProgram } from '../transfer/learnt.js';
import { type OuterStep, outerKey, outerProgram, steppedTensors } from '../transfer/outer.js';
import { blendKey, blendProgram, tensorsOfBlend, workOf } from '../transfer/recipe-programs.js';
import type {
  Blend,
  ResolvedOuter,
  ResolvedProlongation,
  ResolvedRestriction,
  ResolvedTransfer,
  ResolvedVisit,
  WidthGrowth,
  WidthTransfer,
} from '../transfer/resolved.js';
import { tryOf } from '../transfer/tries.js';
import { type Widening, widenKey, widenProgram } from '../transfer/widening.js';
import { type Resizing, resizeKey, resizeProgram } from '../transfer/width.js';
import { type ProgramKind, type ProgramPlace, programKey, programsOfStep } from './programs.js';

/** One of the model's programs on a grid, and how often it runs. */
export interface ModelWork {
  readonly kind: 'model';
  readonly program: ProgramKind;
  readonly at: ProgramPlace;
  readonly times: number;
}

/** Cells computed from cells; or cells made narrower or wider: those computed before, or else those that are read afterwards. */
export type BlendWork =
  | { readonly kind: 'blend'; readonly blend: Blend }
  | {
      readonly kind: 'resize';
      readonly of: 'layers' | 'shared';
      readonly cells: number;
      readonly resizing: Resizing;
      /** The width of the wider level. */
      readonly at: LevelWidth;
    }
  | {
      /** Permanently wider, those computed before. */
      readonly kind: 'widen';
      readonly of: 'layers' | 'shared';
      readonly cells: number;
      readonly widening: Widening;
      readonly at: LevelWidth;
    };

/** Cells of replicas merged by an outer optimizer. */
export interface OuterWork {
  readonly kind: 'outer';
  readonly of: 'layers' | 'shared';
  readonly cells: number;
  readonly step: OuterStep;
  readonly at: LevelWidth;
}

export type CellWork = BlendWork | OuterWork;

/** What a fit runs besides: the derivatives by the coefficients of layers, and a list several times. */
export type FitWork =
  | { readonly kind: 'slopes'; readonly blend: Blend }
  | { readonly kind: 'repeated'; readonly times: number; readonly work: readonly Work[] };

export type Work = ModelWork | CellWork | FitWork;

const model = (program: ProgramKind, at: ProgramPlace, times: number): ModelWork => ({ kind: 'model', program, at, times });

/** One training step. */
export const stepWork = (at: ProgramPlace): readonly ModelWork[] =>
  programsOfStep(at).map(([kind, times]) => model(kind, computed(at), times));

/** The update of one training step, which is a part of it. */
export const updateWork = (at: ProgramPlace): ModelWork => model('update', at, 1);

/**
 * One evaluation, with all its batches, which are the setup's: in as many microbatches as the stage's where its batch is the setup's, too, and else
 * in those of the setup.
 */
export const evaluationWork = (setup: Setup, at: ProgramPlace): ModelWork => {
  const { accumulate = 1 } = at.batch === undefined ? at : setupPart(setup);
  return model('evaluation', { ...gridOf(at), accumulate }, setup.evaluation.batches * accumulate);
};

const blend = (of: Blend): BlendWork => ({ kind: 'blend', blend: of });

const resizes = ({ resizing, at, cells }: WidthTransfer): readonly BlendWork[] =>
  // A network without layers has none to resize.
  (['layers', 'shared'] as const).flatMap((of) => (cells[of] === 0 ? [] : [{ kind: 'resize', of, cells: cells[of], resizing, at }]));

const widens = ({ widening, at, cells }: WidthGrowth): readonly BlendWork[] =>
  (['layers', 'shared'] as const).flatMap((of) => (cells[of] === 0 ? [] : [{ kind: 'widen', of, cells: cells[of], widening, at }]));

/** What a transfer does to cells, without a line search, which tries more than this. */
export const blendWork = (transfer: Exclude<ResolvedTransfer, ResolvedOuter>): readonly BlendWork[] =>
  match(transfer)
    .returnType<readonly BlendWork[]>()
    .with({ kind: 'restrict' }, ({ layers, width }) =>
      width === undefined ? [blend(layers)] : [blend(layers), blend(width.shared), ...resizes(width)],
    )
    .with({ kind: 'prolongate' }, ({ layers, width }) =>
      width === undefined ? [blend(layers)] : [...resizes(width), blend(layers), blend(width.shared)],
    )
    .with({ kind: 'grow' }, ({ layers, width }) =>
      width === undefined ? [blend(layers)] : [blend(layers), blend(width.shared), ...widens(width)],
    )
    .with({ kind: 'merge' }, ({ layers, shared }) => [blend(layers), blend(shared)])
    .exhaustive();

/** What the merge of replicas does to cells. */
export const outerWork = ({ step, at: { layers, ...at } }: ResolvedOuter): readonly OuterWork[] =>
  (['layers', 'shared'] as const).map((of) => ({ kind: 'outer', of, cells: of === 'layers' ? layers : 1, step, at }));

const cellWork = (transfer: ResolvedTransfer): readonly CellWork[] =>
  transfer.kind === 'outer' ? outerWork(transfer) : blendWork(transfer);

/** The gradient on the fine level, which is restricted, and the one on the coarse level. */
export interface TauWork {
  readonly fine: ModelWork;
  readonly down: Blend;
  readonly coarse: ModelWork;
}

/** Undefined where there is no tau correction. */
export const tauWork = ({ accumulate = 1, from, ...to }: ResolvedVisit, { tau }: ResolvedRestriction): TauWork | undefined => {
  const on = (grid: Grid): ModelWork => model('tau', { ...gridOf(grid), accumulate }, (tau?.batches ?? 0) * accumulate);
  return tau && { fine: on(from), down: tau.gradient, coarse: on(to) };
};

/** Each step of a fit: the layers by the coefficients so far, the gradient of these, and its products with what they are made of. */
export interface LearningWork {
  readonly steps: number;
  readonly made: Blend;
  readonly gradient: ModelWork;
}

/** Undefined where nothing is learnt. */
export const learningWork = ({ accumulate = 1, ...at }: ResolvedVisit): LearningWork | undefined => {
  const { transfer } = at;
  if (transfer === undefined || !('fit' in transfer) || transfer.fit === undefined) return undefined;
  const { steps, parameters } = transfer.fit;
  const layers = parameters.recipes.flatMap((recipe, layer) => (isMade(recipe) ? [layer] : []));
  // The shared layers stay: the backward pass ends at the lowest layer that is made of others.
  const gradient = model('fit', { ...gridOf(at), accumulate, trained: { layers, shared: false } }, accumulate);
  return { steps, made: parameters, gradient };
};

/** All steps of a fit, as one entry of its transfer's list. */
export const learning = ({ steps, made, gradient }: LearningWork): FitWork => ({
  kind: 'repeated',
  times: steps,
  work: [blend(made), gradient, { kind: 'slopes', blend: made }],
});

/** The evaluations of a line search, before and after each try; and the tries. */
export interface SearchWork {
  readonly objective: ModelWork;
  readonly tries: readonly { readonly alpha: number; readonly cells: readonly BlendWork[] }[];
}

/** Undefined where there is no line search. */
export const searchWork = (visit: ResolvedVisit, { layers, search }: ResolvedProlongation): SearchWork | undefined =>
  search && {
    objective: model('line-search', visit, search.batches * (visit.accumulate ?? 1)),
    tries: Array.from({ length: search.tries }, (_, index) => {
      const { alpha, layers: corrected, shared } = tryOf(layers, search, index + 1);
      return { alpha, cells: shared === undefined ? [blend(corrected)] : [blend(corrected), blend(shared)] };
    }),
  };

/**
 * Everything that a transfer runs, in parts after each of which it may end: one part, or for a line search one for each try. None for the beginning
 * of an arm, and for stages that transfer nothing.
 */
export const transferWork = (visit: ResolvedVisit): readonly (readonly Work[])[] => {
  const { transfer } = visit;
  if (transfer === undefined) return [];
  const learnt = learningWork(visit);
  if (learnt !== undefined) return [[learning(learnt), ...cellWork(transfer)]];
  const tau = transfer.kind === 'restrict' ? tauWork(visit, transfer) : undefined;
  if (tau !== undefined) return [[...cellWork(transfer), tau.fine, blend(tau.down), tau.coarse]];
  const search = transfer.kind === 'prolongate' ? searchWork(visit, transfer) : undefined;
  if (search === undefined) return [cellWork(transfer)];
  const { objective, tries } = search;
  return tries.map(({ cells }, index) => (index === 0 ? [objective, ...cells, objective] : [...cells, objective]));
};

/** A program of the work, by a key that is equal exactly where the programs are. */
export type ProgramRun = { readonly key: string; readonly times: number } & (
  | { readonly kind: 'model'; readonly work: ModelWork }
  | { readonly kind: 'cells'; readonly program: () => Program }
);

/** The programs of work, each with how often it runs. */
export const runsOf = (work: Work, tensorsAt: TensorsAt): readonly ProgramRun[] => {
  if (work.kind === 'model') return [{ kind: 'model', key: programKey(work.program, work.at), times: work.times, work }];
  if (work.kind === 'repeated')
    return work.work.flatMap((each) => runsOf(each, tensorsAt)).map((run) => ({ ...run, times: work.times * run.times }));
  if (work.kind === 'resize') {
    const tensors = tensorsAt(work.at)[work.of === 'layers' ? 'layer' : 'shared'];
    const { cells: times, resizing } = work;
    return [{ kind: 'cells', key: resizeKey(tensors, resizing), times, program: () => resizeProgram(tensors, resizing) }];
  }
  if (work.kind === 'widen') {
    const tensors = tensorsAt(work.at)[work.of === 'layers' ? 'layer' : 'shared'];
    const { cells: times, widening } = work;
    return [{ kind: 'cells', key: widenKey(tensors, widening), times, program: () => widenProgram(tensors, widening) }];
  }
  if (work.kind === 'outer') {
    const { cells: times, step } = work;
    const tensors = steppedTensors(tensorsAt(work.at)[work.of === 'layers' ? 'layer' : 'shared'], step);
    return times === 0 ? [] : [{ kind: 'cells', key: outerKey(tensors, step), times, program: () => outerProgram(tensors, step) }];
  }
  const tensors = tensorsOfBlend(work.blend, tensorsAt(work.blend.at));
  if (work.kind === 'slopes')
    return work.blend.recipes
      .filter(isMade)
      .map((recipe) => ({ kind: 'cells', key: slopesKey(recipe, tensors), program: () => slopesProgram(recipe, tensors), times: 1 }));
  const runs = new Map<string, ProgramRun>();
  for (const each of work.blend.recipes.flatMap((recipe) => workOf(recipe, work.blend.moments, tensors))) {
    const key = blendKey(each);
    runs.set(key, { kind: 'cells', key, program: () => blendProgram(each), times: (runs.get(key)?.times ?? 0) + 1 });
  }
  return [...runs.values()];
};

/** @param flopsOf FLOPs of one run of a program. */
export const flopsOfWork = (work: readonly Work[], tensorsAt: TensorsAt, flopsOf: (run: ProgramRun) => Flops): Flops =>
  work.flatMap((each) => runsOf(each, tensorsAt)).reduce((sum, run) => addFlops(sum, scaleFlops(run.times, flopsOf(run))), noFlops);
