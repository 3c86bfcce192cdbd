/**
 * A WebGPU device that we create, so that it has the adapter's own limits (the default ones allow tensors of only 128 MB) and reports errors: WebGPU
 * reports them by events, separately from the calls that caused them. The entry point (`navigator.gpu` of a browser, Dawn's in Node) is an argument.
 * Not here: tfjs.
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import { messageOf } from '../../src/thrown.js';
import { describeAdapter, fastestAdapter } from '../webgpu-adapter.js';

export interface GpuDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  /** The adapter in words. */
  readonly description: string;
  /** The first error, if there was one. */
  readonly trouble: () => string | undefined;
  readonly destroy: () => void;
}

/** The features that tfjs's kernels use. */
const RAISED = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

const watch = (device: GPUDevice): (() => string | undefined) => {
  let trouble: string | undefined;
  device.addEventListener('uncapturederror', (event) => {
    trouble ??= `the device reported ${event.error.message.split('\n')[0]}`;
  });
  void device.lost.then(({ reason, message }) => {
    trouble ??= `the device was lost (${reason}: ${message})`;
  });
  return () => trouble;
};

/** The device of the fastest adapter, with the limits that the adapter has. Left: why there is none. */
export const openGpuDevice = (gpu: GPU): TE.TaskEither<string, GpuDevice> =>
  TE.tryCatch(async () => {
    const adapter = await fastestAdapter(gpu);
    if (adapter === null) throw new Error('WebGPU finds no adapter');
    const device = await adapter.requestDevice({
      requiredLimits: Object.fromEntries(RAISED.map((limit) => [limit, adapter.limits[limit]])),
    });
    return {
      device,
      info: adapter.info,
      description: describeAdapter(adapter),
      trouble: watch(device),
      destroy: () => device.destroy(),
    };
  }, messageOf);
