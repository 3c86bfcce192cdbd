/**
 * `tfjs-cuda`: tfjs's kernels in TensorFlow's C library, on an NVIDIA GPU. TensorFlow without a usable GPU silently computes on the CPU; here that is
 * an error that names what is missing, unless the CPU was allowed.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type BackendError, type Remedy, unavailable } from '../../src/backend.js';
import { creator } from '../creator.js';
import { factsOfMachine } from '../machine/facts.js';
import { withoutNvidia } from '../machine/remedies.js';
import { aNumberOfThreads, threadsFor } from '../threads.js';
import type { TfjsBackend } from './backend.js';
import { type Installation, requireInstallation } from './tensorflow/installation.js';
import { loadTensorflow, type Tensorflow } from './tensorflow/load.js';
import { missingForCuda } from './tensorflow/missing-cuda.js';
import { onTensorflow } from './tensorflow-backend.js';

const NAME = 'tfjs-cuda';

export interface CudaOptions {
  /** Compute on the CPU where there is no usable GPU, and say so. */
  readonly allowCpu: boolean;
  /** The number of CPU threads, from 1, which is set before TensorFlow is first loaded; by default one for each core that this process may use. */
  readonly threads?: number;
}

const noGpu = ({ missing, ...command }: Remedy): BackendError =>
  unavailable(NAME, {
    missing: `needs an NVIDIA GPU that TensorFlow can use (was: ${missing}); allowCpu: true computes on the CPU instead`,
    ...command,
  });

/** What can be checked without TensorFlow, which only prints notes of its own on stderr. */
const requireGpu = (): E.Either<BackendError, void> => {
  if (process.platform !== 'linux')
    return E.left(noGpu({ missing: `TensorFlow computes on NVIDIA GPUs only under Linux, and this is ${process.platform}` }));
  const missing = withoutNvidia(factsOfMachine());
  return missing === undefined ? E.right(undefined) : E.left(noGpu(missing));
};

/** TensorFlow uses the first GPU that it finds, and does not report its name to JavaScript. */
const nameOfGpu = async (): Promise<string> => {
  const asked = await promisify(execFile)('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader']).then(
    ({ stdout }) => stdout.split('\n')[0]?.trim(),
    () => undefined,
  );
  return asked || 'an NVIDIA GPU';
};

const deviceOf = async (
  { backend, threads }: Tensorflow,
  installation: Installation,
  { allowCpu }: CudaOptions,
): Promise<E.Either<BackendError, string>> => {
  if (backend.isUsingGpuDevice) return E.right(`${await nameOfGpu()}, CUDA`);
  return allowCpu ? E.right(`the CPU, ${threads} threads, NOT a GPU, as was allowed`) : E.left(noGpu(missingForCuda(installation)));
};

const create =
  (options: CudaOptions = { allowCpu: false }): TaskEither<BackendError, TfjsBackend> =>
  async () => {
    const card = options.allowCpu ? E.right(undefined) : requireGpu();
    if (E.isLeft(card)) return card;
    const installation = requireInstallation(NAME, ...(options.allowCpu ? ['--allow-cpu'] : []));
    if (E.isLeft(installation)) return installation;
    const wanted = threadsFor(NAME, options.threads);
    if (E.isLeft(wanted)) return wanted;
    const tensorflow = loadTensorflow(NAME, installation.right, wanted.right);
    if (E.isLeft(tensorflow)) return tensorflow;
    const device = await deviceOf(tensorflow.right, installation.right, options);
    return E.map((name: string) => onTensorflow(NAME, tensorflow.right, installation.right, name))(device);
  };

export const createTfjsCuda = creator(NAME, 'createTfjsCuda', create, {
  allowCpu: { must: 'true or false', holds: (value) => typeof value === 'boolean' },
  threads: aNumberOfThreads,
});
