/**
 * A worker: plans and runs on the backend that it is given, so that the page stays responsive. Not here: backends (`registry.ts`), its
 * lifetime (`run-workers.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import type { Backend } from '../src/backend.js';
import { type Bytes, joined } from '../src/byte-pieces.js';
import { oneDocument, type TextDataset, textDataset } from '../src/data/dataset.js';
import { type Fault, inputFault } from '../src/fault.js';
import { packModelFile } from '../src/model/model-file.js';
import { readModelFolder } from '../src/model/model-folder.js';
import { parameterCount } from '../src/model/parameters.js';
import { stateBytes } from '../src/model/state-bytes.js';
import { finalModel } from '../src/plan/final-model.js';
import { planSchedule, sizedModel } from '../src/plan/plan-schedule.js';
import { copiesLine } from '../src/report/plan/backend-line.js';
import { exchangedLines } from '../src/report/plan/communicated-lines.js';
import { memoryLine } from '../src/report/plan/memory-line.js';
import { MemoryFolder } from '../src/runner/folder/memory-folder.js';
import { RUN_FILES } from '../src/runner/folder/run-folder.js';
import { run } from '../src/runner/run.js';
import { sampleFrom } from '../src/runner/sampler.js';
import type { Schedule } from '../src/schedule/schedule.js';
import type { BackendName } from './backend-menu.js';
import { breathing } from './breathing.js';
import type { Ended, FromWorker, NamedText, Planned, ToWorker } from './messages.js';
import { createBackend } from './registry.js';

const SAMPLE_TOKENS = 240;

const say = (message: FromWorker, transfer: readonly Transferable[] = []): void => {
  self.postMessage(message, { transfer: [...transfer] });
};

let text: NamedText = { name: '', text: '' };
let stopping = new AbortController();

/** Backends stay open, so that the next plan is immediate; the page terminates a worker after its run. */
const open = new Map<BackendName, Promise<E.Either<Fault, Backend>>>();

const openBackend = (name: BackendName): TE.TaskEither<Fault, Backend> =>
  pipe(
    createBackend(name),
    TE.mapLeft(({ backend, message }) => inputFault(`backend ${backend}: ${message}`)),
    TE.map(breathing),
  );

const backendOf =
  (name: BackendName): TE.TaskEither<Fault, Backend> =>
  async () => {
    const opened = open.get(name) ?? openBackend(name)();
    open.set(name, opened);
    const backend = await opened;
    // What is unavailable now may be available later: a GPU, a network.
    if (E.isLeft(backend)) open.delete(name);
    return backend;
  };

let datasetOf: { readonly text: NamedText; readonly key: string; readonly made: E.Either<Fault, TextDataset> } | undefined;

/** The dataset for the schedule; rebuilt only when the text or the data options change. */
const dataset = ({ setup: { data, model } }: Schedule): E.Either<Fault, TextDataset> => {
  if (data.kind !== 'text') return E.left(inputFault('the page trains on a text'));
  if (data.documents === 'separate') return E.left(inputFault(oneDocument(text.name)));
  const key = `${data.heldOut} ${model.context}`;
  if (datasetOf?.text !== text || datasetOf.key !== key) {
    datasetOf = { text, key, made: textDataset(text.text, { source: text.name, heldOut: data.heldOut, context: model.context }) };
  }
  return datasetOf.made;
};

const plan = (schedule: Schedule, name: BackendName): TE.TaskEither<Fault, Planned> =>
  pipe(
    TE.Do,
    TE.bind('data', () => TE.fromEither(dataset(schedule))),
    TE.bind('model', ({ data }) => TE.fromEither(sizedModel(schedule, data.vocabulary))),
    TE.bind('backend', () => backendOf(name)),
    TE.bind('plan', ({ data: { vocabulary }, backend: { capabilities } }) =>
      TE.fromEither(planSchedule(schedule, { vocabulary, capabilities })),
    ),
    TE.map(({ plan, model, backend: { capabilities } }) => ({
      schedule,
      plan,
      model,
      parameters: parameterCount(model),
      device: capabilities.device,
      costs: [
        // No browser reports how much memory there is.
        ...exchangedLines(plan),
        ...(plan.stepBytes === 0 ? [] : [memoryLine(plan, undefined)]),
        copiesLine(name, capabilities, stateBytes(finalModel(model, plan), schedule.setup.optimizer)),
      ],
    })),
  );

