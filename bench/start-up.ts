/** The start-up time of the command: `--help`, and the first training step, each as a user experiences it. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../src/runner/events/events.js';
import { output, sizeOptions } from './child.js';
import { median } from './median.js';
import type { Sizes } from './settings.js';
import { Unmeasured } from './unmeasured.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

const repeated = async (times: number, measured: () => Promise<number>): Promise<number> => {
  const values: number[] = [];
  for (let done = 0; done < times; done++) values.push(await measured());
  return median(values);
};

/** Milliseconds of `vcycle --help`. */
export const helpMs = (times: number): Promise<number> =>
  repeated(times, async () => {
    const began = performance.now();
    await output(process.execPath, [MAIN, '--help']);
    return performance.now() - began;
  });

const finished = (args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' });
    child.on('error', ({ message }) => reject(new Unmeasured(`vcycle run could not be started (${message})`)));
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Unmeasured(`vcycle run must end with 0 (was ${code})`))));
  });

/** Milliseconds from `vcycle run` to the end of its first training step. */
export const firstStepMs = (sizes: Sizes, times: number): Promise<number> =>
  repeated(times, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vcycle-bench-'));
    const out = join(folder, 'run');
    try {
      // Wall-clock time, because the run's events contain it.
      const began = Date.now();
      await finished(['run', 'train(1)', ...sizeOptions(sizes), '--evaluation-batches', '1', '--out', out]);
      const lines = (await readFile(join(out, 'events.jsonl'), 'utf8')).trim().split('\n');
      const step = lines.map((line): RunEvent => JSON.parse(line)).find(({ kind }) => kind === 'step');
      if (step === undefined) throw new Unmeasured('vcycle run must say its first step in events.jsonl');
      return step.time - began;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
