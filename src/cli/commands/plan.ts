/**
 * `vcycle plan`: what a pipeline will cost on a backend, stage by stage, before anything runs; several pipelines are compared in one table.
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import type { SizedModel } from '../../model/family.js';
import { parameterCount } from '../../model/parameters.js';
import { stateBytes } from '../../model/state-bytes.js';
import { cutShort } from '../../plan/cut-short.js';
import { finalModel } from '../../plan/final-model.js';
import type { PlannedStage } from '../../plan/plan.js';
import { type Fitting, settingsWithin } from '../../plan/settings-within.js';
import { backendLine, copiesLine } from '../../report/plan/backend-line.js';
import { exchangedLines } from '../../report/plan/communicated-lines.js';
import { conventionLine, conventionTotals } from '../../report/plan/convention-totals.js';
import { cutShortLines } from '../../report/plan/cut-short-lines.js';
import { fittingSheet, nothingFits } from '../../report/plan/fitting-sheet.js';
import { learningRateLine } from '../../report/plan/learning-rate-line.js';
import { type Held, memoryLine } from '../../report/plan/memory-line.js';
import { planTable } from '../../report/plan/plan-table.js';
import { sideBySideSheet } from '../../report/plan/side-by-side.js';
import { onSpikeLine } from '../../report/run/spike-lines.js';
import { count, counted } from '../../report/table/format.js';
import { renderSheet } from '../../report/table/table.js';
import { wrap } from '../../report/table/wrap.js';
import type { Schedule } from '../../schedule/schedule.js';
import { movesOf } from '../../transfer/moves.js';
import { resolve } from '../../transfer/resolve.js';
import { type BackendChoice, memoryOf, plannedOn } from '../backends/registry.js';
import type { PipelineOptions } from '../options/pipeline-options.js';
import { TEXT_NAME } from '../pipeline/load-pipeline.js';
import { nameOf, type Planned, plannedPipelines } from '../pipeline/planned.js';
import { namingFlags } from '../pipeline/text-pipeline.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { printJson, printText } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

const stageJson = (stage: PlannedStage) => ({
  index: stage.index,
  op: stage.op,
  kind: stage.kind,
  level: stage.level,
  layers: stage.layers,
  heads: stage.heads,
  width: stage.width,
  h: stage.h,
  ...(stage.loops === undefined ? {} : { loops: stage.loops }),
  steps: stage.steps,
  tokens: stage.tokens,
  flopsPerStep: stage.flopsPerStep.matmul,
  updateFlopsPerStep: stage.updateFlopsPerStep.matmul,
  flops: stage.flops.matmul,
  softmaxFlops: stage.flops.softmax,
  elementwiseFlops: stage.flops.elementwise,
  evaluations: stage.evaluations,
  evaluationFlops: stage.evaluationFlops.matmul,
  least: {
    steps: stage.least.steps,
    tokens: stage.steps === 0 ? 0 : (stage.tokens / stage.steps) * stage.least.steps,
    flops: stage.kind === 'train' ? stage.flopsPerStep.matmul * stage.least.steps : (stage.byTries?.[0] ?? stage.flops).matmul,
    evaluations: stage.least.evaluations,
  },
  ...(stage.byTries === undefined ? {} : { flopsByTries: stage.byTries.map(({ matmul }) => matmul) }),
});

/**
 * Everything that the table shows. FLOPs are those of matrix products unless a key says otherwise; `total` is training and transfers. Figures assume the
 * largest possible number of steps and tries, those in `least` the smallest. A convention's `forward` and `training` are for one sequence on level 0,
 * its `total` for all training steps.
 */
const planJson = (planned: Planned, backend: string) => {
  const { plan, model, named, capabilities } = planned;
  const stages = plan.stages.map(stageJson);
  return {
    name: named.name,
    backend,
    device: capabilities.device,
    stateCopies: capabilities.stateCopies,
    stateBytes: stateBytes(finalModel(model, plan), named.schedule.setup.optimizer),
    stepBytes: plan.stepBytes,
    waitingBytes: plan.waitingBytes ?? 0,
    processBytes: plan.processBytes ?? null,
    memory: memoryOf(backend) ?? null,
    parameters: parameterCount(model),
    model,
    learningRate: named.schedule.setup.optimizer.learningRate,
    data: named.schedule.setup.data,
    stages,
    steps: plan.steps,
    tokens: plan.tokens,
    total: plan.total.matmul,
    training: plan.training.matmul,
    updates: plan.updates.matmul,
    transfer: plan.transfer.matmul,
    evaluation: plan.evaluation.matmul,
    softmax: plan.total.softmax,
    elementwise: plan.total.elementwise,
    ...(capabilities.ranks === undefined
      ? {}
      : { ranks: capabilities.ranks, communicated: (plan.total.communicated ?? 0) + (plan.evaluation.communicated ?? 0) }),
    allFine: plan.allFine.matmul,
    saving: plan.saving,
    least: {
      steps: plan.least.steps,
      tokens: stages.reduce((sum, { least }) => sum + least.tokens, 0),
      training: plan.least.training.matmul,
      transfer: stages.reduce((sum, { kind, least }) => sum + (kind === 'train' ? 0 : least.flops), 0),
      evaluation: plan.least.evaluation.matmul,
    },
    clock: plan.clock,
    ...(plan.exchanged === undefined ? {} : { exchanged: plan.exchanged }),
    cutShort: cutShort(named.schedule, plan),
    moves: movesOf(resolve(named.schedule)),
    conventions: Object.fromEntries(conventionTotals(plan, model).map(({ name, ...convention }) => [name, convention])),
  };
};

