/**
 * `npm run bench`: measures vcycle beside its peers on this machine and prints one table of ratios, and writes `results/cpu.json` and the
 * table of `README.md`; of a part (`--only`), the rows of that part. `--quick` writes nothing.
 * Not a test: a target that is missed is reported, and the exit code stays 0.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../src/fault.js';
import { measure, sizeOptions } from './child.js';
import { compareCost } from './comparison-overhead.js';
import { isRestless, thisMachine } from './machine.js';
import { measureBackends } from './measure-backends.js';
import { torchPython } from './python.js';
import { measureReport } from './report.js';
import {
  type CheckpointResult,
  type CompareResult,
  type CompileResult,
  type MemoryResult,
  type OutsideResult,
  PARTS,
  type Part,
  type Results,
  type TransferResult,
} from './results.js';
import { COMPARED, DEEP, MEMORY, ROUNDS, SETTINGS, type Setting, type Sizes, SMALL } from './settings.js';
import { firstStepMs, helpMs } from './start-up.js';
import { measureSteps } from './steps.js';
import { benchTable } from './table.js';

const ALL = Object.keys(PARTS) as readonly Part[];

interface Options {
  readonly quick: boolean;
  readonly only: readonly Part[];
  readonly json: boolean;
}

const say = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

type Steps = Pick<Results, 'steps' | 'versions'>;

const steps = async (quick: boolean): Promise<E.Either<Fault, Steps>> => {
  const python = await torchPython(say)();
  if (E.isLeft(python)) say(`no PyTorch: ${python.left.message}`);
  let all: Steps = { steps: [], versions: {} };
  for (const setting of SETTINGS) {
    const counts = quick ? setting.quick : setting.full;
    const measured = await measureSteps(setting, { counts, rounds: quick ? ROUNDS.quick : ROUNDS.full, python, say });
    if (E.isLeft(measured)) return measured;
    const { result, versions } = measured.right;
    all = { steps: [...all.steps, result], versions: { ...all.versions, ...versions } };
  }
  return E.right(all);
};

/** One measurement for each size, in order. */
const forSizes = <T extends object>(
  sizes: readonly Sizes[],
  one: (sizes: Sizes) => TE.TaskEither<Fault, T>,
): TE.TaskEither<Fault, readonly (T & { readonly sizes: Sizes })[]> =>
  TE.traverseSeqArray((each: Sizes) =>
    pipe(
      one(each),
      TE.map((value) => ({ ...value, sizes: each })),
    ),
  )(sizes);

const BOTH = SETTINGS.map(({ sizes }) => sizes);

/** The numbers that a script gives, for each size. */
const scripted = <Name extends string>(script: string, sizes: readonly Sizes[], names: readonly Name[], options: readonly string[] = []) =>
  forSizes(sizes, (each) =>
    pipe(
      measure(script, [...sizeOptions(each), ...options], names),
      TE.map(({ values }) => values),
    ),
  );

const outside = (quick: boolean): TE.TaskEither<Fault, readonly OutsideResult[]> =>
  scripted('outside', BOTH, ['stepMs', 'onceMs'] as const, ['--steps', quick ? '300' : '2000', '--times', quick ? '1' : '3']);

const transfer: TE.TaskEither<Fault, readonly TransferResult[]> = scripted('transfer', BOTH, ['carryMs', 'resetMs'] as const, [
  '--times',
  '21',
]);

const checkpoint = (quick: boolean): TE.TaskEither<Fault, readonly CheckpointResult[]> =>
  scripted('checkpoint', BOTH, ['checkpointMs', 'ownStepMs'] as const, ['--steps', quick ? '5' : '15']);

const compile: TE.TaskEither<Fault, readonly CompileResult[]> = scripted('compile-level', [...BOTH, DEEP], ['traceMs', 'totalMs'] as const);

const start = (quick: boolean) =>
  pipe(
    TE.Do,
    TE.bind('helpMs', () => helpMs(quick ? 3 : 7)),
    TE.bind('start', () =>
      forSizes(BOTH, (sizes) =>
        pipe(
          firstStepMs(sizes, quick ? 1 : 3),
          TE.map((value) => ({ firstStepMs: value })),
        ),
      ),
    ),
  );

/** Of several processes the one with the median growth: where a process' heap happens to lie moves its resident size by a few per cent. */
const memory = (quick: boolean): TE.TaskEither<Fault, readonly MemoryResult[]> => {
  const count = quick ? MEMORY.quick : MEMORY.full;
  const processes = Array.from({ length: quick ? 1 : MEMORY.processes }, () => SMALL.sizes);
  return pipe(
    scripted('memory', processes, ['settledMb', 'lastMb', 'peakRssMb'] as const, ['--steps', `${count}`, '--settled', `${MEMORY.settled}`]),
    TE.map((results) => {
      const growth = ({ settledMb, lastMb }: (typeof results)[number]): number => lastMb / settledMb;
      const middle = [...results].sort((a, b) => growth(a) - growth(b))[results.length >> 1];
      return middle === undefined ? [] : [{ ...middle, steps: count }];
    }),
  );
};

