/** The backend that every machine has. The reference is not among them: measured against itself it could not fail. */
import { createOnnxCpu } from '../../backends/onnx/index.js';
import { conformance } from './conformance.js';

conformance('onnx-cpu', createOnnxCpu, { whenUnavailable: 'fail' });
