/**
 * The properties of a WebGPU adapter: its name in words, and the largest buffer that it can bind to a shader, which is the largest tensor that it can
 * hold. WebGPU guarantees only 128 MiB; adapters of real GPUs have up to some GiB.
 */
export const largestBinding = ({
  maxStorageBufferBindingSize,
  maxBufferSize,
}: Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize' | 'maxBufferSize'>): number =>
  Math.min(maxStorageBufferBindingSize, maxBufferSize);

const isSoftware = (adapter: GPUAdapter): boolean =>
  ('isFallbackAdapter' in adapter.info && adapter.info.isFallbackAdapter === true) ||
  ('isFallbackAdapter' in adapter && adapter.isFallbackAdapter === true);

/** Adapters differ in what they report; empty words are omitted. */
export const describeAdapter = (adapter: GPUAdapter): string => {
  const { vendor, architecture, description } = adapter.info;
  const words = [[vendor, architecture].filter(Boolean).join(' '), description, isSoftware(adapter) ? 'software, no GPU' : ''];
  return words.filter(Boolean).join(', ') || 'an adapter without a name';
};

/** The fastest adapter of an entry point (`navigator.gpu` of a browser, Dawn's in Node); null where there is none. */
export const fastestAdapter = (gpu: GPU): Promise<GPUAdapter | null> => gpu.requestAdapter({ powerPreference: 'high-performance' });

export interface AdapterSays {
  readonly description: string;
  readonly largestTensor: number;
}

/** Undefined where the entry point returns no adapter. */
export const adapterSays = async (gpu: GPU): Promise<AdapterSays | undefined> => {
  const adapter = await fastestAdapter(gpu);
  return adapter === null ? undefined : { description: describeAdapter(adapter), largestTensor: largestBinding(adapter.limits) };
};
