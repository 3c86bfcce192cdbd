/**
 * `vcycle search`: the best numbers for the free names of a pipeline's text within a budget of FLOPs, by successive halving over seeds. Its runs are jobs
 * of a sweep: the same command continues where it was stopped.
 */
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault, runFault } from '../../fault.js';
import { given } from '../../options.js';
import type { Plan } from '../../plan/plan.js';
import { loadVega } from '../../report/charts/plots.js';
import { type Asked, type Computing, type SearchResult, searchResult } from '../../report/search/search-result.js';
import { searchSheet } from '../../report/search/search-sheet.js';
import { BEST, PICTURE, writeSearch } from '../../report/search/write-search.js';
import { flop, flopAtLeast } from '../../report/table/format.js';
import { renderTable } from '../../report/table/table.js';
import { wrap, wrapProse } from '../../report/table/wrap.js';
import { measureOf } from '../../runner/stage-machine.js';
import { jsonDigest } from '../../schedule/json/canonical.js';
import type { Schedule } from '../../schedule/schedule.js';
import { namesOf, parse } from '../../schedule/text/index.js';
import { type Drawn, draw, nameOf, spaceOf } from '../../search/candidates.js';
import { someValue } from '../../search/ranges.js';
import { MANIFEST, manifestAt } from '../../sweep/manifest.js';
import { withBackend } from '../backends/registry.js';
import { sharedBy } from '../backends/shared-by.js';
import { choiceOfJob, contentOf } from '../compare/job-choice.js';
import { inOwnFolder } from '../compare/own-folder.js';
import { planner } from '../compare/planner.js';
import { printQueued } from '../compare/print-queued.js';
import { queueOf } from '../compare/queue.js';
import { triedBy } from '../compare/searching.js';
import { sharedStates } from '../compare/shared-states.js';
import { type StillQueued, type Sweeping, staffed } from '../compare/sweeping.js';
import { staffingOf } from '../options/compare-options.js';
import type { SearchOptions } from '../options/search-options.js';
import { SHARED_STATES } from '../options/state-options.js';
import { placeOfStates } from '../options/states-place.js';
import { loadData } from '../pipeline/load-data.js';
import { initialFits, kindOfArgument, loadPipeline, type NamedPipeline } from '../pipeline/load-pipeline.js';
import { namingFlags } from '../pipeline/text-pipeline.js';
import { uncheckedTypes } from '../pipeline/unchecked-types.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { interruptible } from '../process/interrupt.js';
import { printJson, printText, say } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

/** A name that `--set` gives a number to is not searched. */
const searchedOnly = ({ over, set }: SearchOptions): E.Either<Fault, void> => {
  const both = over.find(({ name }) => Object.hasOwn(set, name))?.name;
  return both === undefined
    ? E.right(undefined)
    : E.left(inputFault(`${both} has a number by --set and a range by --over; leave one of them out`));
};

/** A text is read with some number for each name that is searched; a file binds its names itself. */
const loaded = async (argument: string, options: SearchOptions): Promise<E.Either<Fault, NamedPipeline>> => {
  const { over, set } = options;
  if ((await kindOfArgument(argument)) !== 'text') return loadPipeline(argument, options)();
  const read = parse(argument);
  // A name that the text does not have is told when its names are known.
  const names = E.isLeft(read) ? [] : namesOf(read.right);
  const some = over.filter(({ name }) => names.includes(name)).map((asked) => [asked.name, someValue(asked)]);
  return loadPipeline(argument, { ...options, set: { ...set, ...Object.fromEntries(some) } })();
};

/** Depends only on the pipeline: with a larger budget, other ranges or more seeds the folder is the same, and finished runs are not repeated. */
const defaultFolder = ({ name, schedule, open }: NamedPipeline): string => {
  const key = jsonDigest([{ ...schedule.setup, seed: 0 }, open?.stages]).slice(0, 8);
  return join('searches', `${/[^\w-]/.test(name) ? '' : `${name}-`}${key}`);
};

interface Prepared {
  readonly sweeping: Omit<Sweeping, 'signal' | 'say'>;
  readonly folder: string;
  readonly asked: Asked;
  readonly drawn: Drawn;
  readonly computing: Computing;
}

/** Where the budget does not hold a single candidate. */
const tooSmall = ({ budget: { all, run }, seeds }: Asked, { cheapest }: Drawn): Fault => {
  const times = seeds.length === 1 ? '' : `, with ${seeds.length} seeds ${flopAtLeast(seeds.length * cheapest)}`;
  const fewer = seeds.length === 1 ? ', or search lower values' : ', lower --seeds, or search lower values';
  const least = `the cheapest costs ${flopAtLeast(cheapest)} a run${times}`;
  return run !== undefined && run < cheapest
    ? inputFault(`no candidate costs at most the ${flop(run)} of --run-budget: ${least}; raise --run-budget, or search lower values`)
    : inputFault(`the budget of ${flop(all)} is too small for one candidate: ${least}; raise --budget${fewer}`);
};

