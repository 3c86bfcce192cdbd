/**
 * What `vcycle run` and `vcycle resume` make of training once it is over: table, saving, folder, two pictures, a paragraph of sampled text;
 * and the exit code, 0 when the run finished, 1 when it was interrupted, diverged or failed. Not here: which training (`commands/`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import type { Backend } from '../../backend.js';
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
import { counted, loss } from '../../report/table/format.js';
import { wrap } from '../../report/table/wrap.js';
import type { RunEvent } from '../../runner/events/events.js';
import { sample } from '../../runner/sample.js';
import type { RunSummary } from '../../runner/stage-machine.js';
import type { Schedule } from '../../schedule/schedule.js';
import { print } from '../../schedule/text/index.js';
import { messageOf } from '../../thrown.js';
import { visible, visibleLines, visibleText } from '../../visible.js';
import { type BackendChoice, memoryOf, withBackend } from '../backends/registry.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { onInterrupt } from '../process/interrupt.js';
import { complain, printData, printJson, say } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

/** What a training is given by the command line, whichever it is. */
export interface Attended {
  readonly backend: Backend;
  readonly listeners: readonly ((event: RunEvent) => void)[];
  readonly signal: AbortSignal;
  readonly planned: (plan: TracedPlan) => void;
}

export type Training = (attended: Attended) => TE.TaskEither<Fault, RunSummary>;

const warnOfMemory =
  ({ name }: Backend) =>
  ({ stepBytes }: TracedPlan): void => {
    const memory = memoryOf(name);
    const warning = memory === undefined ? undefined : memoryWarning(stepBytes, memory);
    if (warning !== undefined) complain(warning);
  };

/** Trains under a progress line; Ctrl-C stops it cleanly. */
const attend = (backend: Backend, training: Training): TE.TaskEither<Fault, RunSummary> => {
  const interrupt = onInterrupt(say);
  return pipe(
    training({ backend, listeners: [createProgress(process.stderr)], signal: interrupt.signal, planned: warnOfMemory(backend) }),
    TE.chainFirstIOK(() => interrupt.dispose),
    TE.orElseFirstIOK(() => interrupt.dispose),
  );
};

const computes = ({ capabilities }: Backend): boolean => capabilities.state !== 'none';

/** Writes the two pictures into the run folder and gives their paths. A run without a single step, or a single value, has none. */
const draw = (schedule: Schedule, backend: Backend, summary: RunSummary, figures: RunFigures): TE.TaskEither<Fault, readonly string[]> =>
  figures.steps === 0 || !computes(backend)
    ? TE.right([])
    : pipe(
        TE.Do,
        TE.let('folder', () => Folder.at(summary.folder)),
        TE.bind('record', ({ folder }) => readRun(folder)),
        TE.flatMap(({ folder, record }) => {
          const text = {
            pipeline:
              print(schedule.stages) +
              (summary.outcome.kind === 'finished' ? '' : ` · ${summary.outcome.kind} after ${figures.steps} steps`),
            backend: `${record.started.backend} (${record.started.device})`,
            ...(figures.saving === undefined || summary.outcome.kind !== 'finished' ? {} : { saving: figures.saving }),
          };
          return TE.traverseSeqArray((axis: 'steps' | 'flops') => {
            const name = `loss-vs-${axis}.svg`;
            const file = folder.pathOf(name);
            return pipe(
              TE.fromTask<string, Fault>(lossPlot(record, axis, text)),
              TE.flatMapEither((svg) =>
                E.tryCatch(
                  () => {
                    folder.write(name, svg);
                    return file;
                  },
                  (error) => runFault(`${file}: could not be written (${messageOf(error)})`),
                ),
              ),
            );
          })(['steps', 'flops']);
        }),
      );

const SAMPLE_TOKENS = 400;

/** A paragraph from the trained model; random tokens have no text, a run that was stopped no model at level 0, the null backend no values. */
const paragraph = (dataset: Dataset, summary: RunSummary, backend: Backend): TE.TaskEither<Fault, string | undefined> =>
  dataset.kind === 'text' && summary.outcome.kind === 'finished' && computes(backend)
    ? pipe(
        sample({ folder: summary.folder, backend, tokens: SAMPLE_TOKENS, temperature: 0.8, topK: 0, seed: 1 }),
        TE.map(({ text }) => text),
      )
    : TE.right(undefined);

