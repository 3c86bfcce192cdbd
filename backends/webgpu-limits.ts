/**
 * What a WebGPU adapter or device binds to a shader in one piece: the largest tensor that it can hold. 128 MiB is all that WebGPU
 * guarantees; adapters of real GPUs have up to some GiB.
 */
export const largestBinding = ({
  maxStorageBufferBindingSize,
  maxBufferSize,
}: Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize' | 'maxBufferSize'>): number =>
  Math.min(maxStorageBufferBindingSize, maxBufferSize);

/** The same of the adapter that an entry point gives; undefined where it gives none. */
export const largestBindingOf = async (gpu: GPU): Promise<number | undefined> => {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  return adapter === null ? undefined : largestBinding(adapter.limits);
};
