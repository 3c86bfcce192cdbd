/**
 * What stages of a run remember besides the levels: tensors and JSON values by name, each feature's under a prefix of its own (`branches/…`,
 * `tau/…`). Checkpoints contain all of it and a resumed run restores it before its first stage continues, so a stage that keeps its state here need
 * not know that checkpoints exist.
 */
import type { DeviceTensor } from '../../backend.js';
import type { TensorStore } from './tensor-store.js';

export class RunMemory {
  readonly #tensors = new Map<string, DeviceTensor>();
  readonly #values = new Map<string, unknown>();

  constructor(private readonly store: TensorStore) {}

  get tensors(): ReadonlyMap<string, DeviceTensor> {
    return this.#tensors;
  }

  get values(): ReadonlyMap<string, unknown> {
    return this.#values;
  }

  /** Holds the tensor for as long as it is under this name. */
  setTensor(name: string, tensor: DeviceTensor): void {
    this.store.put(this.#tensors, name, tensor);
  }

  /** @param value JSON: it comes back as `JSON.parse(JSON.stringify(value))`. */
  setValue(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  /** Takes over all that another memory on the same backend holds, which is empty afterwards. */
  take(other: RunMemory): void {
    for (const [name, tensor] of other.tensors) this.setTensor(name, tensor);
    for (const [name, value] of other.values) this.setValue(name, value);
    other.forget('');
  }

  /** Releases everything under the prefix. */
  forget(prefix: string): void {
    for (const name of [...this.#values.keys()]) if (name.startsWith(prefix)) this.#values.delete(name);
    for (const [name, tensor] of [...this.#tensors]) {
      if (!name.startsWith(prefix)) continue;
      this.#tensors.delete(name);
      this.store.release(tensor);
    }
  }
}
