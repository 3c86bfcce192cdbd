/** A script that `../webgpu-device.ts` runs in a separate process: does this backend find a device? It prints the answer as one line of JSON. */
import * as E from 'fp-ts/lib/Either.js';
import { openOnnxWebgpu } from '../onnx/webgpu-node.js';
import { openTfjsWebgpu } from '../tfjs/webgpu-node.js';
import type { Answer, WebgpuBackend } from '../webgpu-device.js';

const open = { 'tfjs-webgpu': openTfjsWebgpu, 'onnx-webgpu': openOnnxWebgpu }[process.argv[2] as WebgpuBackend];
const opened = await open()();
const answer = (): Answer => {
  if (E.isRight(opened)) return { kind: 'device' };
  return opened.left.kind === 'no-device' ? opened.left : { kind: 'error', error: opened.left };
};
process.stdout.write(`${JSON.stringify(answer())}\n`);
if (E.isRight(opened)) await opened.right.close()();
