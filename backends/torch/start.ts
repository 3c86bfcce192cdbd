/**
 * Starts a worker, checks its version, and reads from its greeting what it can do; or explains in one sentence why it cannot start. Not here: the
 * requests that follow (`backend.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type BackendError, failed, type Remedy, unavailable } from '../../src/backend.js';
import type { OperationName } from '../../src/program/operations/index.js';
import { LEAST_PYTHON, LEAST_TORCH, SETUP, type TorchInstallation, torchInstallation } from './installation.js';
import type { Header } from './messages.js';
import { PROTOCOL_VERSION, type Worker, WorkerProcess } from './process.js';
import { environmentsOf, type NodePlace, Ranks } from './rank-processes.js';
import { recordingIn } from './recording.js';

export interface Greeting {
  readonly python: string;
  readonly torch: string;
  /** The operations that the worker lowers itself. */
  readonly operations: readonly OperationName[];
  /** The name of the processor or the card. */
  readonly name: string;
  readonly bf16: boolean;
  /** The compiler's path, if there is one. */
  readonly compiler: string | null;
  /** The compute capability of a card; `memory` is its size in bytes. */
  readonly capability?: string;
  readonly memory?: number;
}

export interface StartOptions {
  readonly device: 'cpu' | 'cuda';
  readonly threads: number;
  readonly precision: 'f32' | 'bf16';
  readonly compile: boolean;
  /** The first card that is this process's or its ranks'; others may have those before it. */
  readonly card: number;
}

/** The recording of all messages to the worker, if one is wanted. */
export interface RecordingOptions {
  readonly record?: string;
}

/** The longest that a timer of Node's takes is 2³¹ ms. */
const LONGEST = 2_000_000;

/** What is wrong with the seconds that a variable of the environment sets, if it sets any. */
const wrongSeconds = (variable: string): Remedy | undefined => {
  const said = process.env[variable];
  return !said || (Number(said) > 0 && Number(said) <= LONGEST)
    ? undefined
    : { missing: `${variable} must be seconds above 0, at most ${LONGEST} (was ${said}); correct it or leave it out` };
};

/**
 * Seconds after which a worker that gives no answer is considered lost. A program of one layer compiles quickly, but a step of a large model may take
 * minutes on a slow machine.
 */
const silenceLimit = (): E.Either<Remedy, number> => {
  const wrong = wrongSeconds('VCYCLE_WORKER_SILENCE');
  return wrong === undefined ? E.right(Number(process.env.VCYCLE_WORKER_SILENCE) || 1800) : E.left(wrong);
};

/** The same of the limits that ranks have among themselves, which their processes read (`worker/ranks.py`). */
const wrongRankLimit = (): Remedy | undefined => wrongSeconds('VCYCLE_RANKS_SILENCE') ?? wrongSeconds('VCYCLE_RANKS_PATIENCE');

/** An installation, and how long its workers may be silent. */
interface Startable extends TorchInstallation {
  readonly patience: number;
}

/** What mends an installation of vcycle's own; a Python that the user names is the user's. */
const againFor = ({ from }: TorchInstallation): Partial<Remedy> =>
  from.startsWith('VCYCLE_PYTHON') ? {} : { command: `${SETUP} --again` };

/** Why a worker cannot be used, from what it sent in place of a greeting; undefined for a usable greeting. */
const refusal = (
  { version, fault, message, python, torch, failed, missing }: Header,
  installation: TorchInstallation,
): Remedy | undefined => {
  const { from } = installation;
  const again = againFor(installation);
  if (version !== PROTOCOL_VERSION || fault === 'version')
    return {
      missing: `needs a worker of version ${PROTOCOL_VERSION} (was ${version}): vcycle's own files are of two versions; install it again`,
    };
  if (fault === 'python') return { missing: `needs Python ${LEAST_PYTHON} or newer (was ${python}, of ${from})`, ...again };
  if (fault === 'torch') return { missing: `needs PyTorch, which the Python of ${from} cannot import (${message})`, ...again };
  if (fault === 'old') return { missing: `needs PyTorch ${LEAST_TORCH} or newer (was ${torch}, of ${from})`, ...again };
  for (const said of [failed, missing]) if (typeof said === 'string') return { missing: said };
  return undefined;
};

interface Greeted<W extends Worker = WorkerProcess> {
  readonly worker: W;
  readonly greeting: Greeting;
}

/** Seconds within which a worker must have loaded PyTorch. */
const START = 180;

