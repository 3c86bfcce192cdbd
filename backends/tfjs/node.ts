/**
 * `tfjs-node`: tfjs's kernels in TensorFlow's C library, on the CPU.
 */
import { availableParallelism } from 'node:os';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../../src/backend.js';
import type { TfjsBackend } from './backend.js';
import { onTensorflow } from './tensorflow/backend.js';
import { requireInstallation } from './tensorflow/installation.js';
import { loadTensorflow } from './tensorflow/load.js';

const NAME = 'tfjs-node';

export const createTfjsNode = (): TE.TaskEither<BackendError, TfjsBackend> =>
  TE.fromIOEither(() =>
    pipe(
      requireInstallation(NAME),
      E.flatMap((installation) =>
        pipe(
          loadTensorflow(NAME, installation),
          E.map((tensorflow) => onTensorflow(NAME, tensorflow, installation, `CPU, ${availableParallelism()} threads`)),
        ),
      ),
    ),
  );