const compare = (quick: boolean): TE.TaskEither<Fault, Pick<Results, 'compare' | 'report'>> =>
  pipe(
    TE.traverseSeqArray(([{ sizes }, count]: readonly [Setting, number]) =>
      pipe(
        compareCost(sizes, count),
        TE.map((value): CompareResult => ({ ...value, sizes })),
      ),
    )(quick ? COMPARED.quick : COMPARED.full),
    TE.bindTo('compare'),
    TE.bind('report', () => TE.fromTask(() => measureReport(quick ? 1 : 7))),
  );

/** What was asked for; a part that was not is empty. */
const measureAll = ({ quick, only }: Options): TE.TaskEither<Fault, Results> => {
  const machine = thisMachine();
  if (isRestless(machine)) say(`others use this machine (load ${machine.load.toFixed(1)}): times are theirs too, ratios less so`);
  const asked = <T>(part: Part, measured: TE.TaskEither<Fault, T>, otherwise: T): TE.TaskEither<Fault, T> => {
    if (!only.includes(part)) return TE.right(otherwise);
    return pipe(
      TE.fromIO<void, Fault>(() => say(`measuring: ${part}`)),
      TE.flatMap(() => measured),
    );
  };
  return pipe(
    TE.Do,
    TE.bind('steps', () => asked<Steps>('steps', () => steps(quick), { steps: [], versions: { node: process.versions.node } })),
    TE.bind('outside', () => asked('outside', outside(quick), [])),
    TE.bind('transfer', () => asked('transfer', transfer, [])),
    TE.bind('checkpoint', () => asked('checkpoint', checkpoint(quick), [])),
    TE.bind('compile', () => asked('compile', compile, [])),
    TE.bind('start', () => asked<Partial<Pick<Results, 'helpMs'>> & Pick<Results, 'start'>>('start', start(quick), { start: [] })),
    TE.bind('memory', () => asked('memory', memory(quick), [])),
    TE.bind('compared', () => asked<Pick<Results, 'compare' | 'report'>>('compare', compare(quick), { compare: [] })),
    TE.bind('backends', () =>
      asked(
        'backends',
        TE.fromTask(() => measureBackends({ quick, rounds: quick ? ROUNDS.quick : ROUNDS.backends, say })),
        { pairs: [], backends: [] },
      ),
    ),
    TE.bind('date', () => TE.fromIO(() => new Date().toISOString())),
    TE.map(({ steps: stepResults, start: startResults, compared, backends: backendResults, date, ...rest }) => ({
      date,
      dates: Object.fromEntries(only.map((part) => [part, date])),
      machine,
      rounds: quick ? ROUNDS.quick : ROUNDS.full,
      ...stepResults,
      ...startResults,
      ...compared,
      ...backendResults,
      ...rest,
    })),
  );
};

const README = join('bench', 'README.md');
const BEGIN = '<!-- table: written by npm run bench -->';
const END = '<!-- /table -->';

const RESULTS = join('bench', 'results', 'cpu.json');

/** What is there, with the parts that were measured again. */
const renewed = async (results: Results, only: readonly Part[]): Promise<Results> => {
  const before: Results = JSON.parse(await readFile(RESULTS, 'utf8'));
  const measured = only.flatMap((part) => PARTS[part].map((key) => [key, results[key]] as const));
  return {
    ...before,
    ...Object.fromEntries(measured),
    date: results.date,
    dates: { ...before.dates, ...results.dates },
    machine: results.machine,
    versions: { ...before.versions, ...results.versions },
  };
};

const write = async (results: Results): Promise<void> => {
  await writeFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
  const [before, rest] = (await readFile(README, 'utf8')).split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${README} must hold the lines ${BEGIN} and ${END}`);
  await writeFile(README, `${before}${BEGIN}\n\n\`\`\`text\n${benchTable(results)}\n\`\`\`\n\n${END}${after}`);
  say(`wrote ${RESULTS} and the table of ${README}`);
};

const { quick, only, json } = new Command('npm run bench --')
  .description('measure vcycle beside its peers on this machine: one table of ratios')
  .option('--quick', 'one round and fewer steps; writes nothing', false)
  .addOption(new Option('--only <part...>', 'measure these alone, and renew their rows').choices(ALL))
  .option('--json', 'print the results as JSON', false)
  .parse()
  .opts<{ quick: boolean; only?: readonly Part[]; json: boolean }>();

const result = await measureAll({ quick, only: only ?? ALL, json })();
if (E.isLeft(result)) {
  say(result.left.message);
  process.exitCode = 1;
} else {
  process.stdout.write(`${json ? JSON.stringify(result.right, undefined, 2) : benchTable(result.right)}\n`);
  if (!quick) await write(only === undefined ? result.right : await renewed(result.right, only));
}
