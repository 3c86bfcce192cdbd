/**
 * The table of a plan: what each stage will cost, before anything runs. Cells and sentences from a plan; not here: how a plan is made
 * (`src/plan/plan.ts`) or which FLOP conventions there are (`src/model/conventions.ts`).
 */
import type { Plan } from '../../plan/plan.js';
import { indented } from '../table/arms.js';
import { count, counted, percent, quantity, stepSize } from '../table/format.js';
import { levelColumns } from '../table/level-columns.js';
import { type Column, elide, type Row, type Sheet } from '../table/sheet.js';
import { stageLabel } from '../table/stage-label.js';
import { plannedSearches } from './line-search-lines.js';

const STAGE: Column = { head: ['stage'], align: 'left', shrinks: true };

const FIGURES: readonly Column[] = [
  { head: ['h'], align: 'right' },
  { head: ['steps'], align: 'right' },
  { head: ['tokens'], align: 'right' },
  { head: ['FLOPs', 'a step'], align: 'right' },
  { head: ['FLOPs'], align: 'right' },
  { head: ['share of', 'all fine'], align: 'right' },
];

const ENDS = 'Stages with an end may take fewer steps, as decided while they run; the learning rate keeps the clock of the plan.';

/** The plan as a table, with the saving said under it. */
export const planSheet = (plan: Plan): Sheet => {
  const share = (flops: number): string => (plan.allFine.matmul === 0 ? '' : percent(flops / plan.allFine.matmul));
  const grids = levelColumns(plan.stages);
  const open = plan.least.steps < plan.steps;
  const { least } = plan;
  const tokensPerStep = plan.tokens / plan.steps;
  const fewest: Row = [
    ...['or fewer, from', ...grids.none, '', String(least.steps), count(tokensPerStep * least.steps), ''],
    ...[count(least.training.matmul), share(least.training.matmul)],
  ];
  const rows: Row[] = [
    ...elide(
      plan.stages.flatMap((stage): readonly Row[] => {
        const trains = stage.kind === 'train';
        const evaluates = stage.kind === 'evaluate';
        const row: Row = [
          indented(stageLabel(stage.op), stage),
          ...grids.cells(stage),
          stepSize(stage.h),
          trains ? String(stage.steps) : '',
          trains ? count(stage.tokens) : '',
          trains ? count(stage.flopsPerStep.matmul) : '',
          count((evaluates ? stage.evaluationFlops : stage.flops).matmul),
          trains ? share(stage.flops.matmul) : '',
        ];
        const fewest: Row = [
          indented('or fewer, from', stage),
          ...grids.none,
          '',
          String(stage.least.steps),
          count((stage.tokens / stage.steps) * stage.least.steps),
          '',
          count(stage.flopsPerStep.matmul * stage.least.steps),
          share(stage.flopsPerStep.matmul * stage.least.steps),
        ];
        const stageRows = stage.least.steps === stage.steps ? [row] : [row, fewest];
        if (stage.evaluations === 0 || evaluates) return stageRows;
        const evaluation: Row = [
          indented(
            `evaluation ×${stage.least.evaluations === stage.evaluations ? '' : `${stage.least.evaluations}–`}${stage.evaluations}`,
            stage,
          ),
          ...grids.cells(stage),
          '',
          '',
          '',
          '',
          count(stage.evaluationFlops.matmul),
        ];
        return [...stageRows, evaluation];
      }),
    ),
    'rule',
    ['training', ...grids.none, '', String(plan.steps), count(plan.tokens), '', count(plan.training.matmul), share(plan.training.matmul)],
    ...(open ? [fewest] : []),
    ['transfers', ...grids.none, '', '', '', '', count(plan.transfer.matmul)],
    ['all fine', ...grids.none, '', String(plan.steps), count(plan.tokens), '', count(plan.allFine.matmul), share(plan.allFine.matmul)],
    ['evaluation', ...grids.none, '', '', '', '', count(plan.evaluation.matmul)],
  ];
  const saving =
    plan.steps === 0
      ? 'Nothing is trained.'
      : `Saving: ${percent(plan.saving)} of the training FLOPs of ${counted(plan.steps, 'step')} on the finest level${open ? ', if no end is met' : ''}.`;
  const apart = `FLOPs are those of matrix products; besides them ${quantity(plan.total.softmax, 'FLOP')} of softmax and ${quantity(plan.total.elementwise, 'FLOP')} of elementwise work.`;
  return {
    columns: [STAGE, ...grids.columns, ...FIGURES],
    rows,
    sentences: [saving, ...(open ? [ENDS] : []), ...plannedSearches(plan), apart],
  };
};
