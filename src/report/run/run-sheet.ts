/**
 * The closing table of a run, as cells and sentences from records: a row for each stage, separate rows for evaluation during training and at the end,
 * totals, and the saving against the same number of steps all on the finest level. Not here: how records are gathered (`run-record.ts`, the runner).
 */

import type { Plan } from '../../plan/plan.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../../program/types/flops.js';
import type { StageRecord } from '../../runner/events/events.js';
import { communicatedCounted } from '../plan/communicated-lines.js';
import { learntFits } from '../plan/fit-lines.js';
import { takenSearches } from '../plan/line-search-lines.js';
import { FITS, fitsOf, UPDATES } from '../plan/plan-sheet.js';
import { indented } from '../table/arms.js';
import { bitsSentence } from '../table/bits-per-byte.js';
import { count, counted, loss, percent, quantity, seconds, stepSize } from '../table/format.js';
import { type StageTable, stageTable } from '../table/level-columns.js';
import { elide, type Row, type Sheet } from '../table/sheet.js';
import { stageLabel } from '../table/stage-label.js';
import { spikeLines } from './spike-lines.js';

const FIGURES = {
  h: ['h'],
  steps: ['steps'],
  tokens: ['tokens'],
  planned: ['FLOPs', 'planned'],
  counted: ['FLOPs', 'counted'],
  training: ['loss', 'train'],
  validation: ['loss', 'valid'],
  seconds: ['seconds'],
} as const;

export interface RunFigures {
  readonly steps: number;
  readonly tokens: number;
  /** Training and transfers, to which the method's saving refers. */
  readonly planned: Flops;
  readonly counted: Flops;
  readonly transfers: Flops;
  /** The part of the counted training that is the optimizer's updates. */
  readonly updates: Flops;
  readonly evaluations: number;
  readonly evaluationPlanned: Flops;
  readonly evaluationCounted: Flops;
  /** Matmul FLOPs that the steps would have taken if all of them had run on the finest level. */
  readonly allFine: number;
  /** 1 - counted / allFine; undefined if nothing was trained. */
  readonly saving: number | undefined;
  /** Whether, in every stage, the counted FLOPs are exactly those planned for the steps that ran. */
  readonly asPlanned: boolean;
  /** Whether some stage did not reach its end. */
  readonly stopped: boolean;
  readonly seconds: number;
}

const sum = (flops: readonly Flops[]): Flops => flops.reduce(addFlops, noFlops);

/** Matmul FLOPs that the plan gives for the part of a stage that ran. */
const plannedSoFar = (stage: StageRecord, plan: Plan): number =>
  stage.stepsRun === stage.steps ? stage.planned.matmul : stage.stepsRun * (plan.stages[stage.index]?.flopsPerStep.matmul ?? 0);

/** Whether steps of a stage, or the evaluation at its end, are missing. */
const isCutShort = ({ index, stepsRun, steps, endedBy, evaluations }: StageRecord, plan: Plan): boolean =>
  (stepsRun < steps && endedBy === undefined) || evaluations < (plan.stages[index]?.least.evaluations ?? 0);

/** Sums over the stages of a run; a stopped run is compared with as many fine steps as it ran. */
export const runFigures = (stages: readonly StageRecord[], plan: Plan): RunFigures => {
  const counted = sum(stages.map((stage) => stage.counted));
  const steps = stages.reduce((sum, stage) => sum + stage.stepsRun, 0);
  const allFine = stages.reduce((sum, { index, stepsRun }) => sum + stepsRun * (plan.stages[index]?.finePerStep.matmul ?? 0), 0);
  return {
    steps,
    tokens: stages.reduce((sum, stage) => sum + stage.tokens, 0),
    planned: sum(stages.map((stage) => stage.planned)),
    counted,
    transfers: sum(stages.filter((stage) => stage.kind !== 'train').map((stage) => stage.counted)),
    updates: sum(stages.map(({ index, stepsRun }) => scaleFlops(stepsRun, plan.stages[index]?.updateFlopsPerStep ?? noFlops))),
    evaluations: stages.reduce((sum, stage) => sum + stage.evaluations, 0),
    evaluationPlanned: sum(stages.map((stage) => plan.stages[stage.index]?.evaluationFlops ?? noFlops)),
    evaluationCounted: sum(stages.map((stage) => stage.evaluationFlops)),
    allFine,
    saving: allFine === 0 ? undefined : 1 - counted.matmul / allFine,
    asPlanned: stages.every((stage) => stage.counted.matmul === plannedSoFar(stage, plan)),
    stopped: stages.length < plan.stages.length || stages.some((stage) => isCutShort(stage, plan)),
    seconds: stages.reduce((sum, stage) => sum + stage.seconds, 0),
  };
};

type Figures = Partial<Record<keyof typeof FIGURES, string>>;

const products = (planned: number, counted: number): Figures => ({ planned: count(planned), counted: count(counted) });

