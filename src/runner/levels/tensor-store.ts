/** Reference counts of device tensors: levels share tensors (they are immutable), and when the last holder releases one its memory is freed. */
import type * as E from 'fp-ts/lib/Either.js';
import type { Backend, BackendError, DeviceTensor } from '../../backend.js';
import { type Shape, sizeOf } from '../../program/program.js';

export class TensorStore {
  readonly #holders = new Map<DeviceTensor, number>();

  constructor(readonly backend: Backend) {}

  /** Adds a holder; a tensor that a program has just returned has none yet. */
  retain(tensor: DeviceTensor): DeviceTensor {
    this.#holders.set(tensor, (this.#holders.get(tensor) ?? 0) + 1);
    return tensor;
  }

  /** Whether it has exactly one holder. */
  isHeldOnce(tensor: DeviceTensor): boolean {
    return this.#holders.get(tensor) === 1;
  }

  release(tensor: DeviceTensor): void {
    const left = (this.#holders.get(tensor) ?? 1) - 1;
    if (left > 0) {
      this.#holders.set(tensor, left);
      return;
    }
    this.#holders.delete(tensor);
    this.backend.release(tensor);
  }

  /** Replaces a tensor in a map. */
  put(map: Map<string, DeviceTensor>, name: string, tensor: DeviceTensor): void {
    const before = map.get(name);
    map.set(name, this.retain(tensor));
    if (before !== undefined) this.release(before);
  }

  async upload(shape: Shape, data: Float32Array): Promise<E.Either<BackendError, DeviceTensor>> {
    return this.backend.upload({ type: { dtype: 'f32', shape }, data })();
  }

  async zeros(shape: Shape): Promise<E.Either<BackendError, DeviceTensor>> {
    return this.upload(shape, new Float32Array(sizeOf(shape)));
  }
}
