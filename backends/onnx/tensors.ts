/** The tensors that callers hold of a backend of ONNX Runtime. Not here: the memory that they leave (`passing.ts`). */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { DeviceTensor, HostTensor, TensorData } from '../../src/backend.js';
import { bytesOf, type TensorType } from '../../src/program/program.js';
import type { Passing } from './passing.js';
import type { OnnxRuntime } from './runtime.js';

export class OnnxTensor implements DeviceTensor {
  constructor(
    readonly type: TensorType,
    readonly backend: string,
    readonly value: OrtTensor,
  ) {}
}

/** Host memory as the runtime's tensor; not a copy. */
export const wrap = ({ Tensor }: Pick<OnnxRuntime, 'Tensor'>, { dtype, shape }: TensorType, data: TensorData): OrtTensor =>
  dtype === 'i32' ? new Tensor('int32', data as Int32Array, shape) : new Tensor('float32', data as Float32Array, shape);

export class Tensors {
  readonly #held = new Set<OnnxTensor>();

  constructor(
    private readonly backend: string,
    private readonly runtime: OnnxRuntime,
    private readonly recycle: Passing['recycle'],
  ) {}

  keep(type: TensorType, value: OrtTensor): OnnxTensor {
    const tensor = new OnnxTensor(type, this.backend, value);
    this.#held.add(tensor);
    return tensor;
  }

  readonly valueOf = (tensor: DeviceTensor | HostTensor): OrtTensor => {
    if (tensor instanceof OnnxTensor) return tensor.value;
    if ('backend' in tensor) throw new Error(`a tensor of backend ${tensor.backend} was given to ${this.backend}`);
    return wrap(this.runtime, tensor.type, tensor.data);
  };

  drop(tensor: DeviceTensor): void {
    if (tensor instanceof OnnxTensor && this.#held.delete(tensor)) this.recycle(tensor.type, tensor.value);
  }

  dropAll(): void {
    for (const tensor of this.#held) this.drop(tensor);
  }

  bytes(): number {
    return [...this.#held].reduce((sum, { type }) => sum + bytesOf(type), 0);
  }
}
