/**
 * `torch-cuda`: PyTorch on an NVIDIA GPU, in a worker process.
 */
import { creator } from '../creator.js';
import { followTorchOn, torchCapabilitiesOn, torchOn, torchRules } from './create.js';

export const createTorchCuda = creator('torch-cuda', 'createTorchCuda', torchOn('torch-cuda', 'cuda'), torchRules);
export const followTorchCuda = followTorchOn('torch-cuda', 'cuda');
export const torchCudaCapabilities = torchCapabilitiesOn('torch-cuda', 'cuda');
