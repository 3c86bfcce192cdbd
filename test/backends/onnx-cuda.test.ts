/** `onnx-cuda`: the common suite where there is a GPU with all its libraries; elsewhere an error that names what is missing. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { createOnnxCuda } from '../../backends/onnx/cuda.js';
import { TINY, vcycle } from '../cli/vcycle.js';
import { conformance } from './conformance.js';

conformance('onnx-cuda', createOnnxCuda, { whenUnavailable: 'skip' });

describe('onnx-cuda where there is no NVIDIA device', () => {
  it('is an error that names the library, the system or the device, and never another provider', async function () {
    if (existsSync('/dev/nvidiactl')) {
      console.log('      skipped: there is an NVIDIA device here');
      this.skip();
    }
    const created = await createOnnxCuda()();
    assert.ok(E.isLeft(created));
    assert.equal(created.left.kind, 'unavailable');
    assert.match(
      created.left.message,
      /^needs (libonnxruntime_providers_shared\.so and libonnxruntime_providers_cuda\.so, which npm does not bring; run ONNXRUNTIME_NODE_INSTALL=cuda12 node .*install\.js|Linux on x64, .*|an NVIDIA GPU with its driver( \(was: |, ).*)$/,
    );
    const { code, stdout, stderr } = await vcycle(['plan', ...TINY, '--vocabulary', '16', '--backend', 'onnx-cuda', 'train(2)']);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.equal(stderr, `vcycle: backend onnx-cuda: ${created.left.message}\n`);
  });
});
