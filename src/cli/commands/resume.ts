/**
 * `vcycle resume RUN`: continues an interrupted run from its newest intact checkpoint to the end that it would have had (`../run/run-report.ts`).
 * A finished run is left as it is, and the exit code is 0.
 */

import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { Folder } from '../../files/folder.js';
import type { EventOf, RunEvent } from '../../runner/events/events.js';
import { runIn } from '../../runner/folder/disk-folder.js';
import { RUN_FILES, type Unfinished } from '../../runner/folder/run-folder.js';
import { readUnfinished, unchanged } from '../../runner/folder/unfinished.js';
import { readPretrained } from '../../runner/read-pretrained.js';
import { resume as resumeRun } from '../../runner/resume.js';
import { DEFAULT_CHECKPOINTS } from '../../runner/run-rules.js';
import type { Schedule } from '../../schedule/schedule.js';
import type { BackendChoice } from '../backends/registry.js';
import { type CheckpointOptions, checkpointPolicy } from '../options/checkpoint-options.js';
import type { NodeOptions } from '../options/node-options.js';
import type { ReuseOptions } from '../options/state-options.js';
import { keptStates } from '../options/states-place.js';
import { type BackendOptions, choiceFor, dataOfRun } from '../pipeline/existing-run.js';
import { loadPipelineFile, type NamedPipeline } from '../pipeline/load-pipeline.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { printJson, say } from '../process/print.js';
import { onNodes } from '../run/on-nodes.js';
import { trainAndReport } from '../run/run-report.js';

export interface ResumeOptions extends BackendOptions, CheckpointOptions, NodeOptions, ReuseOptions {
  /** A pipeline that must mean the same as the run's schedule. */
  readonly pipeline?: string;
  readonly json: boolean;
}

type Resumed = EventOf<'run-resumed'>;

const NOT_THE_SAME_BITS = 'to the same losses within their precision, not to the same bits';

type Computes = Pick<Resumed, 'backend' | 'ranks' | 'armsAtOnce'>;

/** What a run computes on, as far as it decides its bits: the backend, its ranks, and how these divide arms. */
const computes = ({ backend, ranks = 1, armsAtOnce }: Computes, other: Computes): string => {
  const parts = [
    ...(backend === other.backend ? [] : [backend]),
    ...(ranks === (other.ranks ?? 1) ? [] : [ranks === 1 ? 'one process' : `${ranks} ranks`]),
  ];
  const on = parts.length === 0 ? [] : [`on ${parts.join(' with ')}`];
  return [...on, ...(armsAtOnce === other.armsAtOnce ? [] : [armsAtOnce === true ? 'with arms at once' : 'with arms in turn'])].join(' ');
};

/** A sentence about runtimes that differ from those that the run began on. */
const otherRuntimes = ({ started }: Unfinished, resumed: Resumed): string | undefined => {
  if (started === undefined) return undefined;
  const { versions } = resumed;
  const began = computes(started, resumed);
  if (began !== '') return `the run began ${began} and continues ${computes(resumed, started)}: ${NOT_THE_SAME_BITS}`;
  const changed = Object.entries(versions).filter(([name, version]) => started.versions[name] !== version);
  return changed.length === 0
    ? undefined
    : `the run began with ${changed.map(([name]) => `${name} ${started.versions[name] ?? '(none)'}`).join(', ')} and continues with ` +
        `${changed.map(([name, version]) => `${name} ${version}`).join(', ')}: the same bits cannot be promised`;
};

/** Prints where a run continues, and which damaged checkpoints were skipped. */
const announce =
  (unfinished: Unfinished) =>
  (event: RunEvent): void => {
    if (event.kind !== 'run-resumed') return;
    for (const { file, reason } of event.passedOver) say(`vcycle: ${file} is skipped: ${reason}; it is kept as ${file}.damaged`);
    say(
      event.checkpoint === undefined
        ? 'there is no checkpoint to continue from: the run begins again'
        : `continuing from ${event.checkpoint}, step ${event.step}`,
    );
    const others = otherRuntimes(unfinished, event);
    if (others !== undefined) say(`vcycle: ${others}`);
  };

/** The schedule of the pipeline that the user expects the run to have, if one was given. */
const expectedSchedule = async ({ pipeline }: ResumeOptions): Promise<E.Either<Fault, { readonly schedule?: Schedule }>> => {
  if (pipeline === undefined) return E.right({});
  return E.map(({ schedule }: NamedPipeline) => ({ schedule }))(await loadPipelineFile(pipeline)());
};

const continueRun = async (unfinished: Unfinished, options: ResumeOptions, choice: BackendChoice): Promise<E.Either<Fault, ExitCode>> => {
  const { folder, schedule, started } = unfinished;
  const expected = await expectedSchedule(options);
  if (E.isLeft(expected)) return expected;
  const states = keptStates(options);
  if (E.isLeft(states)) return states;
  const dataset = await dataOfRun(unfinished);
  if (E.isLeft(dataset)) return dataset;
  return trainAndReport({ schedule, dataset: dataset.right }, { ...choice, json: options.json }, (controls) =>
    resumeRun(dataset.right, {
      ...controls,
      ...expected.right,
      ...states.right,
      initial: (path) => {
        say(`reading the model ${JSON.stringify(path)}, which ${join(folder, RUN_FILES.schedule)} names`);
        return readPretrained(path);
      },
      listeners: [announce(unfinished), ...controls.listeners],
      folder: runIn(Folder.at(folder)),
      checkpoints: checkpointPolicy(options, started?.checkpoints ?? DEFAULT_CHECKPOINTS),
    }),
  )();
};

export const resume =
  (folder: string, options: ResumeOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const unfinished = readUnfinished(Folder.at(folder));
    if (E.isLeft(unfinished)) return unfinished;
    const choice = choiceFor(unfinished.right, options);
    if (unfinished.right.summary?.outcome.kind !== 'finished')
      return onNodes(options, choice, (place) => () => continueRun(unfinished.right, options, { ...choice, ...place }))();
    const expected = await expectedSchedule(options);
    if (E.isLeft(expected)) return expected;
    const same = unchanged(unfinished.right, expected.right.schedule);
    if (E.isLeft(same)) return same;
    say(`${folder} has finished: there is nothing to resume`);
    const { outcome, model = null, resumes, stages } = unfinished.right.summary;
    if (options.json) printJson({ folder, outcome, model, resumes, stages });
    return E.right(EXIT.done);
  };
