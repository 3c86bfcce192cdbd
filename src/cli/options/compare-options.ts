/**
 * The options of `vcycle compare`, as values. Not here: what it does with them (`../commands/compare.ts`).
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Processors, processorsOfProcess } from '../../../backends/machine/processors.js';
import { BASELINES, type BaselineKind } from '../../baselines/kinds.js';
import { mostSeed } from '../../schedule/bounds/counts.js';
import { wrongOptionIn } from '../../slurm/own-options.js';
import { type BackendChoice, backendTable } from '../backends/registry.js';
import { integer, number } from './argument-numbers.js';
import { PIPELINE_HELP, type PipelineOptions } from './pipeline-options.js';
import { shellWords } from './shell-words.js';
import type { StateOptions } from './state-options.js';

/** Of every command that does its runs as jobs. */
export interface SweepOptions extends PipelineOptions, BackendChoice, StateOptions {
  readonly seeds: readonly number[];
  readonly workers?: number;
  readonly out?: string;
  readonly on?: 'slurm';
  readonly partition?: string;
  readonly time?: string;
  readonly gpus?: string;
  readonly atMost?: number;
  readonly sbatch?: readonly string[];
  readonly wait?: boolean;
  readonly reuse: boolean;
  readonly json: boolean;
}

export interface CompareOptions extends SweepOptions {
  readonly baseline: readonly BaselineKind[];
  readonly tune?: readonly number[];
}

const parts = (text: string): readonly string[] => text.split(',').map((part) => part.trim());

const withoutRepeats = <A>(values: readonly A[]): readonly A[] => {
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  if (repeated !== undefined) throw new InvalidArgumentError(`Each must be named once (was ${repeated} more often).`);
  return values;
};

/** More than anybody has time to run, and few enough to be listed. */
const MOST_SEEDS = 1000;

/** `6` means the seeds 1 to 6, `1,2,5` these three seeds, and `6,` only the seed 6. */
export const seedsIn = (text: string): readonly number[] => {
  if (!text.includes(',')) return Array.from({ length: integer(1, MOST_SEEDS)(text) }, (_, index) => index + 1);
  return withoutRepeats(parts(text.replace(/,\s*$/, '')).map(integer(0, mostSeed)));
};

export const baselinesIn = (text: string): readonly BaselineKind[] =>
  text === 'none'
    ? []
    : withoutRepeats(
        parts(text).map((part) => {
          const kind = BASELINES.find((known) => known === part);
          if (kind === undefined) throw new InvalidArgumentError(`They must be of ${BASELINES.join(', ')}, or none (was ${part}).`);
          return kind;
        }),
      );

const positive = (text: string): number => {
  const factor = number(0)(text);
  if (factor === 0) throw new InvalidArgumentError('A factor must be above 0.');
  return factor;
};

export const factorsIn = (text: string): readonly number[] => withoutRepeats(parts(text).map(positive));

/** Splits as a shell does: at blanks, except between quotes and after a backslash. */
export const optionsIn = (text: string): readonly string[] => {
  const options = shellWords(text);
  if (options === undefined)
    throw new InvalidArgumentError(`Its quotes must be closed, and something must follow a backslash (was ${text}).`);
  const wrong = options.length === 0 ? { kind: 'stray', word: '' } : wrongOptionIn(options);
  if (wrong?.kind === 'own') throw new InvalidArgumentError(`${wrong.word} is vcycle's own to say; leave it out (was ${text}).`);
  if (wrong !== undefined)
    throw new InvalidArgumentError(
      `They must be options of sbatch, such as '--mem=4G'${options.length > 1 ? `, which ${wrong.word} is not` : ''} (was ${text}).`,
    );
  return options;
};

export const COMPARE_HELP = `${PIPELINE_HELP}

The same command continues where it was stopped; with more seeds or baselines it does what is missing.
  $ vcycle compare a.ts b.ts --seeds 6 --baseline fine,equal-flops,coarse-only,depths --tune 0.3,1,3`;

export const seedsOption = (many: number): Option =>
  new Option('--seeds <list>', 'how many (1, 2, …), or which (1,2,5)').argParser(seedsIn).default(
    Array.from({ length: many }, (_, index) => index + 1),
    String(many),
  );

/** @param folder where things go by default. */
export const addJobOptions = (command: Command, folder: string): Command =>
  command
    .addOption(new Option('--workers <n>', 'runs side by side (default: one a processor on onnx-cpu, else one)').argParser(integer(1)))
    .option('--out <folder>', `where manifest, runs and report go (default: ${folder})`)
    .addOption(new Option('--on <queue>', 'what runs the jobs, instead of workers here').choices(['slurm']))
    .option('--partition <name>', 'with --on slurm: where they run')
    .option('--time <limit>', 'with --on slurm: of each job, such as 2:00:00; one that is cut short is queued again, and continues')
    .option('--gpus <n>', 'with --on slurm: of each job')
    .addOption(new Option('--at-most <n>', 'with --on slurm: jobs side by side').argParser(integer(1)))
    .addOption(
      new Option('--sbatch <options>', "with --on slurm: any options of sbatch, in one word: '--mem=4G --qos low'").argParser(optionsIn),
    )
    .option('--wait', 'with --on slurm: until all jobs are done; Ctrl-C leaves them in the queue');

export const addCompareOptions = (command: Command): Command =>
  addJobOptions(
    command
      .addOption(seedsOption(6))
      .addOption(
        new Option('--baseline <list>', `what each pipeline is compared with: of ${BASELINES.join(', ')}, or none`)
          .argParser(baselinesIn)
          .default(['fine', 'equal-flops'], 'fine,equal-flops'),
      )
      .addOption(
        new Option('--tune <factors>', 'factors of the peak learning rate to choose from, on a seed that does not count').argParser(
          factorsIn,
        ),
      ),
    'comparisons/NAME',
  );

export interface Staffing {
  readonly workers: number;
  /** Threads of each worker; undefined if the backend is not given a number. */
  readonly threads?: number;
}

/**
 * The number of workers and of threads for each. On a CPU, as many workers as processors with one thread each: two runs side by side took 17 s of CPU
 * time, one after the other on two threads 31 s (2 × 100 steps of 4 × 128), because threads that wait for each other spin. A separate device has one
 * worker.
 */
export const staffingOf = (
  { backend, workers, threads }: Pick<SweepOptions, 'backend' | 'workers' | 'threads'>,
  { processors, cores }: Processors = processorsOfProcess(),
): Staffing => {
  if (backendTable.get(backend)?.sideBySide !== true) return { workers: workers ?? 1, ...(threads === undefined ? {} : { threads }) };
  const many = workers ?? (threads === undefined ? processors : Math.max(1, Math.floor(processors / threads)));
  return { workers: many, threads: threads ?? Math.max(1, Math.floor(cores / many)) };
};
