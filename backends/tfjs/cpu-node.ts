/**
 * `tfjs-cpu` in Node, from the optional packages. Not here: the backend itself (`cpu.ts`).
 */
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../../src/backend.js';
import { creator } from '../creator.js';
import type { TfjsBackend } from './backend.js';
import { createOnCpu } from './cpu.js';
import { fromPackages, versionsOf } from './packages.js';

const PACKAGES = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'] as const;

const create = (): TE.TaskEither<BackendError, TfjsBackend> =>
  fromPackages('tfjs-cpu', PACKAGES, async () =>
    createOnCpu(await import('@tensorflow/tfjs-core'), await import('@tensorflow/tfjs-backend-cpu'), await versionsOf(PACKAGES)),
  );

export const createTfjsCpu = creator('tfjs-cpu', 'createTfjsCpu', create);
