/**
 * What `vcycle run` and `vcycle resume` report after training: table, saving, folder, two pictures, a paragraph of sampled text; and the exit code, 0 if
 * the run finished, 1 if it was interrupted, diverged or failed. Not here: which training (`commands/`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import type { Backend } from '../../backend.js';
import { bitsPerByte } from '../../data/bytes-per-token.js';
import type { Dataset } from '../../data/dataset.js';
import { type Fault, runFault } from '../../fault.js';
import { Folder } from '../../files/folder.js';
import type { TracedPlan } from '../../plan/plan-schedule.js';
import { lossPlot } from '../../report/charts/plots.js';
import { backendLine, nothingComputed } from '../../report/plan/backend-line.js';
import { memoryWarning } from '../../report/plan/memory-line.js';
import { createProgress } from '../../report/run/progress.js';
import { readRun } from '../../report/run/read-run.js';
import { type RunFigures, runFigures } from '../../report/run/run-sheet.js';
import { runTable } from '../../report/run/run-table.js';
import { duration, lossInBoth, quantity } from '../../report/table/format.js';
import { layersPhrase } from '../../report/table/layers.js';
import { wrap, wrapProse } from '../../report/table/wrap.js';
import type { Reused, RunEvent } from '../../runner/events/events.js';
import { sample } from '../../runner/sample.js';
import type { Sample } from '../../runner/sampler.js';
import type { RunSummary } from '../../runner/stage-machine.js';
import type { Schedule } from '../../schedule/schedule.js';
import { print } from '../../schedule/text/index.js';
import { messageOf } from '../../thrown.js';
import { visible, visibleLines, visibleText } from '../../visible.js';
import { type BackendChoice, memoryOf, withBackend } from '../backends/registry.js';
import { sharedBy } from '../backends/shared-by.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { interruptible } from '../process/interrupt.js';
import { complain, printData, printJson, say } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

/** What the command line passes to any training, new or resumed. */
export interface RunControls {
  readonly backend: Backend;
  readonly listeners: readonly ((event: RunEvent) => void)[];
  readonly signal: AbortSignal;
  readonly planned: (plan: TracedPlan) => void;
}

export type Training = (controls: RunControls) => TE.TaskEither<Fault, RunSummary>;

const warnOfMemory =
  ({ name }: Backend) =>
  (plan: TracedPlan): void => {
    const memory = memoryOf(name);
    const warning = memory === undefined ? undefined : memoryWarning(plan, memory);
    if (warning !== undefined) complain(warning);
  };

/** Trains and shows a progress line; Ctrl-C stops it cleanly. */
const runControlled = (backend: Backend, training: Training): Promise<E.Either<Fault, RunSummary>> =>
  interruptible(async (signal) => {
    const listeners = [createProgress(process.stderr)];
    return await training({ backend, listeners, signal, planned: warnOfMemory(backend) })();
  }, say);

const computes = ({ capabilities }: Backend): boolean => capabilities.state !== 'none';

/** Writes the two pictures into the run folder and returns their paths. A run without any step or value has none. */
const draw = async (
  schedule: Schedule,
  backend: Backend,
  summary: RunSummary,
  figures: RunFigures,
): Promise<E.Either<Fault, readonly string[]>> => {
  if (figures.steps === 0 || !computes(backend)) return E.right([]);
  const folder = Folder.at(summary.folder);
  const record = await readRun(folder)();
  if (E.isLeft(record)) return record;
  const finished = summary.outcome.kind === 'finished';
  const text = {
    pipeline: print(schedule.stages) + (finished ? '' : ` · ${summary.outcome.kind} after ${figures.steps} steps`),
    backend: `${record.right.started.backend} (${record.right.started.device})`,
    ...(figures.saving === undefined || !finished ? {} : { saving: figures.saving }),
  };
  const files: string[] = [];
  for (const axis of ['steps', 'flops'] as const) {
    const svg = await lossPlot(record.right, axis, text)();
    const written = writePicture(folder, `loss-vs-${axis}.svg`, svg);
    if (E.isLeft(written)) return written;
    files.push(written.right);
  }
  return E.right(files);
};

/** @returns the picture's path. */
const writePicture = (folder: Folder, name: string, svg: string): E.Either<Fault, string> =>
  E.tryCatch(
    () => {
      folder.write(name, svg);
      return folder.pathOf(name);
    },
    (error) => runFault(`${folder.pathOf(name)}: could not be written (${messageOf(error)})`),
  );

const SAMPLE_TOKENS = 400;

/** A paragraph from the trained model; none for random tokens, a stopped run (which has no model at level 0), or the null backend (no values). */
const paragraph = async (dataset: Dataset, summary: RunSummary, backend: Backend): Promise<E.Either<Fault, string | undefined>> => {
  if (dataset.kind !== 'text' || summary.outcome.kind !== 'finished' || !computes(backend)) return E.right(undefined);
  const { folder } = summary;
  const sampled = await sample({ folder, backend, tokens: SAMPLE_TOKENS, temperature: 0.8, topK: 0, seed: 1 })();
  return E.map(({ text }: Sample) => text)(sampled);
};

/** What is reported after a run. A picture that cannot be drawn does not prevent the rest. */
interface Report {
  readonly backend: Backend;
  readonly summary: RunSummary;
  readonly figures: RunFigures;
  readonly pictures: E.Either<Fault, readonly string[]>;
  readonly text: E.Either<Fault, string | undefined>;
}

const orNothing: <A>(made: E.Either<Fault, A>) => A | undefined = E.getOrElseW(() => undefined);

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** Indentation of the text after a label. */
const LABEL = 12;

