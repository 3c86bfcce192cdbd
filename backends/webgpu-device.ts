/**
 * Whether a WebGPU backend finds its device in Node, checked in a separate process: Dawn, and ONNX Runtime, which contains Dawn, print lines of their
 * own about missing drivers on stderr, and a broken driver may end the process. Not here: the check itself (`own-process/webgpu-question.ts`).
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../src/backend.js';
import { factsOfMachine } from './machine/facts.js';
import { withoutAdapter } from './machine/remedies.js';
import { noGpu } from './no-gpu.js';

export type WebgpuBackend = 'tfjs-webgpu' | 'onnx-webgpu';

/** Creating a backend; Left: why there is no device, in the runtime's own words. */
export type WithoutDevice = { readonly kind: 'no-device'; readonly said: string };

const QUESTION = fileURLToPath(new URL('own-process/webgpu-question.js', import.meta.url));

/** What the question prints. */
export type Answer = { readonly kind: 'device' } | WithoutDevice | { readonly kind: 'error'; readonly error: BackendError };

const ask = (backend: WebgpuBackend): Promise<Answer> =>
  new Promise((resolve) => {
    execFile(process.execPath, [QUESTION, backend], (error, stdout) => {
      const [line] = stdout.split('\n');
      if (line) resolve(JSON.parse(line));
      else resolve({ kind: 'no-device', said: `its runtime ended the process (${error?.signal ?? error?.code ?? 'without a word'})` });
    });
  });

/** Backends that have found a device before and need no further check. */
const found = new Set<WebgpuBackend>();

const withoutDevice = (backend: WebgpuBackend, said: string): BackendError => noGpu(backend, withoutAdapter(factsOfMachine(), said));

const asked =
  (backend: WebgpuBackend): TE.TaskEither<BackendError, void> =>
  async () => {
    if (found.has(backend)) return E.right(undefined);
    const answer = await ask(backend);
    if (answer.kind === 'no-device') return E.left(withoutDevice(backend, answer.said));
    if (answer.kind === 'error') return E.left(answer.error);
    found.add(backend);
    return E.right(undefined);
  };

/** Creates the backend once it is known to find a device. */
export const whereDevice =
  <A>(backend: WebgpuBackend, make: TE.TaskEither<BackendError | WithoutDevice, A>): TE.TaskEither<BackendError, A> =>
  async () => {
    const there = await asked(backend)();
    if (E.isLeft(there)) return there;
    const made = await make();
    return E.mapLeft((error: BackendError | WithoutDevice) => (error.kind === 'no-device' ? withoutDevice(backend, error.said) : error))(
      made,
    );
  };
