/**
 * `npm run bench`: measures vcycle beside its peers on this machine, prints one table of ratios, and writes `results/cpu.json` and the
 * table of `README.md`; with `--only`, prints and updates only one part. `--quick` writes nothing. Not a test: a missed target is reported,
 * but the exit code is 0.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { sort } from 'd3-array';
import { measure, sizeOptions } from './child.js';
import { compareCost } from './comparison-overhead.js';
import { intoPage } from './each-backend.js';
import { isRestless, thisMachine } from './machine.js';
import { measureBackends } from './measure-backends.js';
import { torchPython } from './python.js';
import { measureSlurm } from './queue-speed.js';
import { measureReport } from './report.js';
import { type AtSizes, type MemoryResult, PARTS, type Part, type Results } from './results.js';
import { DEEP, MANY_TOKENS, MEMORY, ROUNDS, SETTINGS, type Sizes, SMALL } from './settings.js';
import { firstStepMs, helpMs } from './start-up.js';
import { measureSteps } from './steps.js';
import { benchTable } from './table.js';
import { measureTorch } from './torch.js';
import { maybe, say, script } from './unmeasured.js';

const ALL = Object.keys(PARTS) as readonly Part[];

const steps = async (quick: boolean): Promise<Pick<Results, 'steps' | 'versions'>> => {
  const python = await maybe(torchPython());
  if (python.kind === 'skipped') say(`no PyTorch: ${python.reason}`);
  const measured: Awaited<ReturnType<typeof measureSteps>>[] = [];
  for (const setting of SETTINGS)
    measured.push(
      await measureSteps(setting, { counts: setting[quick ? 'quick' : 'full'], rounds: ROUNDS[quick ? 'quick' : 'full'], python }),
    );
  return { steps: measured.map(({ result }) => result), versions: Object.assign({}, ...measured.map(({ versions }) => versions)) };
};

interface Sized {
  readonly sizes: Sizes;
}

/** One measurement for each setting, in order. */
const forSizes = async <Of extends Sized, T extends object>(
  settings: readonly Of[],
  one: (setting: Of) => Promise<T>,
): Promise<readonly (T & Sized)[]> => {
  const all: (T & Sized)[] = [];
  for (const each of settings) all.push({ ...(await one(each)), sizes: each.sizes });
  return all;
};

/** The numbers that a script reports, for each setting. */
const scripted = <const Name extends string>(
  script: string,
  settings: readonly Sized[],
  names: readonly Name[],
  ...options: readonly string[]
) => forSizes(settings, async ({ sizes }) => (await measure(script, [...sizeOptions(sizes), ...options], names)).values);

/** Of several processes the one with median growth: the position of a process's heap changes its resident size by a few per cent. */
const memory = async (quick: boolean): Promise<readonly MemoryResult[]> => {
  const count = quick ? MEMORY.quick : MEMORY.full;
  const processes = Array.from({ length: quick ? 1 : MEMORY.processes }, () => SMALL);
  const options = ['--steps', `${count}`, '--settled', `${MEMORY.settled}`];
  const results = await scripted('memory', processes, ['settledMb', 'lastMb', 'peakRssMb'], ...options);
  const middle = sort(results, ({ settledMb, lastMb }) => lastMb / settledMb)[results.length >> 1];
  return middle === undefined ? [] : [{ ...middle, steps: count }];
};

/** The requested parts; the others are empty. */
const measureAll = async (quick: boolean, only: readonly Part[]): Promise<Results> => {
  const machine = thisMachine();
  if (isRestless(machine)) say(`others use this machine (load ${machine.load.toFixed(1)}): times are theirs too, ratios less so`);
  const asked = async <T>(part: Part, otherwise: T, measured: () => Promise<T>): Promise<T> => {
    if (!only.includes(part)) return otherwise;
    say(`measuring: ${part}`);
    return measured();
  };
  const ofSizes = <const Name extends string>(part: Part, script: string, names: readonly Name[], ...options: readonly string[]) =>
    asked<readonly AtSizes<Name>[]>(part, [], () =>
      scripted(script, part === 'compile' ? [...SETTINGS, { sizes: DEEP }] : SETTINGS, names, ...options),
    );
  const amount = quick ? 'quick' : 'full';
  const often = quick ? 1 : 3;
  const measured = {
    ...(await asked('steps', { steps: [], versions: { node: process.versions.node } }, () => steps(quick))),
    ...(await asked<Partial<Results>>('torch', {}, async () => {
      const torch = await measureTorch([...SETTINGS, MANY_TOKENS], {
        amount,
        rounds: quick ? ROUNDS.quick : ROUNDS.torch,
        python: await maybe(torchPython()),
      });
      return torch === undefined ? {} : { torch };
    })),
    outside: await ofSizes('outside', 'outside', ['stepMs', 'onceMs'], '--steps', quick ? '300' : '2000', '--times', `${often}`),
    transfer: await ofSizes('transfer', 'transfer', ['carryMs', 'resetMs'], '--times', '21'),
    checkpoint: await ofSizes('checkpoint', 'checkpoint', ['checkpointMs', 'ownStepMs'], '--steps', quick ? '5' : '15'),
    compile: await ofSizes('compile', 'compile-level', ['traceMs', 'totalMs']),
    ...(await asked<Pick<Results, 'start'> & Partial<Results>>('start', { start: [] }, async () => ({
      helpMs: await helpMs(quick ? 3 : 7),
      start: await forSizes(SETTINGS, async ({ sizes }) => ({ firstStepMs: await firstStepMs(sizes, often) })),
    }))),
    memory: await asked('memory', [], () => memory(quick)),
    ...(await asked<Pick<Results, 'compare' | 'report'>>('compare', { compare: [] }, async () => ({
      compare: await forSizes(SETTINGS, ({ sizes, [amount]: { compared } }) => compareCost(sizes, compared)),
      report: await measureReport(quick ? 1 : 7),
    }))),
    ...(await asked<Partial<Results>>('slurm', {}, async () => ({ slurm: await maybe(measureSlurm(quick ? 1 : 5)) }))),
    ...(await asked('backends', { pairs: [], backends: [] }, () => measureBackends(quick, quick ? ROUNDS.quick : ROUNDS.backends))),
  };
  const date = new Date().toISOString();
  const dates = Object.fromEntries(only.map((part) => [part, date]));
  return { date, dates, machine, rounds: quick ? ROUNDS.quick : ROUNDS.full, ...measured };
};

const RESULTS = join('bench', 'results', 'cpu.json');

/** The saved results, updated with the parts that were measured again. */
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

const { quick, only, json } = new Command('npm run bench --')
  .description('measure vcycle beside its peers on this machine: one table of ratios')
  .option('--quick', 'one round and fewer steps; writes nothing', false)
  .addOption(new Option('--only <part...>', 'measure these alone, and renew their rows').choices(ALL))
  .option('--json', 'print the results as JSON', false)
  .parse()
  .opts<{ quick: boolean; only?: readonly Part[]; json: boolean }>();

await script(async () => {
  const measured = await measureAll(quick, only ?? ALL);
  process.stdout.write(`${json ? JSON.stringify(measured, undefined, 2) : benchTable(measured)}\n`);
  if (quick) return;
  const results = only === undefined ? measured : await renewed(measured, only);
  await writeFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
  await intoPage(join('bench', 'README.md'), 'table', 'bench', `\`\`\`text\n${benchTable(results)}\n\`\`\``);
  say(`wrote ${RESULTS} and the table of its page`);
});
