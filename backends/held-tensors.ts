/** The tensors of a backend that callers hold. Not here: where their values are, which each backend knows itself. */
import type { DeviceTensor } from '../src/backend.js';
import { bytesOf } from '../src/program/program.js';

export class HeldTensors<T extends DeviceTensor> {
  readonly #held = new Set<T>();

  constructor(
    private readonly backend: string,
    private readonly isOwn: (tensor: DeviceTensor) => tensor is T,
  ) {}

  keep(tensor: T): T {
    this.#held.add(tensor);
    return tensor;
  }

  /** Checks a tensor that a caller passes. One of another backend, or one that was released, is a bug of the caller. */
  own(tensor: DeviceTensor): T {
    if (!this.isOwn(tensor)) throw new Error(`a tensor of backend ${tensor.backend} was given to ${this.backend}`);
    if (!this.#held.has(tensor)) throw new Error(`a tensor was given to ${this.backend} that it does not hold (any more)`);
    return tensor;
  }

  /** @returns whether it was held. */
  drop(tensor: T): boolean {
    return this.#held.delete(tensor);
  }

  all(): readonly T[] {
    return [...this.#held];
  }

  bytes(): number {
    return this.all().reduce((sum, { type }) => sum + bytesOf(type), 0);
  }
}