/** Left: why it cannot be used; then it has been ended. */
const greeted = async (worker: WorkerProcess, installation: Startable, options: StartOptions): Promise<E.Either<Remedy, Greeted>> => {
  const answer = await worker.ask({ version: PROTOCOL_VERSION, ...options }, [], Math.min(installation.patience, START));
  const refused = E.isLeft(answer)
    ? { missing: `needs a Python that runs PyTorch; ${answer.left} (was that of ${installation.from})`, ...againFor(installation) }
    : refusal(answer.right.header, installation);
  if (refused === undefined && E.isRight(answer)) return E.right({ worker, greeting: answer.right.header as unknown as Greeting });
  await worker.end(false);
  return E.left(refused ?? { missing: 'gave no greeting' });
};

const alone = async (
  installation: Startable,
  { record, ...options }: StartOptions & RecordingOptions,
): Promise<E.Either<Remedy, Greeted>> => {
  const recording = record === undefined ? undefined : recordingIn(record);
  if (recording !== undefined && E.isLeft(recording)) return E.left({ missing: recording.left });
  const worker = new WorkerProcess({
    python: installation.python,
    threads: options.threads,
    patience: installation.patience,
    ...(recording === undefined ? {} : { recording: recording.right }),
  });
  return greeted(worker, installation, options);
};

/** How many ranks on this machine, and which machine of several it is. */
export interface RankOptions {
  readonly ranks: number;
  readonly place: NodePlace | undefined;
}

/** All ranks of this machine, which have loaded PyTorch. Left: why one of them cannot start. */
const startedRanks = async (
  installation: Startable,
  { ranks, place, ...options }: StartOptions & RankOptions,
): Promise<E.Either<Remedy, Greeted<Ranks>>> => {
  const wrong = wrongRankLimit();
  if (wrong !== undefined) return E.left(wrong);
  const environments = await environmentsOf(ranks, place);
  const workers = environments.map(
    (environment) =>
      new WorkerProcess({ python: installation.python, threads: options.threads, patience: installation.patience, environment }),
  );
  const first = ranks * (place?.node ?? 0);
  const group = new Ranks(workers, first);
  let refused: Remedy | undefined;
  const greetings = await Promise.all(
    workers.map(async (worker, rank) => {
      const answer = await greeted(worker, installation, options);
      if (E.isRight(answer)) return [answer.right.greeting];
      // The others would wait for it; what is said is why the first one failed.
      refused ??= { ...answer.left, missing: `${answer.left.missing}, for rank ${first + rank}` };
      group.kill();
      return [];
    }),
  );
  const [greeting] = greetings.flat();
  if (refused === undefined && greeting !== undefined) return E.right({ worker: group, greeting });
  await group.end();
  return E.left(refused ?? { missing: 'needs at least one rank' });
};

/** The same with rank 0 among them, once all ranks of all machines have met. Left: also who did not come. */
const met = async (installation: Startable, options: StartOptions & RankOptions): Promise<E.Either<Remedy, Greeted<Ranks>>> => {
  const started = await startedRanks(installation, options);
  if (E.isLeft(started)) return started;
  const group = started.right.worker;
  const here = await group.meet();
  if (E.isRight(here)) return started;
  group.kill();
  await group.end();
  return E.left({ missing: here.left });
};

const installationFor = (backend: string): E.Either<BackendError, Startable> => {
  if (process.platform === 'win32')
    return E.left(unavailable(backend, { missing: 'needs Linux or macOS: its worker speaks over a socket that Windows does not hand on' }));
  const [installation, patience] = [torchInstallation(), silenceLimit()];
  if (E.isLeft(installation)) return E.left(unavailable(backend, installation.left));
  if (E.isLeft(patience)) return E.left(unavailable(backend, patience.left));
  return E.right({ ...installation.right, patience: patience.right });
};

/** Left: why the worker cannot start, as an error of the backend of that name. */
export const startWorker =
  (
    backend: string,
    { ranks, place, ...options }: StartOptions & RecordingOptions & RankOptions,
  ): TaskEither<BackendError, Greeted<Worker>> =>
  async () => {
    const installation = installationFor(backend);
    if (E.isLeft(installation)) return installation;
    const started: E.Either<Remedy, Greeted<Worker>> = ranks === 1 && place === undefined
      ? await alone(installation.right, options)
      : await met(installation.right, { ranks, place, ...options });
    return E.mapLeft((remedy: Remedy) => unavailable(backend, remedy))(started);
  };

/**
 * Starts the ranks of a machine other than that of rank 0, and waits until the run ends.
 *
 * @param begun called when they have started.
 * @returns left: why they cannot start, or how the first of them ended that did not end in order.
 */
export const followWithRanks =
  (backend: string, options: StartOptions & RankOptions, begun: () => void): TaskEither<BackendError, void> =>
  async () => {
    const installation = installationFor(backend);
    if (E.isLeft(installation)) return installation;
    const started = await startedRanks(installation.right, options);
    if (E.isLeft(started)) return E.left(unavailable(backend, started.left));
    begun();
    return E.mapLeft((how: string) => failed(backend, how))(await started.right.worker.untilEnded());
  };
