/**
 * Calls tfjs kernels by name on one tfjs backend, outside tfjs's engine: no tape, no tidy, no global "current backend" (see docs/decisions/0004). A
 * scope frees what was created in it and not kept. Not here: the kernels of an operation (`lowering.ts`).
 */
import type { KernelBackend, KernelFunc, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { DataType, Shape } from '../../src/program/program.js';
import { hostArrayOf } from '../../src/program/types/host-array.js';

export type ElementType = 'float32' | 'int32';

export const elementTypeOf = (dtype: DataType): ElementType => (dtype === 'i32' ? 'int32' : 'float32');

/** A tfjs backend (`MathBackendCPU`, …) and its kernels by name; undefined where it has none of that name. */
export interface Kernels {
  readonly backend: KernelBackend;
  readonly kernel: (name: string) => KernelFunc | undefined;
}

export const writeTensor = (backend: KernelBackend, shape: Shape, dtype: DataType, data: Float32Array | Int32Array): TensorInfo => ({
  dataId: backend.write(data, [...shape], elementTypeOf(dtype)),
  shape: [...shape],
  dtype: elementTypeOf(dtype),
});

/** Tensors that an executable creates once and keeps: constants, masks. */
export class Constants {
  readonly #known = new Map<string, TensorInfo>();

  constructor(private readonly backend: KernelBackend) {}

  get(dtype: DataType, shape: Shape, key: string, values: () => readonly number[]): TensorInfo {
    const name = `${dtype}[${shape}] ${key}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made = writeTensor(this.backend, shape, dtype, hostArrayOf(dtype, values()));
    this.#known.set(name, made);
    return made;
  }

  dispose(): void {
    for (const { dataId } of this.#known.values()) this.backend.disposeData(dataId);
    this.#known.clear();
  }
}

type KernelInputs = Readonly<Record<string, TensorInfo>> | readonly TensorInfo[];

export class Scope {
  readonly #made: TensorInfo[] = [];

  constructor(
    private readonly kernels: Kernels,
    private readonly constants: Constants,
  ) {}

  /** Runs one kernel; its outputs are freed at the end of the scope unless they are kept. */
  callMany(name: string, inputs: KernelInputs, attrs: NamedAttrMap = {}): readonly TensorInfo[] {
    const { backend, kernel } = this.kernels;
    const run = kernel(name);
    if (run === undefined) throw new Error(`there is no kernel ${name}`);
    // tfjs declares only named inputs, but reads those of Concat as a list.
    const results = [run({ inputs: inputs as NamedTensorInfoMap, attrs, backend })].flat();
    this.#made.push(...results);
    return results;
  }

  /** Runs a kernel that has one output. */
  call(name: string, inputs: KernelInputs, attrs: NamedAttrMap = {}): TensorInfo {
    const [result, ...others] = this.callMany(name, inputs, attrs);
    if (result === undefined || others.length > 0) throw new Error(`kernel ${name} has ${others.length + 1} outputs`);
    return result;
  }

  scalar(value: number): TensorInfo {
    return this.constants.get('f32', [], `${value}`, () => [value]);
  }

  constant(dtype: DataType, shape: Shape, key: string, values: () => readonly number[]): TensorInfo {
    return this.constants.get(dtype, shape, key, values);
  }

  /** Adds an owner of the same memory. */
  share(tensor: TensorInfo): TensorInfo {
    this.kernels.backend.incRef(tensor.dataId);
    const shared = { ...tensor };
    this.#made.push(shared);
    return shared;
  }

  /** Frees what was created here, except `kept`. */
  end(kept: readonly TensorInfo[]): void {
    for (const tensor of this.#made) if (!kept.includes(tensor)) this.kernels.backend.disposeData(tensor.dataId);
    this.#made.length = 0;
  }
}
