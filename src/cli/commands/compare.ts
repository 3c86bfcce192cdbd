/**
 * `vcycle compare`: runs pipelines and their baselines over several seeds, as jobs of a sweep, then prints tables and verdicts and writes a report into
 * a folder. The same command continues where it was stopped, and repeats nothing.
 */

import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend } from '../../backend.js';
import { comparable, type Named } from '../../baselines/comparable.js';
import { fieldOf } from '../../baselines/contenders.js';
import { tuningSeed, withSeed } from '../../baselines/tuning.js';
import type { Dataset } from '../../data/dataset.js';
import { type Fault, inputFault } from '../../fault.js';
import { given } from '../../options.js';
import { loadVega } from '../../report/charts/plots.js';
import { type Comparison, compareEntrants } from '../../report/comparison/comparison.js';
import { reuseNotes } from '../../report/comparison/reuse-notes.js';
import { methodOf, pairsSheet, runsSentence, standingsSheet } from '../../report/comparison/sheets.js';
import { type Carried, methodOfTimings, type Timings, timingsOf } from '../../report/comparison/timings.js';
import { verdicts } from '../../report/comparison/verdict.js';
import { REPORT, writeReport } from '../../report/comparison/write-report.js';
import { spikeNotes } from '../../report/run/spike-lines.js';
import { renderTable } from '../../report/table/table.js';
import { wrap } from '../../report/table/wrap.js';
import { measureOf } from '../../runner/stage-machine.js';
import { scheduleHash } from '../../schedule/json/canonical.js';
import { print } from '../../schedule/text/index.js';
import { MANIFEST, manifestAt } from '../../sweep/manifest.js';
import { withBackend } from '../backends/registry.js';
import { sharedBy } from '../backends/shared-by.js';
import { type Comparing, entrantsOf } from '../compare/comparing.js';
import { choiceOfJob, contentOf } from '../compare/job-choice.js';
import { inOwnFolder } from '../compare/own-folder.js';
import { planner } from '../compare/planner.js';
import { printQueued } from '../compare/print-queued.js';
import { queueOf } from '../compare/queue.js';
import { sharedStates } from '../compare/shared-states.js';
import type { StillQueued } from '../compare/sweeping.js';
import { type CompareOptions, staffingOf } from '../options/compare-options.js';
import { SHARED_STATES } from '../options/state-options.js';
import { placeOfStates } from '../options/states-place.js';
import { loadData } from '../pipeline/load-data.js';
import { initialFits, loadPipeline, type NamedPipeline, ofPipeline } from '../pipeline/load-pipeline.js';
import { namingFlags } from '../pipeline/text-pipeline.js';
import { uncheckedTypes } from '../pipeline/unchecked-types.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { interruptible } from '../process/interrupt.js';
import { ownPackage } from '../process/own-package.js';
import { printJson, printText, say } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

/** Indentation of a sentence's lines after the first. */
const HANGING_INDENT = 2;

/** Longer texts are not used as names. */
const LONGEST_NAME = 40;

/** Gives each pipeline a distinct name: the file's, or the text itself if it is short. */
const named = (pipelines: readonly NamedPipeline[]): readonly Named[] => {
  const names = pipelines.map(({ name, schedule, inText }, index) => {
    if (!inText) return name;
    const text = print(schedule.stages);
    if (text.length <= LONGEST_NAME) return text;
    return pipelines.length === 1 ? name : `${name} ${index + 1}`;
  });
  return pipelines.map(({ schedule }, index) => {
    const name = names[index] ?? '';
    return { name: names.filter((other) => other === name).length === 1 ? name : `${name} (${index + 1})`, schedule };
  });
};

/** Depends only on the pipelines: with more seeds or baselines the folder is the same, and finished runs are not repeated. */
const defaultFolder = (pipelines: readonly Named[]): string => {
  const [first] = pipelines;
  const key = pipelines.map(({ schedule }) => scheduleHash(withSeed(schedule, 0)).slice(0, 8)).join('-');
  const word = first === undefined || /[^\w-]/.test(first.name) ? '' : `${first.name}-`;
  return join('comparisons', `${word}${key.slice(0, 35)}`);
};

interface Prepared {
  readonly comparing: Omit<Comparing, 'signal' | 'say'>;
  readonly folder: string;
  readonly about: Pick<Comparison, 'seeds' | 'backend' | 'device' | 'versions' | 'notes' | 'tuned' | 'bytesPerToken'>;
  readonly carried: Omit<Carried, 'notes'>;
}

const prepare = async (args: readonly string[], options: CompareOptions): Promise<E.Either<Fault, Prepared>> => {
  const loaded = await TE.traverseSeqArrayWithIndex((index, argument: string) =>
    TE.mapLeft(ofPipeline(args, index))(loadPipeline(argument, options)),
  )(args)();
  if (E.isLeft(loaded)) return loaded;
  if (options.seed !== undefined)
    return E.left(
      inputFault(`--seed goes with one run (was ${options.seed}); compare has --seeds, where "${options.seed}," is that one alone`),
    );
  const pipelines = named(loaded.right);
  const alike = comparable(pipelines);
  if (E.isLeft(alike)) return alike;
  const [first] = pipelines;
  if (first === undefined) return E.left(inputFault('name at least one pipeline'));
  const dataset = await loadData(
    first.schedule,
    loaded.right.find(({ json }) => json !== undefined)?.json,
    say,
    pipelines.map(({ schedule }) => schedule),
  )();
  if (E.isLeft(dataset)) return dataset;
  for (const each of loaded.right) {
    const fits = initialFits(each, dataset.right.vocabulary);
    if (E.isLeft(fits)) return fits;
  }
  const { threads } = staffingOf(options);
  const choice = { ...choiceOfJob(contentOf(options)), ...given({ threads }) };
  for (const [index, { schedule }] of pipelines.entries()) {
    const shared = sharedBy(choice, schedule);
    if (E.isLeft(shared)) return E.left(ofPipeline(args, index)(shared.left));
  }
  return withBackend(choice, (backend) => TE.fromEither(preparedOn(backend, pipelines, dataset.right, options)))();
};

