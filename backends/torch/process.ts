/**
 * The worker process: starts it, sends it requests in order over a dedicated socket, and knows how it ended. The event loop is never blocked.
 * `worker/main.py` is the other end. Not here: the requests (`backend.ts`), bytes (`messages.ts`), which Python (`installation.ts`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import type { HostTensor } from '../../src/backend.js';
import { compiledFolder } from './installation.js';
import { framesOf, type Header, type Message, MessageReader } from './messages.js';
import type { Recording } from './recording.js';

/** Raised whenever a message changes its meaning; both ends must have the same version. */
export const PROTOCOL_VERSION = 2;

/** The path in the package, where the Python sources are beside `dist`. */
const MAIN = fileURLToPath(new URL('../../../backends/torch/worker/main.py', import.meta.url));

/** How many of the last characters that the worker printed are kept, to be quoted in a message. */
const LAST_WORDS = 4000;

/** Milliseconds in which a worker that nothing is asked any more ends. */
const LAST_PATIENCE = 60_000;

export interface WorkerOptions {
  readonly python: string;
  readonly threads: number;
  /** Seconds to wait for an answer before the worker is considered lost. */
  readonly patience: number;
  /** Stores every message that is sent to the worker. */
  readonly recording?: Recording;
  /** Further variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What answers requests: a worker process, or several that answer as one. */
export interface Worker {
  /** Sends a request and waits for the answer. Left: why there is none, as the end of a sentence that begins with the request. */
  ask(header: Header, tensors?: readonly HostTensor[]): Promise<E.Either<string, Message>>;
  /** Releases the tensor of that number with the next message. */
  release(tensor: number): void;
  /** Ends it, and waits until it has ended. */
  end(): Promise<void>;
}

/** The last line that was printed: Python prints the message of an error at the end of its traceback. */
const lastLine = (printed: string): string | undefined =>
  printed
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line.length > 0);

/** Why a program cannot be started, in words. */
const startFault = ({ code, message }: NodeJS.ErrnoException): string =>
  code === 'ENOENT' ? 'there is no such program' : code === 'EACCES' ? 'that file may not be executed' : message;

interface Pending {
  readonly settle: (answer: E.Either<string, Message>) => void;
  readonly timer: NodeJS.Timeout;
}

export class WorkerProcess implements Worker {
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #patience: number;
  readonly #recording: Recording | undefined;
  /** Requests without an answer, in the order in which they were sent; answers come in the same order. */
  readonly #pending: Pending[] = [];
  /** Numbers of tensors that the next message releases. */
  #released: number[] = [];
  #ending = false;
  #printed = '';
  /** How the process ended, as the rest of a sentence that begins with its name. */
  #end: string | undefined;
  readonly #ended: Promise<void>;

