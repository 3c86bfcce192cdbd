/**
 * The programs that a stage runs, and how often each: a training step, an evaluation, a transfer with all else that its stage asks for. The plan
 * costs these lists, and the runner counts the same on what it executes. Not here: what the programs cost, what they compute.
 */
import { match } from 'ts-pattern';
import type { Program } from '../program/program.js';
import { gridOf } from '../schedule/grid.js';
import type { Evaluation } from '../schedule/schedule.js';
import type { TensorsAt } from '../transfer/layer-tensor.js';
import { blendKey, blendProgram, tensorsOfBlend, workOf } from '../transfer/recipe-programs.js';
import type { Blend, ResolvedProlongation, ResolvedRestriction, ResolvedVisit, WidthTransfer } from '../transfer/resolved.js';
import { tryOf } from '../transfer/tries.js';
import { resizeKey, resizeProgram } from '../transfer/width.js';
import { type ProgramKind, type ProgramPlace, programsOfStep } from './programs.js';

/** A program, and how often it runs: one of the model's at a place, or one that moves cells. */
export type Work =
  | { readonly kind: 'model'; readonly program: ProgramKind; readonly at: ProgramPlace; readonly times: number }
  /** Of one key, the same program. */
  | { readonly kind: 'cells'; readonly key: string; readonly program: () => Program; readonly times: number };

const model = (program: ProgramKind, at: ProgramPlace, times: number): Work => ({ kind: 'model', program, at, times });

/** One training step. */
export const stepWork = (at: ProgramPlace): readonly Work[] => programsOfStep(at).map(([kind, times]) => model(kind, at, times));

/** One evaluation, all its batches together. */
export const evaluationWork = ({ batches }: Evaluation, at: ProgramPlace): readonly Work[] => [
  model('evaluation', at, batches * (at.accumulate ?? 1)),
];

const blendWork = (blend: Blend, tensorsAt: TensorsAt): readonly Work[] => {
  const tensors = tensorsOfBlend(blend, tensorsAt(blend.at));
  const work = new Map<string, Work>();
  for (const each of blend.recipes.flatMap((recipe) => workOf(recipe, blend.moments, tensors))) {
    const key = blendKey(each);
    work.set(key, { kind: 'cells', key, program: () => blendProgram(each), times: (work.get(key)?.times ?? 0) + 1 });
  }
  return [...work.values()];
};

const widthWork = ({ shared, resizing, at, cells }: WidthTransfer, tensorsAt: TensorsAt): readonly Work[] => {
  const tensors = tensorsAt(at);
  const resize = (of: 'layer' | 'shared', times: number): Work => ({
    kind: 'cells',
    key: resizeKey(tensors[of], resizing),
    program: () => resizeProgram(tensors[of], resizing),
    times,
  });
  // A network without layers has none to resize.
  const layers = cells.layers === 0 ? [] : [resize('layer', cells.layers)];
  return [...blendWork(shared, tensorsAt), ...layers, resize('shared', cells.shared)];
};

const restriction = (visit: ResolvedVisit, { layers, width, tau }: ResolvedRestriction, tensorsAt: TensorsAt): readonly Work[] => {
  const { from, accumulate = 1 } = visit;
  const gradients = (tau?.batches ?? 0) * accumulate;
  return [
    ...blendWork(layers, tensorsAt),
    ...(width === undefined ? [] : widthWork(width, tensorsAt)),
    ...(tau === undefined
      ? []
      : [
          model('tau', { ...from, accumulate }, gradients),
          ...blendWork(tau.gradient, tensorsAt),
          model('tau', { ...gridOf(visit), accumulate }, gradients),
        ]),
  ];
};

/** Try after try: the objective where the fine level was and at each try, the correction at each, the shared layers' at each but the first. */
const searching = (visit: ResolvedVisit, { layers, search }: ResolvedProlongation, tensorsAt: TensorsAt): readonly (readonly Work[])[] => {
  if (search === undefined) return [];
  const { tries, batches } = search;
  const objective = model('line-search', visit, batches * (visit.accumulate ?? 1));
  const attempt = (number: number): readonly Work[] => {
    const { layers: corrected, shared } = tryOf(layers, search, number);
    return [...blendWork(corrected, tensorsAt), ...(shared === undefined ? [] : blendWork(shared, tensorsAt)), objective];
  };
  const later = tries > 1 ? attempt(2) : [];
  return [[objective, ...attempt(1)], ...Array.from({ length: tries - 1 }, () => later)];
};

/**
 * What a transfer runs, in parts after each of which it may end: one part, but of a line search one for each try. None for the beginning of an arm,
 * nor for training.
 */
export const transferWork = (visit: ResolvedVisit, tensorsAt: TensorsAt): readonly (readonly Work[])[] => {
  const { transfer } = visit;
  if (transfer === undefined) return [];
  return match(transfer)
    .returnType<readonly (readonly Work[])[]>()
    .with({ kind: 'restrict' }, (resolved) => [restriction(visit, resolved, tensorsAt)])
    .with({ kind: 'prolongate' }, (resolved) => {
      if (resolved.search !== undefined) return searching(visit, resolved, tensorsAt);
      const { layers, width } = resolved;
      return [[...blendWork(layers, tensorsAt), ...(width === undefined ? [] : widthWork(width, tensorsAt))]];
    })
    .with({ kind: 'grow' }, ({ layers }) => [blendWork(layers, tensorsAt)])
    .with({ kind: 'merge' }, ({ layers, shared }) => [[...blendWork(layers, tensorsAt), ...blendWork(shared, tensorsAt)]])
    .exhaustive();
};
