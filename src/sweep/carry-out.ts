/**
 * Carries out a job; idempotent: it starts from the beginning, resumes an interrupted run, or does nothing if the job is done.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import type { Backend } from '../backend.js';
import type { Dataset } from '../data/dataset.js';
import { type Fault, inputFault, runFault } from '../fault.js';
import type { Folder } from '../files/folder.js';
import { given } from '../options.js';
import type { RunEvent, RunOutcome } from '../runner/events/events.js';
import { runIn } from '../runner/folder/disk-folder.js';
import { readPretrained } from '../runner/read-pretrained.js';
import { resume } from '../runner/resume.js';
import { run } from '../runner/run.js';
import type { RunSummary } from '../runner/stage-machine.js';
import type { KeptStates } from '../runner/state/kept-states.js';
import { digestOf } from '../runner/state/stage-data.js';
import { messageOf } from '../thrown.js';
import { type Job, labelOf } from './job.js';
import { type JobState, stateOf } from './job-state.js';

export interface CarryOutOptions {
  readonly backend: Backend;
  readonly dataset: Dataset;
  /** The run folder. */
  readonly folder: Folder;
  readonly listeners: readonly ((event: RunEvent) => void)[];
  /** Receives messages that the user should see. */
  readonly say: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Where states after stages are kept and taken from. */
  readonly states?: KeptStates;
  /** What begins and continues a run; by default the runner. */
  readonly runner?: Runner;
}

/** The two functions of the runner, apart, so that a simulation can put others in their place. */
export interface Runner {
  readonly run: typeof run;
  readonly resume: typeof resume;
}

/** A run that ended has not always finished: an interrupted or failed job is still pending. */
const ended = (job: Job, { outcome }: RunSummary): E.Either<Fault, RunOutcome['kind']> =>
  match(outcome)
    .returnType<E.Either<Fault, RunOutcome['kind']>>()
    .with({ kind: 'finished' }, { kind: 'diverged' }, ({ kind }) => E.right(kind))
    .with({ kind: 'interrupted' }, ({ step }) =>
      E.left({ kind: 'run', message: `job ${job.id} (${labelOf(job)}) was stopped at step ${step}` }),
    )
    .with({ kind: 'failed' }, ({ message }) => E.left({ kind: 'run', message: `job ${job.id} (${labelOf(job)}): ${message}` }))
    .exhaustive();

const sameText = (job: Job, dataset: Dataset): E.Either<Fault, void> =>
  digestOf(job.schedule, dataset).dataDigest === job.dataDigest
    ? E.right(undefined)
    : E.left(inputFault(`job ${job.id} (${labelOf(job)}): the text is not the one that its manifest was written for; compare again`));

/** Suffix of the folder to which a job's run is moved if its events are not trusted. */
const ASIDE = '.damaged';

/** Returns the new path. A run of the same job that was set aside before is deleted. */
const setAside = (folder: Folder): E.Either<Fault, string> =>
  E.tryCatch(
    () => folder.moveAside(ASIDE),
    (error) => runFault(`${folder.path} could not be moved aside (${messageOf(error)})`),
  );

/** Deletes the content of the folder. */
const emptied = (folder: Folder): E.Either<Fault, void> =>
  E.tryCatch(
    () => {
      for (const name of folder.names()) folder.removeAll(name);
    },
    (error) => runFault(`${folder.path} could not be emptied (${messageOf(error)})`),
  );

/** How the run ended, `finished` or `diverged`; `done` if there was nothing to do. */
export type CarriedOut = RunOutcome['kind'] | 'done';

/** Decides whether to resume a run or begin one, and moves unusable remains out of the way. Left: neither is possible. */
const prepare = (folder: Folder, state: JobState, say: CarryOutOptions['say']): E.Either<Fault, 'done' | 'begin' | 'resume'> =>
  match(state)
    .returnType<E.Either<Fault, 'done' | 'begin' | 'resume'>>()
    .with({ kind: 'done' }, () => E.right('done'))
    .with({ kind: 'absent' }, () => E.right('begin'))
    .with({ kind: 'unfinished' }, () => E.right('resume'))
    .with({ kind: 'being-written' }, ({ message }) => E.left(inputFault(`${message}; wait for it to end, or stop it`)))
    .with({ kind: 'begun-badly' }, () => E.map(() => 'begin' as const)(emptied(folder)))
    .with({ kind: 'damaged' }, ({ message }) => {
      const aside = setAside(folder);
      if (E.isLeft(aside)) return aside;
      say(`${message}; the job is run again, and what there was is kept as ${aside.right}`);
      return E.right('begin');
    })
    .exhaustive();

export const carryOut =
  (
    job: Job,
    { backend, dataset, folder, listeners, say, signal, states, runner = { run, resume } }: CarryOutOptions,
  ): TaskEither<Fault, CarriedOut> =>
  async () => {
    const same = sameText(job, dataset);
    if (E.isLeft(same)) return same;
    const state = stateOf(folder, job);
    if (E.isLeft(state)) return state;
    const next = prepare(folder, state.right, say);
    if (E.isLeft(next)) return next;
    if (next.right === 'done') return E.right('done');
    const how = { backend, folder: runIn(folder), listeners, initial: readPretrained, ...given({ signal, states }) };
    const { schedule } = job;
    const summary = await (next.right === 'begin' ? runner.run(schedule, dataset, how) : runner.resume(dataset, { ...how, schedule }))();
    return E.isLeft(summary) ? summary : ended(job, summary.right);
  };
