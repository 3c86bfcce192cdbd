/**
 * What a WebGPU adapter says of itself: its name in words, and what it binds to a shader in one piece, which is the largest tensor that it can
 * hold. 128 MiB is all that WebGPU guarantees; adapters of real GPUs have up to some GiB.
 */
export const largestBinding = ({
  maxStorageBufferBindingSize,
  maxBufferSize,
}: Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize' | 'maxBufferSize'>): number =>
  Math.min(maxStorageBufferBindingSize, maxBufferSize);

const isSoftware = (adapter: GPUAdapter): boolean =>
  ('isFallbackAdapter' in adapter.info && adapter.info.isFallbackAdapter === true) ||
  ('isFallbackAdapter' in adapter && adapter.isFallbackAdapter === true);

/** What adapters say of themselves differs; an empty word is left out. */
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

/** Undefined where the entry point gives no adapter. */
export const adapterSays = async (gpu: GPU): Promise<AdapterSays | undefined> => {
  const adapter = await fastestAdapter(gpu);
  return adapter === null ? undefined : { description: describeAdapter(adapter), largestTensor: largestBinding(adapter.limits) };
};