/** Plans every run before the first one begins, so that what cannot run is reported at once. */
const preparedOn = (
  backend: Backend,
  pipelines: readonly Named[],
  dataset: Dataset,
  options: CompareOptions,
): E.Either<Fault, Prepared> => {
  const { seeds, tune } = options;
  const [first] = pipelines;
  const { device, versions } = backend.capabilities;
  const staffing = staffingOf(options);
  const planOf = planner(dataset, backend);
  const field = fieldOf(pipelines, options.baseline, planOf);
  if (E.isLeft(field)) return field;
  const plans = E.traverseArray(({ schedule }: Named) => planOf(schedule))(field.right.contenders);
  if (E.isLeft(plans)) return plans;
  const folder = options.out ?? defaultFolder(pipelines);
  const place = options.reuse && options.states !== undefined ? placeOfStates(options.states) : E.right(undefined);
  if (E.isLeft(place)) return place;
  const states = options.reuse ? sharedStates(options.states ?? join(folder, SHARED_STATES), { dataset, backend, planOf }) : undefined;
  const queue = queueOf(options, states?.folder);
  if (E.isLeft(queue)) return queue;
  const choice = choiceOfJob(contentOf(options));
  const manifest = manifestAt(join(folder, MANIFEST));
  return E.right({
    folder,
    comparing: {
      field: field.right,
      planOf,
      dataset,
      choice,
      seeds,
      staffing,
      manifest,
      ...given({ queue: queue.right, keepStates: options.keepStates, states }),
    },
    about: {
      seeds,
      backend: backend.name,
      device,
      versions: { vcycle: ownPackage().version, node: process.versions.node, ...versions },
      notes: field.right.notes,
      ...(tune === undefined ? {} : { tuned: { factors: tune, seed: tuningSeed(seeds) } }),
      ...(first === undefined ? {} : measureOf(dataset, first.schedule)),
    },
    carried: { workers: staffing.workers, ...(options.on === undefined ? {} : { queue: options.on }) },
  });
};

interface Compared {
  readonly comparison: Comparison;
  readonly timings: Timings;
}

const carryOut = (
  { comparing, about, carried }: Prepared,
  unchecked: string | undefined,
): Promise<E.Either<Fault | StillQueued, Compared>> =>
  interruptible(async (signal) => {
    const { manifest, field } = comparing;
    // At the same time as the runs, so that the report need not wait for the drawing library to load.
    const [entrants] = await Promise.all([
      inOwnFolder(manifest.folder, () => {
        if (unchecked !== undefined) say(unchecked);
        return entrantsOf({ ...comparing, say, signal }, about.tuned)();
      }),
      loadVega(),
    ]);
    if (E.isLeft(entrants)) return entrants;
    const traces = entrants.right.flatMap((entrant) => entrant.traces);
    const comparison = compareEntrants(entrants.right, field.opposed, { ...about, notes: [...about.notes, ...spikeNotes(traces)] });
    const notes = reuseNotes(traces);
    const timings = timingsOf(entrants.right, field.opposed, { ...carried, notes });
    const written = await writeReport(manifest.folder, comparison, timings, entrants.right)();
    return E.map(() => ({ comparison, timings }))(written);
  }, say);

const textOf = ({ comparison, timings }: Compared, folder: string): string => {
  const width = terminalWidth();
  const sheets = [standingsSheet(comparison, timings), ...(comparison.pairs.length === 0 ? [] : [pairsSheet(comparison, timings)])];
  const wrapped = (text: string): string => wrap(text, width, HANGING_INDENT);
  return [
    ...sheets.map(({ columns, rows }) => renderTable(columns, rows, width)),
    [runsSentence(comparison), ...methodOf(comparison), ...comparison.notes, ...methodOfTimings(timings)].map(wrapped).join('\n'),
    verdicts(comparison)
      .map(({ verdict, details }) => [verdict, ...details.map((detail) => `  ${detail}`)].map(wrapped).join('\n'))
      .join('\n\n'),
    `report  ${join(folder, REPORT)}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
};

export const compare = (args: readonly string[], options: CompareOptions): TE.TaskEither<Fault, ExitCode> =>
  namingFlags(options)(async () => {
    const prepared = await prepare(args, options);
    if (E.isLeft(prepared)) return prepared;
    const { folder } = prepared.right;
    const compared = await carryOut(prepared.right, uncheckedTypes(args));
    if (E.isLeft(compared)) {
      if (compared.left.kind !== 'queued') return E.left(compared.left);
      printQueued(folder, compared.left.standing, options.json);
      return E.right(EXIT.done);
    }
    const { comparison, timings } = compared.right;
    if (options.json) printJson({ folder, verdicts: verdicts(comparison), ...comparison, timings });
    else printText(textOf(compared.right, folder));
    return E.right(EXIT.done);
  });
