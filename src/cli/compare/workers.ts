/**
 * Workers: `vcycle worker` as child processes that do one job after another, because much of a job's startup is needed only once per process. Not here:
 * which jobs, and how many at a time (`src/sweep`); a worker's own side (`../commands/worker.ts`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { match } from 'ts-pattern';
import type { Job } from '../../sweep/job.js';
import type { JobNotes, WorkerEnd } from '../../sweep/sweep.js';
import type { Order, Report } from './worker-words.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

export interface WorkerOptions {
  readonly manifest: string;
  readonly threads?: number;
  /** Where states are kept, and how many bytes of them. */
  readonly states?: string;
  readonly keepStates?: number;
  readonly say: (sentence: string) => void;
  readonly signal: AbortSignal;
}

export interface Workers {
  /** Gives the job to an idle worker, or to a new one. */
  work(job: Job, notes: JobNotes): Promise<WorkerEnd>;
  /** Starts as many workers as the jobs can occupy, so that those that must wait for a job are ready for it. */
  prepare(jobs: readonly Job[], most: number): void;
  /** Ends all workers. */
  dispose(): void;
}

/** A worker that ends with an error gives the reason in its last line, if it can. */
const lastLine = (stderr: string): string => (stderr.trim().split('\n').at(-1) ?? '').replace(/^vcycle: /, '');

const lost = (code: number | null, signal: string | null, said: string): WorkerEnd => ({
  kind: 'lost',
  message: `its worker was ended (${signal ?? `exit code ${code}`}${said === '' ? '' : `: ${said}`})`,
});

/** Starts a worker in its own process group, so that Ctrl-C reaches it only once, through this process. */
const started = ({ manifest, threads, states, keepStates }: WorkerOptions): ChildProcess => {
  const option = (name: string, value: string | number | undefined) => (value === undefined ? [] : [name, String(value)]);
  const args = ['worker', manifest, ...option('--threads', threads), ...option('--states', states), ...option('--keep-states', keepStates)];
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true });
};

const isAlive = ({ exitCode, signalCode, connected }: ChildProcess): boolean => exitCode === null && signalCode === null && connected;

/** How the job ended, and whether the worker had received it. The worker continues unless it was lost. */
interface Ended {
  readonly end: WorkerEnd;
  readonly begun: boolean;
}

const workOn = (worker: ChildProcess, job: Job, notes: JobNotes, { signal, say }: WorkerOptions): Promise<Ended> =>
  new Promise((resolve) => {
    let begun = false;
    let stderr = '';
    const collect = (chunk: Buffer): void => {
      stderr += chunk.toString();
    };
    const stop = (): void => {
      worker.kill('SIGINT');
    };
    const ended = (end: WorkerEnd): void => {
      signal.removeEventListener('abort', stop);
      worker.stderr?.off('data', collect);
      worker.off('message', listen).off('close', closed).off('error', failed);
      resolve({ end, begun });
    };
    const listen = (message: Report): void =>
      match(message)
        .with({ kind: 'begun' }, () => {
          begun = true;
        })
        .with({ kind: 'progressed' }, ({ share }) => notes.progressed(share))
        .with({ kind: 'ahead' }, ({ heads }) => notes.ahead(heads))
        .with({ kind: 'passed' }, ({ head, kept }) => notes.passed(head, kept))
        .with({ kind: 'said' }, ({ sentence }) => say(sentence))
        .with({ kind: 'done' }, { kind: 'failed' }, ended)
        .exhaustive();
    const closed = (code: number | null, killedBy: string | null): void => ended(lost(code, killedBy, lastLine(stderr)));
    const failed = (error: Error): void => ended({ kind: 'lost', message: `its worker cannot be reached (${error.message})` });
    signal.addEventListener('abort', stop);
    worker.stderr?.on('data', collect);
    worker.on('message', listen).on('close', closed).on('error', failed);
    const order: Order = { job: job.id };
    worker.send(order, (error) => {
      if (error !== null) failed(error);
    });
  });

export const createWorkers = (options: WorkerOptions): Workers => {
  const all = new Set<ChildProcess>();
  const idle = new Set<ChildProcess>();
  const start = (): ChildProcess => {
    const worker = started(options);
    all.add(worker);
    return worker.on('close', () => {
      all.delete(worker);
      idle.delete(worker);
    });
  };
  const work: Workers['work'] = async (job, notes) => {
    const waiting = [...idle].findLast(isAlive);
    const worker = waiting ?? start();
    idle.delete(worker);
    const { end, begun } = await workOn(worker, job, notes, options);
    if (end.kind !== 'lost') idle.add(worker);
    // The worker was ended while it was idle, so the job is not the cause.
    else if (waiting !== undefined && !begun && !options.signal.aborted) return work(job, notes);
    return end;
  };
  return {
    work,
    prepare: (jobs, most) => {
      for (const { id } of jobs.slice(0, most - all.size)) {
        const order: Order = { prepare: id };
        const worker = start();
        // One that cannot be reached is replaced once it gets a job.
        worker.on('error', () => undefined).send(order, () => undefined);
        idle.add(worker);
      }
    },
    dispose: () => {
      for (const worker of all) if (worker.connected) worker.disconnect();
    },
  };
};