/** The model that the run saved, and its loss. */
const modelPhrase = ({ model, outcome, bytesPerToken }: RunSummary): string => {
  if (model === undefined) return 'none could be saved';
  const { step, validationLoss } = model;
  const state = `${layersPhrase(model)}${outcome.kind === 'finished' ? '' : `, after step ${step}`}`;
  if (validationLoss === undefined) return `${state}, validation loss not known: it was not evaluated`;
  return `${state}, validation loss ${lossInBoth(validationLoss, inBits(validationLoss, bytesPerToken))}`;
};

/** Which stages were not trained again, what they cost where they were, and where. */
const reusedPhrase = ({ run, stages, flops, seconds }: Reused): string =>
  `${stages === 1 ? 'stage 1' : `stages 1 to ${stages}`}, ${quantity(flops, 'FLOP')} and ${duration(seconds)} of ${visible(run)}, were not trained again`;

const reportText = ({ backend, summary, pictures, text }: Report): string => {
  const sampled = orNothing(text);
  const width = terminalWidth();
  const lines = [
    runTable(summary.stages, summary.plan, width, summary.bytesPerToken),
    '',
    `backend     ${backendLine(backend.name, backend.capabilities)}`,
    `run folder  ${visible(summary.folder)}`,
    ...wrap(`model       ${modelPhrase(summary)}`, width, LABEL).split('\n'),
    ...(summary.reused === undefined ? [] : wrap(`reused      ${reusedPhrase(summary.reused)}`, width, LABEL).split('\n')),
    ...(summary.resumes === 0 ? [] : [`resumed     ${times(summary.resumes)}`]),
    ...(orNothing(pictures) ?? []).map((file) => `picture     ${visible(file)}`),
    ...(computes(backend) ? [] : ['', wrap(nothingComputed(backend.name), width)]),
  ];
  const prose = sampled === undefined ? [] : ['', 'A sample:', wrapProse(visibleText(sampled.trim()), width)];
  return [visibleLines(lines.join('\n')), ...prose].join('\n');
};

/** Undefined if there is no loss, or no text. */
const inBits = (nats: number | undefined, bytesPerToken: number | undefined): number | undefined =>
  nats === undefined || bytesPerToken === undefined ? undefined : bitsPerByte(nats, bytesPerToken);

const reportJson = ({ backend, summary, figures, pictures, text }: Report) => ({
  folder: summary.folder,
  backend: backend.name,
  device: backend.capabilities.device,
  outcome: summary.outcome,
  model: summary.model ?? null,
  seconds: summary.seconds,
  resumes: summary.resumes,
  reused: summary.reused ?? null,
  bytesPerToken: summary.bytesPerToken ?? null,
  bitsPerByte: inBits(summary.model?.validationLoss, summary.bytesPerToken) ?? null,
  stages: summary.stages,
  steps: figures.steps,
  tokens: figures.tokens,
  planned: figures.planned.matmul,
  counted: figures.counted.matmul,
  evaluation: figures.evaluationCounted.matmul,
  ...(backend.capabilities.ranks === undefined
    ? {}
    : {
        ranks: backend.capabilities.ranks,
        communicated: (figures.counted.communicated ?? 0) + (figures.evaluationCounted.communicated ?? 0),
      }),
  allFine: figures.allFine,
  saving: figures.saving,
  pictures: orNothing(pictures) ?? [],
  sample: orNothing(text) ?? null,
});

const ending = ({ outcome, folder }: RunSummary, { capabilities: { precision, compiled } }: Backend): ExitCode =>
  match(outcome)
    .with({ kind: 'finished' }, () => EXIT.done)
    .with({ kind: 'interrupted' }, ({ stage, step }) => {
      complain(`stopped at step ${step}, in stage ${stage + 1}`);
      return EXIT.failed;
    })
    .with({ kind: 'diverged' }, ({ message }) => {
      complain(message);
      return EXIT.failed;
    })
    .with({ kind: 'failed' }, ({ message }) => {
      // A run in bf16, or compiled, would be another one there.
      const elsewhere = precision === 'bf16' || compiled === true ? '' : ', with --backend NAME on another backend';
      complain(`${message}; \`vcycle resume ${folder}\` continues from its newest checkpoint${elsewhere}`);
      return EXIT.failed;
    })
    .exhaustive();

/** Trains and reports. If a text or a picture cannot be made, the command fails but the run does not. */
export const trainAndReport =
  (
    { schedule, dataset }: { readonly schedule: Schedule; readonly dataset: Dataset },
    options: BackendChoice & { readonly json: boolean },
    training: Training,
  ): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const shared = sharedBy(options, schedule);
    if (E.isLeft(shared)) return shared;
    const made = await withBackend(options, (backend) => async (): Promise<E.Either<Fault, Report>> => {
      const summary = await runControlled(backend, training);
      if (E.isLeft(summary)) return summary;
      const figures = runFigures(summary.right.stages, summary.right.plan);
      const pictures = await draw(schedule, backend, summary.right, figures);
      const text = await paragraph(dataset, summary.right, backend);
      return E.right({ backend, summary: summary.right, figures, pictures, text });
    })();
    if (E.isLeft(made)) return made;
    const { summary, pictures, text } = made.right;
    if (options.json) printJson(reportJson(made.right));
    else printData(`${reportText(made.right)}\n`);
    const code = ending(summary, made.right.backend);
    for (const part of [pictures, text]) if (E.isLeft(part)) complain(part.left.message);
    return E.right(E.isLeft(pictures) || E.isLeft(text) ? EXIT.failed : code);
  };
