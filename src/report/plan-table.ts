/**
 * The table of a plan: what each stage will cost, before anything runs. Text from a plan; not here: how a plan is made
 * (`src/schedule/plan.ts`) or which FLOP conventions there are (`src/model/conventions.ts`).
 */
import { addFlops, type Flops, noFlops } from '../program/flops.js';
import type { Plan, PlannedStage } from '../schedule/plan.js';
import { count, percent, quantity, stepSize } from './format.js';
import { type Column, type Row, renderTable } from './table.js';

const COLUMNS: readonly Column[] = [
  { head: ['stage'], align: 'left', shrinks: true },
  { head: ['level'], align: 'right' },
  { head: ['layers'], align: 'right' },
  { head: ['h'], align: 'right' },
  { head: ['steps'], align: 'right' },
  { head: ['tokens'], align: 'right' },
  { head: ['FLOPs', 'a step'], align: 'right' },
  { head: ['FLOPs'], align: 'right' },
  { head: ['share of', 'all fine'], align: 'right' },
];

export interface PlanFigures {
  readonly steps: number;
  readonly tokens: number;
  /** Training and transfers. */
  readonly total: Flops;
  readonly transfers: Flops;
  readonly evaluations: number;
  readonly evaluation: Flops;
  /** 1 - total / allFine on matrix products; undefined when nothing is trained. */
  readonly saving: number | undefined;
}

/** Sums a plan's stages. */
export const planFigures = (plan: Plan): PlanFigures => {
  const sum = (pick: (stage: PlannedStage) => Flops, stages = plan.stages): Flops => stages.map(pick).reduce(addFlops, noFlops);
  const total = sum((stage) => stage.flops);
  return {
    steps: plan.stages.reduce((steps, stage) => steps + stage.steps, 0),
    tokens: plan.stages.reduce((tokens, stage) => tokens + stage.tokens, 0),
    total,
    transfers: sum(
      (stage) => stage.flops,
      plan.stages.filter((stage) => stage.kind !== 'train'),
    ),
    evaluations: plan.stages.reduce((evaluations, stage) => evaluations + stage.evaluations, 0),
    evaluation: sum((stage) => stage.evaluationFlops),
    saving: plan.allFine.matmul === 0 ? undefined : 1 - total.matmul / plan.allFine.matmul,
  };
};

/** The plan as a table of `width` characters a line, with the saving said under it. */
export const planTable = (plan: Plan, width = 80): string => {
  const figures = planFigures(plan);
  const share = (flops: number): string => (plan.allFine.matmul === 0 ? '' : percent(flops / plan.allFine.matmul));
  const rows: Row[] = [
    ...plan.stages.flatMap((stage): readonly Row[] => {
      const trains = stage.kind === 'train';
      const row: Row = [
        stage.op,
        String(stage.level),
        String(stage.layers),
        stepSize(stage.h),
        trains ? String(stage.steps) : '',
        trains ? count(stage.tokens) : '',
        trains ? count(stage.flopsPerStep.matmul) : '',
        count(stage.flops.matmul),
        trains ? share(stage.flops.matmul) : '',
      ];
      if (stage.evaluations === 0) return [row];
      const evaluation: Row = [
        `  evaluation ×${stage.evaluations}`,
        String(stage.level),
        String(stage.layers),
        '',
        '',
        '',
        '',
        count(stage.evaluationFlops.matmul),
      ];
      return [row, evaluation];
    }),
    'rule',
    ['training', '', '', '', String(figures.steps), count(figures.tokens), '', count(figures.total.matmul), share(figures.total.matmul)],
    ['all fine', '', '', '', String(figures.steps), count(figures.tokens), '', count(plan.allFine.matmul), share(plan.allFine.matmul)],
    ['evaluation', '', '', '', '', '', '', count(figures.evaluation.matmul)],
  ];
  const saving =
    figures.saving === undefined
      ? 'Nothing is trained.'
      : `Saving: ${percent(figures.saving)} of the training FLOPs of ${figures.steps} steps on the finest level.`;
  const apart = `FLOPs are those of matrix products; besides them ${quantity(figures.total.softmax, 'FLOP')} of softmax and ${quantity(figures.total.elementwise, 'FLOP')} of elementwise work.`;
  return `${renderTable(COLUMNS, rows, width)}\n\n${saving}\n${apart}`;
};
