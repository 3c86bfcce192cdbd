/** What the backends need from a runtime package, and from a provider that does not keep values on the host. Types only. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof OrtTensor;
}

/** How values get to the provider's device, and back. */
export interface Transport {
  readonly up: (tensor: OrtTensor) => Promise<OrtTensor>;
  readonly down: (tensor: OrtTensor) => Promise<OrtTensor>;
  readonly close: () => Promise<void>;
}
