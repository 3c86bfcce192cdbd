/**
 * A script that `install.ts` runs in a separate process: does the package load from this folder and multiply, and on which device? A library that
 * crashes only ends this process.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TensorflowBackend } from './installation.js';
import { loadTensorflow } from './load.js';

const [backend, folder] = process.argv.slice(2) as [TensorflowBackend, string];
const loaded = loadTensorflow(backend, { folder }, 1);
if (E.isLeft(loaded)) {
  process.stderr.write(`${loaded.left.message}\n`);
  process.exitCode = 1;
} else {
  const { core, backend: tensorflow } = loaded.right;
  const product = core.matMul(core.tensor2d([1, 2, 3, 4], [2, 2]), core.tensor2d([5, 6, 7, 8], [2, 2])).dataSync();
  if (`${product}` !== '19,22,43,50') {
    process.stderr.write(`a product came out wrong (${product})\n`);
    process.exitCode = 1;
  } else process.stdout.write(`${JSON.stringify({ tensorflow: tensorflow.binding.TF_Version, gpu: tensorflow.isUsingGpuDevice })}\n`);
}
