/**
 * `tfjs-wasm` in Node, from the optional packages. Not here: the backend itself (`wasm.ts`).
 */
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../../src/backend.js';
import { creator } from '../creator.js';
import type { TfjsBackend } from './backend.js';
import { fromPackages, versionsOf } from './packages.js';
import { createOnWasm } from './wasm.js';

const PACKAGES = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'] as const;

const create = (): TE.TaskEither<BackendError, TfjsBackend> =>
  fromPackages('tfjs-wasm', PACKAGES, async () =>
    createOnWasm(await import('@tensorflow/tfjs-core'), await import('@tensorflow/tfjs-backend-wasm'), await versionsOf(PACKAGES)),
  );

export const createTfjsWasm = creator('tfjs-wasm', 'createTfjsWasm', create);
