/** The tensors that callers hold of a tfjs backend. Not here: those of a run (`runner.ts`), an executable's constants (`scope.ts`). */
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { DeviceTensor, HostTensor } from '../../src/backend.js';
import type { TensorType } from '../../src/program/program.js';
import { hostArrayOf } from '../../src/program/types/host-array.js';
import { HeldTensors } from '../held-tensors.js';
import { writeTensor } from './scope.js';

export class TfjsTensor implements DeviceTensor {
  constructor(
    readonly type: TensorType,
    readonly backend: string,
    readonly info: TensorInfo,
  ) {}
}

const isTfjs = (tensor: DeviceTensor): tensor is TfjsTensor => tensor instanceof TfjsTensor;

export class Tensors {
  readonly #held: HeldTensors<TfjsTensor>;

  constructor(
    private readonly name: string,
    private readonly backend: KernelBackend,
  ) {
    this.#held = new HeldTensors(name, isTfjs);
  }

  keep(type: TensorType, info: TensorInfo): TfjsTensor {
    return this.#held.keep(new TfjsTensor(type, this.name, info));
  }

  infoOf(tensor: DeviceTensor): TensorInfo {
    return this.#held.own(tensor).info;
  }

  /** Not held: the caller frees it. */
  write({ type, data }: HostTensor): TensorInfo {
    return writeTensor(this.backend, type.shape, type.dtype, hostArrayOf(type.dtype, data));
  }

  release(tensor: DeviceTensor): void {
    const own = this.#held.own(tensor);
    this.backend.disposeData(own.info.dataId);
    this.#held.drop(own);
  }

  releaseAll(): void {
    for (const tensor of this.#held.all()) this.release(tensor);
  }

  bytes(): number {
    return this.#held.bytes();
  }
}
