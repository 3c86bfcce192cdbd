/** The backend that every machine has. The reference is not among them: measured against itself it could not fail. */
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { conformance } from './conformance.js';

conformance('onnx-cpu', createOnnxCpu, { whenUnavailable: 'fail' });
