/** The fault of a WebGPU backend without a usable GPU. Not here: finding out what is missing (`machine/`). */
import { type BackendError, type Remedy, unavailable } from '../src/backend.js';

export const noGpu = (backend: string, { missing, ...command }: Remedy): BackendError =>
  unavailable(backend, { missing: `needs a GPU whose driver speaks Vulkan, Metal or Direct3D 12 (was: ${missing})`, ...command });
