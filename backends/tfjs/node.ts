/**
 * `tfjs-node`: tfjs's kernels in TensorFlow's C library, on the CPU.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../../src/backend.js';
import { creator } from '../creator.js';
import { aNumberOfThreads, threadsFor, threadsPhrase } from '../threads.js';
import type { TfjsBackend } from './backend.js';
import { requireInstallation } from './tensorflow/installation.js';
import { loadTensorflow } from './tensorflow/load.js';
import { onTensorflow } from './tensorflow-backend.js';

const NAME = 'tfjs-node';

export interface TfjsNodeOptions {
  /** Threads that compute, from 1, said before TensorFlow is first loaded; left out, one for each core that this process may use. */
  readonly threads?: number;
}

const create = ({ threads }: TfjsNodeOptions = {}): TE.TaskEither<BackendError, TfjsBackend> =>
  TE.fromIOEither(() =>
    pipe(
      threadsFor(NAME, threads),
      E.bindTo('wanted'),
      E.bind('installation', () => requireInstallation(NAME)),
      E.bind('tensorflow', ({ wanted, installation }) => loadTensorflow(NAME, installation, wanted)),
      E.map(({ installation, tensorflow }) => onTensorflow(NAME, tensorflow, installation, threadsPhrase(tensorflow.threads))),
    ),
  );

export const createTfjsNode = creator(NAME, 'createTfjsNode', create, { threads: aNumberOfThreads });