/** What is made of a run once it is over. A picture that cannot be drawn takes nothing from the run's own figures. */
interface Report {
  readonly backend: Backend;
  readonly summary: RunSummary;
  readonly figures: RunFigures;
  readonly pictures: E.Either<Fault, readonly string[]>;
  readonly text: E.Either<Fault, string | undefined>;
}

const orNothing: <A>(made: E.Either<Fault, A>) => A | undefined = E.getOrElseW(() => undefined);

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** By how much what follows a label is indented. */
const LABEL = 12;

/** What the run has left, and its figure. */
const modelSaid = ({ model, outcome }: RunSummary): string => {
  if (model === undefined) return 'none could be saved';
  const { layers, step, validationLoss } = model;
  const state = `${counted(layers, 'layer')}${outcome.kind === 'finished' ? '' : `, after step ${step}`}`;
  return `${state}, validation loss ${validationLoss === undefined ? 'not known: it was not evaluated' : loss(validationLoss)}`;
};

const reportText = ({ backend, summary, pictures, text }: Report): string => {
  const sampled = orNothing(text);
  const width = terminalWidth();
  const lines = [
    runTable(summary.stages, summary.plan, width),
    '',
    `backend     ${backendLine(backend.name, backend.capabilities)}`,
    `run folder  ${visible(summary.folder)}`,
    ...wrap(`model       ${modelSaid(summary)}`, width, LABEL).split('\n'),
    ...(summary.resumes === 0 ? [] : [`resumed     ${times(summary.resumes)}`]),
    ...(orNothing(pictures) ?? []).map((file) => `picture     ${visible(file)}`),
    ...(computes(backend) ? [] : ['', wrap(nothingComputed(backend.name), width)]),
  ];
  return [visibleLines(lines.join('\n')), ...(sampled === undefined ? [] : ['', 'A sample:', visibleText(sampled.trim())])].join('\n');
};

const reportJson = ({ backend, summary, figures, pictures, text }: Report) => ({
  folder: summary.folder,
  backend: backend.name,
  device: backend.capabilities.device,
  outcome: summary.outcome,
  model: summary.model ?? null,
  seconds: summary.seconds,
  resumes: summary.resumes,
  stages: summary.stages,
  steps: figures.steps,
  tokens: figures.tokens,
  planned: figures.planned.matmul,
  counted: figures.counted.matmul,
  evaluation: figures.evaluationCounted.matmul,
  allFine: figures.allFine,
  saving: figures.saving,
  pictures: orNothing(pictures) ?? [],
  sample: orNothing(text) ?? null,
});

const ending = ({ outcome, folder }: RunSummary): ExitCode =>
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
      complain(`${message}; \`vcycle resume ${folder}\` goes on from its newest checkpoint, with --backend NAME on another backend`);
      return EXIT.failed;
    })
    .exhaustive();

/** Trains and reports. A text or a picture that cannot be made fails the command, not the run. */
export const trainAndReport = (
  { schedule, dataset }: { readonly schedule: Schedule; readonly dataset: Dataset },
  options: BackendChoice & { readonly json: boolean },
  training: Training,
): TE.TaskEither<Fault, ExitCode> =>
  pipe(
    withBackend(options, (opened) =>
      pipe(
        TE.Do,
        TE.let('backend', () => opened),
        TE.bind('summary', ({ backend }) => attend(backend, training)),
        TE.let('figures', ({ summary }) => runFigures(summary.stages, summary.plan)),
        TE.bind('pictures', ({ backend, summary, figures }) => TE.fromTask(draw(schedule, backend, summary, figures))),
        TE.bind('text', ({ backend, summary }) => TE.fromTask(paragraph(dataset, summary, backend))),
      ),
    ),
    TE.map((report) => {
      if (options.json) printJson(reportJson(report));
      else printData(`${reportText(report)}\n`);
      const code = ending(report.summary);
      for (const made of [report.pictures, report.text]) if (E.isLeft(made)) complain(made.left.message);
      return E.isLeft(report.pictures) || E.isLeft(report.text) ? EXIT.failed : code;
    }),
  );
