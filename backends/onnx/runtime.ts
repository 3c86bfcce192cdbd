/** What the backends need of a runtime package, and of a provider that keeps values elsewhere than on the host. Types alone. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof OrtTensor;
}

/** How values get to where a provider keeps them, and back. */
export interface Transport {
  readonly up: (tensor: OrtTensor) => Promise<OrtTensor>;
  readonly down: (tensor: OrtTensor) => Promise<OrtTensor>;
  readonly close: () => Promise<void>;
}