const documentsPhrase = ({ setup: { data } }: Schedule): string =>
  data.kind === 'text' && data.documents === 'separate' ? ', documents separate' : '';

const sizesOf = (model: SizedModel): string =>
  `${count(parameterCount(model))} parameters: ${counted(model.layers, 'layer')} of width ${model.width}, ${counted(model.heads, 'head')}`;

const planText = (planned: Planned, backend: string): string => {
  const { plan, model, named, capabilities } = planned;
  const last = finalModel(model, plan);
  const grown = sizesOf(last) === sizesOf(model) ? '' : `; growing to ${sizesOf(last)}`;
  const others = conventionLine(conventionTotals(plan, model));
  const rate = learningRateLine(named.schedule.setup.optimizer.learningRate);
  const { onSpike } = named.schedule.setup;
  const spikes = onSpike === undefined ? [] : [onSpikeLine(onSpike)];
  const memory = plan.stepBytes === 0 ? [] : [memoryLine(plan, memoryOf(backend))];
  const copies = copiesLine(backend, capabilities, stateBytes(last, named.schedule.setup.optimizer));
  const head = `${sizesOf(model)}${grown}, context ${model.context}, vocabulary ${model.vocabulary}${documentsPhrase(named.schedule)}; on ${backendLine(backend, capabilities)}`;
  const width = terminalWidth();
  const wrapped = (lines: readonly string[]): string => lines.map((line) => wrap(line, width)).join('\n');
  return `${wrapped([head])}\n\n${planTable(plan, width)}\n${wrapped([others, rate, ...cutShortLines(cutShort(named.schedule, plan)), ...spikes, ...exchangedLines(plan), ...memory, copies])}`;
};

export interface PlanOptions extends PipelineOptions, BackendChoice {
  readonly json: boolean;
  /** Bytes. */
  readonly memory?: number;
}

/** Where a backend has the values of a step. */
const heldOn = (backend: string, { capabilities: { device, state } }: Planned): Held => ({
  backend,
  device,
  in: state === 'none' ? 'nothing' : memoryOf(backend) === undefined ? 'the device' : 'this machine',
});

/** Left: none fit. */
const fittingWithin = ({ named: { schedule }, model, capabilities }: Planned, available: number, where: Held): E.Either<Fault, Fitting> => {
  const fitting = settingsWithin(schedule, { vocabulary: model.vocabulary, capabilities }, available);
  return fitting.settings.length === 0 ? E.left(inputFault(nothingFits(fitting, available, where))) : E.right(fitting);
};

const fittingJson = ({ settings }: Fitting) =>
  settings.map(({ accumulate, recompute, flops, memory: { stepBytes, processBytes = null } }) => ({
    accumulate,
    recompute: recompute ?? null,
    flops,
    stepBytes,
    processBytes,
  }));

/** Files are listed by their names; texts are numbered, and printed under the table. */
const comparison = (pipelines: readonly string[], all: readonly Planned[]): string => {
  const compared = all.map(({ named, plan }, index) => ({ name: nameOf(named, index), plan, moves: movesOf(resolve(named.schedule)) }));
  const texts = pipelines.flatMap((text, index) => (all[index]?.named.name === TEXT_NAME ? [`${compared[index]?.name} ${text}`] : []));
  const rates = all.flatMap(({ named, plan }, index) =>
    cutShortLines(cutShort(named.schedule, plan)).map((line) => `${compared[index]?.name}: ${line}`),
  );
  const { sentences, ...sheet } = sideBySideSheet(compared);
  return renderSheet({ ...sheet, sentences: [...texts, ...sentences, ...rates] }, terminalWidth());
};

/** `vcycle plan PIPELINE…`. Left: a pipeline, data or backend that is wrong. */
export const plan = (pipelines: readonly string[], options: PlanOptions): TE.TaskEither<Fault, ExitCode> =>
  namingFlags(options)(async () => {
    const capabilities = await plannedOn(options)();
    if (E.isLeft(capabilities)) return capabilities;
    const all = await plannedPipelines(pipelines, options, capabilities.right)();
    if (E.isLeft(all)) return all;
    const [only, ...more] = all.right;
    if (options.memory !== undefined && only !== undefined) {
      if (more.length > 0) return E.left(inputFault(`--memory goes with one pipeline (was ${all.right.length}); give the others apart`));
      const where = heldOn(options.backend, only);
      const fitting = fittingWithin(only, options.memory, where);
      if (E.isLeft(fitting)) return fitting;
      const { batch } = only.named.schedule.setup;
      if (options.json) printJson(fittingJson(fitting.right));
      else printText(renderSheet(fittingSheet(fitting.right, batch, options.memory, where), terminalWidth()));
      return E.right(EXIT.done);
    }
    if (options.json) {
      const data = all.right.map((each) => planJson(each, options.backend));
      printJson(more.length === 0 ? data[0] : data);
    } else printText(only !== undefined && more.length === 0 ? planText(only, options.backend) : comparison(pipelines, all.right));
    return E.right(EXIT.done);
  });
