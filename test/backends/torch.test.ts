/** PyTorch in a worker's process: the common suite where `vcycle setup torch` was run (or VCYCLE_PYTHON names a Python), a printed skip where not. */
import { createTorchCpu } from '../../backends/torch/cpu.js';
import { conformance } from './conformance.js';

conformance('torch-cpu', createTorchCpu, { whenUnavailable: 'skip' });