/** The files of `model/` by their own names. */
const modelFiles = ({ files }: MemoryFolder): ReadonlyMap<string, Uint8Array> => {
  const prefix = `${RUN_FILES.model}/`;
  return new Map(
    [...files].filter(([name]) => name.startsWith(prefix)).map(([name, bytes]) => [name.slice(prefix.length), bytes] as const),
  );
};

const train = (schedule: Schedule, name: BackendName): TE.TaskEither<Fault, Ended> => {
  const folder = new MemoryFolder();
  stopping = new AbortController();
  const listeners = [(event: Extract<FromWorker, { kind: 'event' }>['event']) => say({ kind: 'event', event })];
  return pipe(
    TE.Do,
    TE.bind('data', () => TE.fromEither(dataset(schedule))),
    TE.bind('backend', () => backendOf(name)),
    TE.bind('summary', ({ data, backend }) => run(schedule, data, { backend, folder, listeners, signal: stopping.signal })),
    TE.flatMapTask(({ backend, summary: { outcome, stages, plan, bytesPerToken } }) => async (): Promise<Ended> => {
      const ended = { outcome, stages, plan, ...(bytesPerToken === undefined ? {} : { bytesPerToken }) };
      // A Blob, which the file becomes later, does not accept memory that may be shared.
      const file = E.map((bytes: Bytes) => Uint8Array.from(joined(bytes)))(packModelFile(modelFiles(folder)));
      if (E.isLeft(file)) return { ...ended, trouble: file.left.message };
      if (outcome.kind !== 'finished') return { ...ended, file: file.right };
      say({ kind: 'sampling' });
      const sampled = await pipe(
        TE.fromEither(readModelFolder(modelFiles(folder))),
        TE.flatMap((model) =>
          sampleFrom(model, {
            backend,
            tokens: SAMPLE_TOKENS,
            temperature: 0.8,
            topK: 0,
            seed: 1,
            signal: stopping.signal,
          }),
        ),
      )();
      return { ...ended, file: file.right, ...(E.isLeft(sampled) ? { trouble: sampled.left.message } : { sample: sampled.right.text }) };
    }),
  );
};

const answer = async <A>(work: TE.TaskEither<Fault, A>, refused: (message: string) => void, done: (result: A) => void): Promise<void> =>
  E.match(({ message }: Fault) => refused(message), done)(await work());

// What is thrown here is a bug of ours. A worker's errors reach its page by themselves, but rejections of promises do not.
self.addEventListener('unhandledrejection', ({ reason }) => {
  self.reportError(reason);
});

self.onmessage = ({ data }: MessageEvent<ToWorker>): void =>
  match(data)
    .with({ kind: 'text' }, ({ name, text: own }) => {
      text = { name, text: own };
    })
    .with({ kind: 'plan' }, ({ asked, schedule, backend }) => {
      void answer(
        plan(schedule, backend),
        (message) => say({ kind: 'unplanned', asked, message }),
        (planned) => say({ kind: 'planned', asked, ...planned }),
      );
    })
    .with({ kind: 'run' }, ({ schedule, backend }) => {
      void answer(
        train(schedule, backend),
        (message) => say({ kind: 'refused', message }),
        (ended) => say({ kind: 'ended', ...ended }, ended.file === undefined ? [] : [ended.file.buffer]),
      );
    })
    .with({ kind: 'stop' }, () => stopping.abort())
    .exhaustive();
