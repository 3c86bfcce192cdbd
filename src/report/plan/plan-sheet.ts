/**
 * The table of a plan, as cells and sentences: what each stage will cost, before anything runs. Not here: how a plan is made (`src/plan/plan.ts`), which
 * FLOP conventions there are (`src/model/conventions.ts`).
 */
import type { Plan, PlannedStage } from '../../plan/plan.js';
import { addFlops, type Flops, noFlops } from '../../program/types/flops.js';
import { indented } from '../table/arms.js';
import { count, counted, percent, quantity, stepSize } from '../table/format.js';
import { loopsSentence } from '../table/layers.js';
import { stageTable } from '../table/level-columns.js';
import { elide, type Row, type Sheet } from '../table/sheet.js';
import { stageLabel } from '../table/stage-label.js';
import { communicatedPlanned } from './communicated-lines.js';
import { plannedSearches } from './line-search-lines.js';

const FIGURES = {
  h: ['h'],
  steps: ['steps'],
  tokens: ['tokens'],
  step: ['FLOPs', 'a step'],
  flops: ['FLOPs'],
  share: ['share of', 'all fine'],
} as const;

/** A row for the part of training that is the optimizer's; a rule without matrix products has none. */
export const UPDATES = 'of it, updates';

/** A row for the part of transfers that learning them is. */
export const FITS = 'of it, fits';

const ENDS = 'Stages with an end may take fewer steps, as decided while they run; the learning rate keeps the clock of the plan.';

/** The FLOPs of all fits of stages. */
export const fitsOf = (stages: readonly (PlannedStage | undefined)[]): Flops =>
  stages.reduce((sum, stage) => addFlops(sum, stage?.fitFlops ?? noFlops), noFlops);

/** The plan as a table, with the saving under it. */
export const planSheet = (plan: Plan): Sheet => {
  const share = (flops: number): string => (plan.allFine.matmul === 0 ? '' : percent(flops / plan.allFine.matmul));
  const { columns, row } = stageTable(FIGURES, plan.stages);
  const { least } = plan;
  const open = least.steps < plan.steps;
  const steps = (number: number, tokens: number, flops: number) =>
    ({ steps: String(number), tokens: count(tokens), flops: count(flops), share: share(flops) }) as const;
  const fewest = 'or fewer, from';
  const stageRows = (stage: PlannedStage): readonly Row[] => {
    const { least, flopsPerStep, evaluations, evaluationFlops } = stage;
    const evaluates = stage.kind === 'evaluate';
    const looks = least.evaluations === evaluations ? evaluations : `${least.evaluations}–${evaluations}`;
    const fewestTokens = stage.batch * stage.context * least.steps;
    return [
      row(indented(stageLabel(stage.op), stage), stage, {
        h: stepSize(stage.h),
        flops: count((evaluates ? evaluationFlops : stage.flops).matmul),
        ...(stage.kind === 'train' && { ...steps(stage.steps, stage.tokens, stage.flops.matmul), step: count(flopsPerStep.matmul) }),
      }),
      ...(least.steps === stage.steps
        ? []
        : [row(indented(fewest, stage), undefined, steps(least.steps, fewestTokens, flopsPerStep.matmul * least.steps))]),
      ...(evaluations === 0 || evaluates
        ? []
        : [row(indented(`evaluation ×${looks}`, stage), stage, { flops: count(evaluationFlops.matmul) })]),
    ];
  };
  const total = (label: string, figures: Parameters<typeof row>[2]): Row => row(label, undefined, figures);
  const fits = fitsOf(plan.stages);
  const rows: Row[] = [
    ...elide(plan.stages.flatMap(stageRows)),
    'rule',
    total('training', steps(plan.steps, plan.tokens, plan.training.matmul)),
    ...(plan.updates.matmul === 0 ? [] : [total(UPDATES, { flops: count(plan.updates.matmul), share: share(plan.updates.matmul) })]),
    ...(open ? [total(fewest, steps(least.steps, least.tokens, least.training.matmul))] : []),
    total('transfers', { flops: count(plan.transfer.matmul) }),
    ...(fits.matmul === 0 ? [] : [total(FITS, { flops: count(fits.matmul) })]),
    total('all fine', steps(plan.steps, plan.tokens, plan.allFine.matmul)),
    total('evaluation', { flops: count(plan.evaluation.matmul) }),
  ];
  const saving =
    plan.steps === 0
      ? 'Nothing is trained.'
      : `Saving: ${percent(plan.saving)} of the training FLOPs of ${counted(plan.steps, 'step')} on the finest level${open ? ', if no end is met' : ''}.`;
  const apart = `FLOPs are those of matrix products; besides them ${quantity(plan.total.softmax, 'FLOP')} of softmax and ${quantity(plan.total.elementwise, 'FLOP')} of elementwise work.`;
  return {
    columns,
    rows,
    sentences: [
      saving,
      ...loopsSentence(plan.stages),
      ...(open ? [ENDS] : []),
      ...plannedSearches(plan),
      apart,
      ...communicatedPlanned(plan),
    ],
  };
};
