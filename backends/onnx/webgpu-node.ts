/** `onnx-webgpu` in Node: the WebGPU provider bundled in onnxruntime-node. Not here: the backend itself (`webgpu.ts`). */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { creator } from '../creator.js';
import { type AdapterSays, adapterSays } from '../webgpu-adapter.js';
import { type WithoutDevice, whereDevice } from '../webgpu-device.js';
import { loadOnnxRuntime } from './runtime-node.js';
import { createOnWebgpu } from './webgpu.js';

const NAME = 'onnx-webgpu';

/**
 * ONNX Runtime uses Dawn's default adapter and raises the device's limits to the adapter's, but reports neither. The optional package `webgpu` is
 * also Dawn and can report them; where it is not installed, a tensor that is too large only fails when it is computed.
 */
const askDawn = async (): Promise<AdapterSays | undefined> => {
  const dawn = await import('webgpu').catch(() => undefined);
  return dawn === undefined ? undefined : adapterSays(dawn.create([]));
};

const deviceOf = (says: AdapterSays | undefined): string =>
  `the WebGPU adapter that ONNX Runtime picks, which it does not name${says === undefined ? '' : ` (Dawn picks ${says.description})`}`;

/** Without checking first: where there is no device, ONNX Runtime and Dawn also report it on stderr. */
export const openOnnxWebgpu = (): TaskEither<BackendError | WithoutDevice, Backend> => async () => {
  const loaded = await loadOnnxRuntime(NAME)();
  if (E.isLeft(loaded)) return loaded;
  const { runtime, versions } = loaded.right;
  const says = await askDawn();
  const limit = says === undefined ? {} : { largestTensor: says.largestTensor };
  const backend = await createOnWebgpu(runtime, { device: deviceOf(says), versions, ...limit })();
  return E.mapLeft((said: string): WithoutDevice => ({ kind: 'no-device', said }))(backend);
};

const create = (): TaskEither<BackendError, Backend> => whereDevice(NAME, openOnnxWebgpu());

export const createOnnxWebgpu = creator(NAME, 'createOnnxWebgpu', create);
