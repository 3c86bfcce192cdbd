/** A small two-level run, from its beginning to its exports, as a user has it: stopped once, resumed, exported. Not a test itself. */
import * as E from 'fp-ts/lib/Either.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { gguf } from '../../src/export/gguf.js';
import { huggingFace } from '../../src/export/hugging-face.js';
import { putAt } from '../../src/export/place.js';
import type { Fault } from '../../src/fault.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { Folder } from '../../src/files/folder.js';
import { runIn } from '../../src/runner/folder/disk-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import { readSavedModel } from '../../src/runner/saved-model.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import { leftIn } from '../runner/left-behind.js';
import { MORTAL_VOCABULARY } from '../runner/mortal-schedule.js';
import { createMixing } from './mixing-backend.js';
import { bytesIn, type Story, smallSchedule } from './story.js';

const RUN = '/home/runs/one';
const data = tokensDataset(MORTAL_VOCABULARY);
const how = { backend: createMixing(), checkpoints: { every: 2, keep: 2 } };

const ended = (result: E.Either<Fault, RunSummary>): E.Either<Fault, void> => {
  if (E.isLeft(result)) return result;
  const { outcome } = result.right;
  return outcome.kind === 'failed' ? E.left({ kind: 'run', message: outcome.message }) : E.right(undefined);
};

const STOPPED_AT = 5;

const begin = async (files: FileSystem): Promise<E.Either<Fault, void>> => {
  const stop = new AbortController();
  let steps = 0;
  const listeners = [
    ({ kind }: { readonly kind: string }) => {
      if (kind === 'step') steps += 1;
      if (steps === STOPPED_AT) stop.abort();
    },
  ];
  return ended(await run(smallSchedule, data, { ...how, listeners, signal: stop.signal, folder: runIn(Folder.at(RUN, files)) })());
};

const goOn = async (files: FileSystem): Promise<E.Either<Fault, void>> =>
  ended(await resume(data, { ...how, listeners: [], folder: runIn(Folder.at(RUN, files)) })());

const isFinished = (folder: Folder): boolean =>
  folder.has(RUN_FILES.summary) && JSON.parse(folder.text(RUN_FILES.summary)).outcome.kind === 'finished';

const exported =
  (path: string, exporter: typeof gguf) =>
  async (files: FileSystem): Promise<E.Either<Fault, void>> => {
    const saved = readSavedModel(RUN, files);
    if (E.isLeft(saved)) return saved;
    const content = exporter(saved.right);
    return E.isLeft(content) ? content : putAt(path, content.right, files);
  };

/** The exports are made of the files in the run folder alone. */
const FOLDER = '/home/exports/transformers';

export const oneRun: Story = {
  before: new Map([['/home', null]]),
  acts: [
    { name: 'run', act: begin, done: (files) => Folder.at(RUN, files).has(RUN_FILES.schedule) },
    { name: 'resume', act: goOn, done: (files) => isFinished(Folder.at(RUN, files)) },
    { name: 'export a folder', act: exported(FOLDER, huggingFace), done: (files) => Folder.at(FOLDER, files).names().length > 0 },
  ],
  left: (files) => ({ run: leftIn(Folder.at(RUN, files)), exported: bytesIn(Folder.at(FOLDER, files)) }),
};
