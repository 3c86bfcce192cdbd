/**
 * The cost of `vcycle compare` in addition to the runs that it starts, as a user sees it: from the command to its report. Not here: how
 * long the report takes to open (`report.ts`).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sum } from 'd3-array';
import { processorsOfProcess } from '../backends/machine/processors.js';
import { RUN_FILES } from '../src/runner/folder/run-folder.js';
import { output, sizeOptions } from './child.js';
import type { CompareResult } from './results.js';
import type { Sizes } from './settings.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

/** Linux reports this unit to programs on every machine. */
const TICKS_A_SECOND = 100;

/** CPU seconds of this process's terminated children and their descendants; undefined if the system does not report them. */
const childrenSeconds = (): number | undefined => {
  if (!existsSync('/proc/self/stat')) return undefined;
  const text = readFileSync('/proc/self/stat', 'utf8');
  // The name in parentheses may contain anything, so fields are counted after it: the 12th and 13th (proc(5), cutime and cstime).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
};

/** The durations that the runs themselves report, in seconds, including evaluations, checkpoints and compilation. */
const runSeconds = (folder: string): readonly number[] =>
  readdirSync(join(folder, 'jobs')).map((id) => JSON.parse(readFileSync(join(folder, 'jobs', id, RUN_FILES.summary), 'utf8')).seconds);

/**
 * Compares a pipeline of two levels with its baseline at equal FLOPs, for two seeds: four runs of about the same length.
 *
 * @param steps of the fine level; the coarse one has twice as many.
 */
export const compareCost = async (sizes: Sizes, steps: number): Promise<Omit<CompareResult, 'sizes'>> => {
  // Beside the build output, on a disk like real comparisons: the system's temporary folder may be in memory.
  const folder = await mkdtemp(join('dist', 'vcycle-bench-'));
  try {
    const out = join(folder, 'c');
    const stages = `restrict(even) >> train(${2 * steps}) >> prolongate >> train(${steps})`;
    const args = ['compare', stages, ...sizeOptions(sizes), '--seeds', '2', '--baseline', 'equal-flops', '--out', out, '--json'];
    const [began, cpuBefore] = [performance.now(), childrenSeconds()];
    const said = await output(process.execPath, [MAIN, ...args]);
    const [wallMs, cpuAfter] = [performance.now() - began, childrenSeconds()];
    const { workers }: { readonly workers: number } = JSON.parse(said).timings;
    const runs = runSeconds(out);
    const runsMs = 1000 * sum(runs);
    const { processors: cores } = processorsOfProcess();
    return {
      wallMs,
      runs: runs.length,
      runsMs,
      added: (wallMs * workers) / runsMs - 1,
      ...(cpuBefore === undefined || cpuAfter === undefined ? {} : { busy: (1000 * (cpuAfter - cpuBefore)) / (wallMs * cores) }),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