  constructor({ python, threads, patience, recording, environment }: WorkerOptions) {
    this.#recording = recording;
    this.#patience = patience;
    const count = `${threads}`;
    this.#child = spawn(python, ['-B', MAIN, `${process.pid}`, `${PROTOCOL_VERSION}`], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        OMP_NUM_THREADS: count,
        MKL_NUM_THREADS: count,
        // Threads that wait for each other sleep: where other processes use the same processors, spinning made a step of 80 ms take 1,400 ms.
        GOMP_SPINCOUNT: process.env.GOMP_SPINCOUNT ?? '0',
        // What aligned memory leaves over goes to small objects otherwise, so that no hole fits the tensor again that left it (`worker/memory.py`).
        GLIBC_TUNABLES: process.env.GLIBC_TUNABLES ?? 'glibc.malloc.tcache_count=0',
        TORCHINDUCTOR_CACHE_DIR: compiledFolder(),
        // cuBLAS needs this for matrix products that are the same bit for bit in every run.
        CUBLAS_WORKSPACE_CONFIG: process.env.CUBLAS_WORKSPACE_CONFIG ?? ':4096:8',
        ...environment,
      },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#printed = (this.#printed + chunk.toString()).slice(-LAST_WORDS);
      });
    // What Node calls a pipe is a socket, which works in both directions.
    this.#socket = this.#child.stdio[3] as Socket;
    const reader = new MessageReader((message) => this.#answered(message));
    this.#socket.on('data', (chunk: Buffer) => reader.push(chunk));
    // A write to a worker that has ended fails here; its end is handled below.
    this.#socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#over(`could not be started (${startFault(error)})`);
        resolve();
      });
      this.#child.on('close', (code, signal) => {
        this.#over(this.#howItEnded(code, signal));
        resolve();
      });
    });
    this.#rest();
  }

  /** The process id of the worker; tests use it to end the worker. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How it ended, as the rest of a sentence that begins with its name; undefined while it runs. */
  get howItEnded(): string | undefined {
    return this.#end;
  }

  /** Settles when it has ended. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Waits until it ends by itself, and keeps this process alive meanwhile. Left: how it ended, if not in order. */
  async untilEnded(): Promise<E.Either<string, void>> {
    this.#ending = true;
    this.#wake();
    await this.#ended;
    return this.#child.exitCode === 0 ? E.right(undefined) : E.left(this.#end ?? '');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal === null ? `exit code ${code}` : signal === 'SIGKILL' ? 'SIGKILL, as where memory runs out' : signal;
    const said = lastLine(this.#printed);
    return `ended (${how})${said === undefined ? '' : `; its last words: ${said}`}`;
  }

  #over(how: string): void {
    this.#end ??= how;
    for (const { settle, timer } of this.#pending.splice(0)) {
      clearTimeout(timer);
      settle(E.left(`the worker ${this.#end}`));
    }
  }

  #answered(message: Message): void {
    const pending = this.#pending.shift();
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    if (this.#pending.length === 0) this.#rest();
    const { failed } = message.header;
    pending.settle(typeof failed === 'string' ? E.left(failed) : E.right(message));
  }

  get #streams(): readonly Socket[] {
    return [this.#socket, this.#child.stdout, this.#child.stderr].filter((stream): stream is Socket => stream !== null);
  }

  /** While no request is pending, the worker must not keep this process alive. */
  #rest(): void {
    if (this.#ending) return;
    this.#child.unref();
    for (const stream of this.#streams) stream.unref();
  }

  /** The streams as well as the process: `close` comes only after all of them are closed. */
  #wake(): void {
    this.#child.ref();
    for (const stream of this.#streams) stream.ref();
  }

  /** @param patience seconds to wait for this answer. */
  ask(header: Header, tensors: readonly HostTensor[] = [], patience = this.#patience): Promise<E.Either<string, Message>> {
    if (this.#end !== undefined) return Promise.resolve(E.left(`the worker ${this.#end}`));
    const release = this.#released;
    this.#released = [];
    const frames = framesOf(release.length === 0 ? header : { ...header, release }, tensors);
    const recorded = this.#recording?.write(frames) ?? E.right(undefined);
    if (E.isLeft(recorded)) return Promise.resolve(recorded);
    return new Promise((settle) => {
      const timer = setTimeout(() => {
        this.#over(`did not answer for ${patience} s and was stopped`);
        this.#child.kill('SIGKILL');
      }, patience * 1000);
      this.#pending.push({ settle, timer });
      this.#wake();
      this.#socket.cork();
      for (const frame of frames) this.#socket.write(frame);
      this.#socket.uncork();
    });
  }

  release(tensor: number): void {
    this.#released.push(tensor);
  }

  /** @param keep whether a recording is of use: not that of a worker that never ran. */
  async end(keep = true): Promise<void> {
    // The last requests may still be answered.
    this.#ending = true;
    this.#wake();
    this.#socket.end();
    // One that has been stopped does not end.
    const timer = setTimeout(() => this.kill(), LAST_PATIENCE);
    await this.#ended;
    clearTimeout(timer);
    this.#recording?.close(keep);
  }
}
