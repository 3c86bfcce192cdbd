/**
 * The worker's process: starts it, asks it one thing after another over a socket of its own, and knows how it ended. The event loop is never blocked.
 * `worker/main.py` is the other end. Not here: what is asked (`backend.ts`), bytes (`messages.ts`), which Python (`installation.ts`).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import type { HostTensor } from '../../src/backend.js';
import { compiledFolder } from './installation.js';
import { framesOf, type Header, type Message, MessageReader } from './messages.js';
import type { Recording } from './recording.js';

/** Raised whenever a message changes its meaning: both ends must say the same. */
export const PROTOCOL_VERSION = 1;

/** As it is in the package, sources and compiled files side by side. */
const MAIN = fileURLToPath(new URL('../../../backends/torch/worker/main.py', import.meta.url));

/** As much of what the worker printed last as is kept to be quoted. */
const LAST_WORDS = 4000;

export interface WorkerOptions {
  readonly python: string;
  readonly threads: number;
  /** Seconds after which a worker that has not answered is given up. */
  readonly patience: number;
  /** Keeps all that the worker is told. */
  readonly recording?: Recording;
}

/** The telling line of what was printed last: Python's own sentence of an error is at the end. */
const lastLine = (printed: string): string | undefined =>
  printed
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line.length > 0);

interface Pending {
  readonly settle: (answer: E.Either<string, Message>) => void;
  readonly timer: NodeJS.Timeout;
}

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #patience: number;
  readonly #recording: Recording | undefined;
  /** In the order in which they were asked, which is that of the answers. */
  readonly #pending: Pending[] = [];
  /** Numbers of tensors that are given back with the next message. */
  #released: number[] = [];
  #ending = false;
  #printed = '';
  /** How it ended, as a sentence continues after its name. */
  #end: string | undefined;
  readonly #ended: Promise<void>;

  constructor({ python, threads, patience, recording }: WorkerOptions) {
    this.#recording = recording;
    this.#patience = patience;
    const count = `${threads}`;
    this.#child = spawn(python, ['-B', MAIN, `${process.pid}`, `${PROTOCOL_VERSION}`], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        OMP_NUM_THREADS: count,
        MKL_NUM_THREADS: count,
        // Threads that wait for each other sleep: where other processes want the same processors, spinning took a step of 80 ms to 1,400.
        GOMP_SPINCOUNT: process.env.GOMP_SPINCOUNT ?? '0',
        TORCHINDUCTOR_CACHE_DIR: compiledFolder(),
        // What CUDA's products need to give the same bits again.
        CUBLAS_WORKSPACE_CONFIG: process.env.CUBLAS_WORKSPACE_CONFIG ?? ':4096:8',
      },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#printed = (this.#printed + chunk.toString()).slice(-LAST_WORDS);
      });
    // A pipe of Node's is a socket, which carries both ways.
    this.#socket = this.#child.stdio[3] as Socket;
    const reader = new MessageReader((message) => this.#answered(message));
    this.#socket.on('data', (chunk: Buffer) => reader.push(chunk));
    // Writing to a worker that is gone; its end is told below.
    this.#socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#over(`could not be started (${error.message})`);
        resolve();
      });
      this.#child.on('close', (code, signal) => {
        this.#over(this.#howItEnded(code, signal));
        resolve();
      });
    });
    this.#rest();
  }

  /** Of the worker's process; for tests of its end. */
  get pid(): number | undefined {
    return this.#child.pid;
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

  /** A worker that nobody waits for keeps no process alive. */
  #rest(): void {
    if (this.#ending) return;
    this.#child.unref();
    for (const stream of this.#streams) stream.unref();
  }

  /** All of them: a process is closed when its streams are. */
  #wake(): void {
    this.#child.ref();
    for (const stream of this.#streams) stream.ref();
  }

  /** Asks, and waits for the answer. Left: why there is none, as it follows what was asked for. */
  ask(header: Header, tensors: readonly HostTensor[] = []): Promise<E.Either<string, Message>> {
    if (this.#end !== undefined) return Promise.resolve(E.left(`the worker ${this.#end}`));
    return new Promise((settle) => {
      const timer = setTimeout(() => {
        this.#over(`did not answer for ${this.#patience} s and was stopped`);
        this.#child.kill('SIGKILL');
      }, this.#patience * 1000);
      this.#pending.push({ settle, timer });
      this.#wake();
      const release = this.#released;
      this.#released = [];
      this.#socket.cork();
      for (const frame of framesOf(release.length === 0 ? header : { ...header, release }, tensors)) {
        this.#socket.write(frame);
        this.#recording?.write(frame);
      }
      this.#socket.uncork();
    });
  }

  /** Gives a tensor of that number back, with the next message. */
  release(tensor: number): void {
    this.#released.push(tensor);
  }

  /** Ends it, and waits until it is gone. */
  async end(): Promise<void> {
    // What was asked last may still be answered.
    this.#ending = true;
    this.#wake();
    this.#socket.end();
    await this.#ended;
    this.#recording?.close();
  }
}
