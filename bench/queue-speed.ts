/**
 * What a user waits for where a comparison of a thousand jobs goes into a queue: submitting them, and the same command again, which shows their state.
 * On a real Slurm of its own; the jobs are held, so that nothing but the queue works meanwhile.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSlurm, whyNoSlurm } from '../test/slurm/real-slurm.js';
import { output, sizeOptions } from './child.js';
import { median } from './median.js';
import type { SlurmResult } from './results.js';
import { QUEUED, SMALL } from './settings.js';
import { Unmeasured } from './unmeasured.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

/** Unmeasured: no Slurm can be started here. @param often how many times the state is asked for. */
export const measureSlurm = async (often: number): Promise<SlurmResult> => {
  const reason = whyNoSlurm();
  if (reason !== undefined) throw new Unmeasured(reason);
  const folder = await mkdtemp(join(tmpdir(), 'vcycle-bench-'));
  const { env, call, end } = await startSlurm();
  try {
    const stages = ['compare', 'train(5)', ...sizeOptions(SMALL.sizes), '--seeds', String(QUEUED), '--baseline', 'none'];
    const queue = ['--out', join(folder, 'c'), '--on', 'slurm', '--sbatch', '--hold', '--json'];
    const asked = async (): Promise<number> => {
      const began = performance.now();
      const { slurm }: { readonly slurm: { readonly pending: number } } = JSON.parse(
        await output(process.execPath, [MAIN, ...stages, ...queue], env),
      );
      if (slurm.pending !== QUEUED) throw new Unmeasured(`${QUEUED} jobs must be pending (were ${slurm.pending})`);
      return performance.now() - began;
    };
    const submitMs = await asked();
    const arrays = call('squeue', '--noheader', '--format=%F').trim().split('\n').length;
    const states: number[] = [];
    const queueMs: number[] = [];
    for (let time = 0; time < often; time++) {
      states.push(await asked());
      const began = performance.now();
      call('squeue', '--noheader', '--array', '--states=all');
      queueMs.push(performance.now() - began);
    }
    return { arrays, submitMs, stateMs: median(states), queueMs: median(queueMs) };
  } finally {
    await end();
    await rm(folder, { recursive: true, force: true });
  }
};
