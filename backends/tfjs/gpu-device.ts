/**
 * A WebGPU device made by us, so that it has the adapter's own limits (the default ones allow tensors of 128 MB only) and says when
 * something goes wrong: WebGPU reports errors by event, beside the calls that caused them. Takes the entry point (`navigator.gpu` of a
 * browser, Dawn's in Node) as given. Not here: tfjs.
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../../src/backend.js';
import { noGpu } from '../no-gpu.js';

export interface GpuDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  /** The adapter in words. */
  readonly description: string;
  /** The first thing that went wrong, if anything did. */
  readonly trouble: () => string | undefined;
  readonly destroy: () => void;
}

/** What tfjs's kernels use. */
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

/** What adapters say of themselves differs; an empty word is left out. */
const describe = ({ vendor, architecture, description }: GPUAdapterInfo, software: boolean): string =>
  [[vendor, architecture].filter(Boolean).join(' '), description, software ? 'software, no GPU' : ''].filter(Boolean).join(', ') ||
  'an adapter without a name';

const isSoftware = (adapter: GPUAdapter): boolean =>
  ('isFallbackAdapter' in adapter.info && adapter.info.isFallbackAdapter === true) ||
  ('isFallbackAdapter' in adapter && adapter.isFallbackAdapter === true);

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

/** The device of the fastest adapter, with the limits that the adapter has. */
export const openGpuDevice = (backend: string, gpu: GPU): TE.TaskEither<BackendError, GpuDevice> =>
  TE.tryCatch(
    async () => {
      const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
      if (adapter === null) throw new Error('WebGPU finds no adapter');
      const device = await adapter.requestDevice({
        requiredLimits: Object.fromEntries(RAISED.map((limit) => [limit, adapter.limits[limit]])),
      });
      return {
        device,
        info: adapter.info,
        description: describe(adapter.info, isSoftware(adapter)),
        trouble: watch(device),
        destroy: () => device.destroy(),
      };
    },
    (error) => noGpu(backend, error instanceof Error ? error.message : String(error)),
  );
