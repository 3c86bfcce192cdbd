/**
 * ONNX Runtime's own matrix product, 1024 × 1024 × 1024 in f32 with the session as the runtime configures it: the reference rate for a
 * training step.
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { stream } from '../../src/data/random.js';
import { runFault } from '../../src/fault.js';
import { OnnxGraph } from '../../src/onnx/graph.js';
import { messageOf } from '../../src/thrown.js';
import { median } from '../median.js';
import { PRODUCT_SIDE } from '../settings.js';
import { orUnmeasured } from '../unmeasured.js';
import { print, wholeNumbers } from './script.js';

const WARMUP = 5;
const { times } = wholeNumbers(['times']);

const product = async (): Promise<object> => {
  const graph = new OnnxGraph();
  graph.input('a', 'f32', [PRODUCT_SIDE, PRODUCT_SIDE]);
  graph.input('b', 'f32', [PRODUCT_SIDE, PRODUCT_SIDE]);
  graph.output('c', 'f32', [PRODUCT_SIDE, PRODUCT_SIDE]);
  graph.node('MatMul', ['a', 'b'], ['c']);
  const session = await InferenceSession.create(graph.encode('product'));
  const matrix = (name: string): Tensor => {
    const values = new Float32Array(PRODUCT_SIDE * PRODUCT_SIDE);
    stream(1, name).fillNormal(values, 1);
    return new Tensor('float32', values, [PRODUCT_SIDE, PRODUCT_SIDE]);
  };
  const feeds = { a: matrix('a'), b: matrix('b') };
  // Preallocated, like a training step's outputs.
  const fetches = { c: matrix('c') };
  const seconds: number[] = [];
  for (let done = 0; done < WARMUP + times; done++) {
    const began = performance.now();
    await session.run(feeds, fetches);
    if (done >= WARMUP) seconds.push((performance.now() - began) / 1000);
  }
  await session.release();
  const flops = 2 * PRODUCT_SIDE ** 3;
  return { median: flops / median(seconds), best: flops / Math.min(...seconds) };
};

await print(() => orUnmeasured(TE.tryCatch(product, (error) => runFault(`the product failed: ${messageOf(error)}`))));
