/** The tensors that callers hold of a tfjs backend. Not here: those of a run (`runner.ts`), an executable's constants (`scope.ts`). */
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { DeviceTensor, HostTensor } from '../../src/backend.js';
import { bytesOf, type TensorType } from '../../src/program/program.js';
import { hostArrayOf } from '../../src/program/types/host-array.js';
import { writeTensor } from './scope.js';

export class TfjsTensor implements DeviceTensor {
  constructor(
    readonly type: TensorType,
    readonly backend: string,
    readonly info: TensorInfo,
  ) {}
}

export class Tensors {
  readonly #held = new Set<TfjsTensor>();

  constructor(
    private readonly name: string,
    private readonly backend: KernelBackend,
  ) {}

  keep(type: TensorType, info: TensorInfo): TfjsTensor {
    const tensor = new TfjsTensor(type, this.name, info);
    this.#held.add(tensor);
    return tensor;
  }

  infoOf(tensor: DeviceTensor): TensorInfo {
    return this.#own(tensor).info;
  }

  /** Not held: whoever has it written frees it. */
  write({ type, data }: HostTensor): TensorInfo {
    return writeTensor(this.backend, type.shape, type.dtype, hostArrayOf(type.dtype, data));
  }

  release(tensor: DeviceTensor): void {
    const own = this.#own(tensor);
    this.backend.disposeData(own.info.dataId);
    this.#held.delete(own);
  }

  releaseAll(): void {
    for (const tensor of this.#held) this.release(tensor);
  }

  bytes(): number {
    return [...this.#held].reduce((sum, { type }) => sum + bytesOf(type), 0);
  }

  #own(tensor: DeviceTensor): TfjsTensor {
    if (!(tensor instanceof TfjsTensor)) throw new Error(`a tensor of backend ${tensor.backend} was given to ${this.name}`);
    if (!this.#held.has(tensor)) throw new Error(`a tensor was given to ${this.name} that it does not hold (any more)`);
    return tensor;
  }
}
