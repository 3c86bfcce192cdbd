/**
 * `torch-cpu`: PyTorch on the CPU, in a worker process.
 */
import { creator } from '../creator.js';
import { followTorchOn, torchCapabilitiesOn, torchOn, torchRules } from './create.js';

export const createTorchCpu = creator('torch-cpu', 'createTorchCpu', torchOn('torch-cpu', 'cpu'), torchRules);
export const followTorchCpu = followTorchOn('torch-cpu', 'cpu');
export const torchCpuCapabilities = torchCapabilitiesOn('torch-cpu', 'cpu');
