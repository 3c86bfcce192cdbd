/**
 * `tfjs-node`: tfjs's kernels in TensorFlow's C library, on the CPU.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../../src/backend.js';
import { creator } from '../creator.js';
import { aNumberOfThreads, threadsFor, threadsPhrase } from '../threads.js';
import type { TfjsBackend } from './backend.js';
import { requireInstallation } from './tensorflow/installation.js';
import { loadTensorflow } from './tensorflow/load.js';
import { onTensorflow } from './tensorflow-backend.js';

const NAME = 'tfjs-node';

export interface TfjsNodeOptions {
  /** The number of threads, from 1, which is set before TensorFlow is first loaded; by default one for each core that this process may use. */
  readonly threads?: number;
}

const create =
  ({ threads }: TfjsNodeOptions = {}): TaskEither<BackendError, TfjsBackend> =>
  async () => {
    const wanted = threadsFor(NAME, threads);
    if (E.isLeft(wanted)) return wanted;
    const installation = requireInstallation(NAME);
    if (E.isLeft(installation)) return installation;
    const tensorflow = loadTensorflow(NAME, installation.right, wanted.right);
    if (E.isLeft(tensorflow)) return tensorflow;
    return E.right(onTensorflow(NAME, tensorflow.right, installation.right, threadsPhrase(tensorflow.right.threads)));
  };

export const createTfjsNode = creator(NAME, 'createTfjsNode', create, { threads: aNumberOfThreads });
