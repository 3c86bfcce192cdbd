/**
 * What a WebGPU backend says where there is no GPU that it could use.
 */
import type { BackendError } from '../src/backend.js';

const DEBIAN = 'on Debian or Ubuntu: sudo apt install libvulkan1 mesa-vulkan-drivers';

export const noGpu = (backend: string, found: string): BackendError => ({
  kind: 'unavailable',
  backend,
  message: `needs a GPU whose driver speaks Vulkan, Metal or Direct3D 12 (was: ${found}); install the GPU's driver and, on Linux, the Vulkan loader (${DEBIAN}; NVIDIA's Vulkan driver comes with its own)`,
});