/** How a stage with an end condition ended. */
export const endPhrase = ({ endedBy, stepsRun, steps }: StageRecord): string =>
  endedBy === 'atMost' ? 'ended at its last step' : `ended by ${endedBy} (${stepsRun} of ${steps})`;

const stageRows = (stage: StageRecord, plan: Plan, { row }: StageTable<keyof Figures>): readonly Row[] => {
  const { trainingLoss, validationLoss, evaluations, evaluationFlops } = stage;
  const evaluates = stage.kind === 'evaluate';
  const looks = products((plan.stages[stage.index]?.evaluationFlops ?? noFlops).matmul, evaluationFlops.matmul);
  return [
    row(indented(stageLabel(stage.op), stage), stage, {
      h: stepSize(stage.h),
      ...(stage.kind === 'train' && { steps: String(stage.stepsRun), tokens: count(stage.tokens) }),
      ...(evaluates ? looks : products(stage.planned.matmul, stage.counted.matmul)),
      ...(trainingLoss !== undefined && { training: loss(trainingLoss) }),
      ...(validationLoss !== undefined && { validation: loss(validationLoss) }),
      seconds: seconds(stage.seconds),
    }),
    ...(stage.endedBy === undefined ? [] : [row(indented(endPhrase(stage), stage), undefined, {})]),
    ...(evaluations === 0 || evaluates ? [] : [row(indented(`evaluation ×${evaluations}`, stage), stage, looks)]),
  ];
};

/**
 * The closing table; its sentences give the saving, or the reason why there is none.
 *
 * @param bytesPerToken bytes of the text per token, for the sentence about bits per byte; undefined for random tokens
 */
export const runSheet = (stages: readonly StageRecord[], plan: Plan, bytesPerToken?: number): Sheet => {
  const figures = runFigures(stages, plan);
  const plannedTransfers = sum(stages.filter((stage) => stage.kind !== 'train').map((stage) => stage.planned));
  const plannedFits = fitsOf(stages.map(({ index }) => plan.stages[index]));
  const countedFits = fitsOf(stages.flatMap(({ index, fit }) => (fit === undefined ? [] : [plan.stages[index]])));
  const table = stageTable(FIGURES, stages, { compact: true });
  const evaluated = stages.some(({ validationLoss }) => validationLoss !== undefined);
  const inBits = bytesPerToken === undefined || !evaluated ? [] : [bitsSentence(bytesPerToken)];
  const total = (label: string, figures: Figures): Row => table.row(label, undefined, figures);
  const rows: Row[] = [
    ...elide(stages.flatMap((stage) => stageRows(stage, plan, table))),
    'rule',
    total('training', {
      steps: String(figures.steps),
      tokens: count(figures.tokens),
      ...products(figures.planned.matmul - plannedTransfers.matmul, figures.counted.matmul - figures.transfers.matmul),
      seconds: seconds(figures.seconds),
    }),
    ...(plan.updates.matmul === 0 ? [] : [total(UPDATES, products(plan.updates.matmul, figures.updates.matmul))]),
    total('transfers', products(plannedTransfers.matmul, figures.transfers.matmul)),
    ...(plannedFits.matmul === 0 ? [] : [total(FITS, products(plannedFits.matmul, countedFits.matmul))]),
    total('all fine', { steps: String(figures.steps), planned: count(figures.allFine) }),
    total('evaluation', products(figures.evaluationPlanned.matmul, figures.evaluationCounted.matmul)),
  ];
  return {
    columns: table.columns,
    rows,
    sentences: [...closing(figures, plan), ...takenSearches(stages), ...learntFits(stages), ...spikeLines(stages), ...inBits],
  };
};

const closing = (figures: RunFigures, plan: Plan): readonly string[] => {
  const { stopped } = figures;
  const apart = `FLOPs are those of matrix products; besides them ${quantity(figures.counted.softmax, 'FLOP')} of softmax and ${quantity(figures.counted.elementwise, 'FLOP')} of elementwise work.`;
  const agreement = figures.asPlanned
    ? `Counted on the executed programs, they are what was planned${figures.steps < plan.steps ? ' for the steps that ran' : ''}, to the last one.`
    : 'They differ from what was planned.';
  const saving =
    figures.saving === undefined
      ? 'Nothing was trained.'
      : stopped
        ? `Stopped after ${figures.steps} of ${counted(plan.steps, 'step')}: no saving can be given.`
        : `Saving: ${percent(figures.saving)} of the training FLOPs of ${counted(figures.steps, 'step')} on the finest level (${quantity(figures.counted.matmul, 'FLOP')} instead of ${quantity(figures.allFine, 'FLOP')}).`;
  const { planned, counted: taken, evaluationPlanned, evaluationCounted } = figures;
  return [saving, apart, agreement, ...communicatedCounted([planned, evaluationPlanned], [taken, evaluationCounted])];
};
