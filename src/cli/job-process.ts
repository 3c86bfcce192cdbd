/**
 * A worker: `vcycle job` as a child process. Not here: which jobs, and how many at a time (`src/sweep`).
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Job } from '../sweep/job.js';
import type { WorkerEnd } from '../sweep/sweep.js';
import { EXIT } from './exit.js';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

export interface WorkerOptions {
  readonly manifest: string;
  readonly threads?: number;
  readonly signal: AbortSignal;
}

const shareIn = (message: unknown): number | undefined =>
  typeof message === 'object' && message !== null && 'share' in message && typeof message.share === 'number' ? message.share : undefined;

/** The sentence with which a command ended, which is its last line. */
const sentenceIn = (stderr: string): string => (stderr.trim().split('\n').at(-1) ?? '').replace(/^vcycle: /, '');

const endOf = (code: number | null, signal: string | null, stderr: string): WorkerEnd => {
  if (code === EXIT.done) return { kind: 'done' };
  const said = sentenceIn(stderr);
  if (code === EXIT.failed || code === EXIT.wrongInput)
    return { kind: 'failed', fault: { kind: code === EXIT.failed ? 'run' : 'input', message: said } };
  return { kind: 'lost', message: `its worker was ended (${signal ?? `exit code ${code}`}${said === '' ? '' : `: ${said}`})` };
};

/** In a process group of its own, so that a Ctrl-C reaches it once, from here. */
export const workOn = (job: Job, progressed: (share: number) => void, { manifest, threads, signal }: WorkerOptions): Promise<WorkerEnd> =>
  new Promise((resolve) => {
    const args = ['job', manifest, job.id, ...(threads === undefined ? [] : ['--threads', String(threads)])];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true });
    const stop = (): void => {
      child.kill('SIGINT');
    };
    signal.addEventListener('abort', stop);
    let stderr = '';
    const end = (ended: WorkerEnd): void => {
      signal.removeEventListener('abort', stop);
      resolve(ended);
    };
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('message', (message) => {
      const share = shareIn(message);
      if (share !== undefined) progressed(share);
    });
    child.on('error', (error) => end({ kind: 'lost', message: `its worker did not start (${error.message})` }));
    child.on('close', (code, killedBy) => end(endOf(code, killedBy, stderr)));
  });
