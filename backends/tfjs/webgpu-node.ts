/**
 * `tfjs-webgpu` in Node: WebGPU is Dawn, from the npm package `webgpu`. Not here: the backend itself (`webgpu.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../../src/backend.js';
import { creator } from '../creator.js';
import { type WithoutDevice, whereDevice } from '../webgpu-device.js';
import type { TfjsBackend } from './backend.js';
import { openGpuDevice } from './gpu-device.js';
import { fromPackages, versionsOf } from './packages.js';
import { createOnGpu } from './webgpu.js';

const NAME = 'tfjs-webgpu';
const PACKAGES = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu', 'webgpu'] as const;

/** tfjs's WebGPU backend only starts where `navigator.gpu` exists, which Node does not have; it is defined only while `make` runs. */
const withNavigator = <A>(gpu: GPU, make: () => A): A => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
  }
};

const load = () =>
  fromPackages(NAME, PACKAGES, async () => {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    const core = await import('@tensorflow/tfjs-core');
    const webgpu = await import('@tensorflow/tfjs-backend-webgpu');
    return { core, webgpu, gpu: create([]), versions: await versionsOf(PACKAGES) };
  });

/** Without checking first: where there is no device, Dawn also reports it on stderr. */
export const openTfjsWebgpu = (): TaskEither<BackendError | WithoutDevice, TfjsBackend> => async () => {
  const loaded = await load()();
  if (E.isLeft(loaded)) return loaded;
  const { core, webgpu, gpu, versions } = loaded.right;
  const device = await openGpuDevice(gpu)();
  if (E.isLeft(device)) return E.left({ kind: 'no-device', said: device.left });
  return E.right(withNavigator(gpu, () => createOnGpu(core, webgpu, device.right, versions)));
};

const create = (): TaskEither<BackendError, TfjsBackend> => whereDevice(NAME, openTfjsWebgpu());

export const createTfjsWebgpu = creator(NAME, 'createTfjsWebgpu', create);
