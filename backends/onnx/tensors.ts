/** The tensors of an ONNX Runtime backend that callers hold. Not here: their memory after release (`passing.ts`). */
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { DeviceTensor, HostTensor, TensorData } from '../../src/backend.js';
import type { TensorType } from '../../src/program/program.js';
import { HeldTensors } from '../held-tensors.js';
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

const isOnnx = (tensor: DeviceTensor): tensor is OnnxTensor => tensor instanceof OnnxTensor;

export class Tensors {
  readonly #held: HeldTensors<OnnxTensor>;

  constructor(
    private readonly backend: string,
    private readonly runtime: OnnxRuntime,
    private readonly recycle: Passing['recycle'],
  ) {
    this.#held = new HeldTensors(backend, isOnnx);
  }

  keep(type: TensorType, value: OrtTensor): OnnxTensor {
    return this.#held.keep(new OnnxTensor(type, this.backend, value));
  }

  readonly valueOf = (tensor: DeviceTensor | HostTensor): OrtTensor =>
    'backend' in tensor ? this.#held.own(tensor).value : wrap(this.runtime, tensor.type, tensor.data);

  drop(tensor: DeviceTensor): void {
    if (isOnnx(tensor) && this.#held.drop(tensor)) this.recycle(tensor.type, tensor.value);
  }

  dropAll(): void {
    for (const tensor of this.#held.all()) this.drop(tensor);
  }

  bytes(): number {
    return this.#held.bytes();
  }
}