/** Everything before the first run: the candidates are drawn and planned, so that what cannot run or be paid is reported at once. */
const prepare = async (argument: string, options: SearchOptions): Promise<E.Either<Fault, Prepared>> => {
  const { seeds, seed, drawSeed } = options;
  if (seed !== undefined)
    return E.left(inputFault(`--seed goes with one run (was ${seed}); search has --seeds, where "${seed}," is that one alone`));
  const once = searchedOnly(options);
  if (E.isLeft(once)) return once;
  const pipeline = await loaded(argument, options);
  if (E.isLeft(pipeline)) return pipeline;
  const { schedule, open, json } = pipeline.right;
  if (open === undefined)
    return E.left(
      inputFault(`${argument} has no free names to search: the file must give pipeline(setup, TEXT, { n: 400 }), as in 'train(n)'`),
    );
  const space = spaceOf(schedule, open, options.over);
  if (E.isLeft(space)) return space;
  const folder = options.out ?? defaultFolder(pipeline.right);
  const statesFolder = options.reuse ? (options.states ?? join(folder, SHARED_STATES)) : undefined;
  const place = options.reuse && options.states !== undefined ? placeOfStates(options.states) : E.right(undefined);
  if (E.isLeft(place)) return place;
  const queue = queueOf(options, statesFolder);
  if (E.isLeft(queue)) return queue;
  const dataset = await loadData(schedule, json, say)();
  if (E.isLeft(dataset)) return dataset;
  const fits = initialFits(pipeline.right, dataset.right.vocabulary);
  if (E.isLeft(fits)) return fits;
  const staffing = staffingOf(options);
  const choice = choiceOfJob(contentOf(options));
  const shared = sharedBy(choice, schedule);
  if (E.isLeft(shared)) return shared;
  const asked: Asked = {
    budget: { all: options.budget, ...given({ run: options.runBudget }) },
    seeds,
    ranges: space.right.ranges,
    drawSeed,
  };
  const planned = await withBackend({ ...choice, ...given({ threads: staffing.threads }) }, (backend) => {
    const planOf = planner(dataset.right, backend);
    const flopsOf = (of: Schedule) => E.map(({ total }: Plan) => total.matmul)(planOf(of));
    const drawn = draw(space.right, flopsOf, asked.budget, seeds.length, drawSeed);
    const states = statesFolder === undefined ? undefined : sharedStates(statesFolder, { dataset: dataset.right, backend, planOf });
    const computing = { backend: backend.name, device: backend.capabilities.device, ...measureOf(dataset.right, schedule) };
    return TE.fromEither(E.map((drawn: Drawn) => ({ drawn, states, computing }))(drawn));
  })();
  if (E.isLeft(planned)) return planned;
  const { drawn, states, computing } = planned.right;
  if (drawn.candidates.length === 0) return E.left(tooSmall(asked, drawn));
  return E.right({
    folder,
    asked,
    drawn,
    computing,
    sweeping: {
      dataset: dataset.right,
      choice,
      staffing,
      manifest: manifestAt(join(folder, MANIFEST)),
      ...given({ queue: queue.right, keepStates: options.keepStates, states }),
    },
  });
};

const carryOut = (
  { sweeping, asked, drawn, computing }: Prepared,
  unchecked: string | undefined,
): Promise<E.Either<Fault | StillQueued, SearchResult>> =>
  interruptible(async (signal) => {
    const { folder } = sweeping.manifest;
    const [tried] = await Promise.all([
      inOwnFolder(folder, () => {
        if (unchecked !== undefined) say(unchecked);
        return staffed({ ...sweeping, say, signal }, (workers) => triedBy(workers, drawn.candidates, asked.seeds));
      }),
      loadVega(),
    ]);
    if (E.isLeft(tried)) return tried;
    const result = searchResult(asked, computing, drawn, tried.right);
    if (result === undefined)
      return E.left(runFault('every candidate of the last rung diverged; search lower learning rates, or clip the gradient'));
    return E.map(() => result)(await writeSearch(folder, result)());
  }, say);

const textOf = (result: SearchResult, folder: string): string => {
  const width = terminalWidth();
  const { columns, rows, sentences } = searchSheet(result);
  return [
    renderTable(columns, rows, width),
    sentences.map((sentence) => wrapProse(sentence, width)).join('\n'),
    `best: ${nameOf(result.best.values)}\n${wrap(`  ${result.best.text}`, width)}`,
    `picture   ${join(folder, PICTURE)}\npipeline  ${join(folder, BEST)}`,
  ].join('\n\n');
};

/** `vcycle search PIPELINE`. */
export const search = (argument: string, options: SearchOptions): TE.TaskEither<Fault, ExitCode> =>
  namingFlags(options)(async () => {
    const prepared = await prepare(argument, options);
    if (E.isLeft(prepared)) return prepared;
    const { folder } = prepared.right;
    const result = await carryOut(prepared.right, uncheckedTypes([argument]));
    if (E.isLeft(result)) {
      if (result.left.kind !== 'queued') return E.left(result.left);
      printQueued(folder, result.left.standing, options.json);
      return E.right(EXIT.done);
    }
    if (options.json) printJson({ folder, ...result.right });
    else printText(textOf(result.right, folder));
    return E.right(EXIT.done);
  });
