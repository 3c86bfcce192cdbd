/**
 * A backend's own product of two square matrices in f32, several in sequence to amortise the cost of a call: the best rate that the runtime
 * reaches on its device. (`product.ts` is ONNX Runtime's on the CPU, the reference of the CPU benchmark.)
 */
import type { Backend, DeviceTensor, Executable } from '../../src/backend.js';
import { stream } from '../../src/data/random.js';
import type { Program, TensorType } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { median } from '../median.js';
import { orUnmeasured } from '../unmeasured.js';
import { onBackend, print, wholeNumbers } from './script.js';

const IN_A_ROW = 4;
const WARMUP = 2;
const { side, times } = wholeNumbers(['side', 'times']);
const type: TensorType = { dtype: 'f32', shape: [side, side] };

/** a·b·b·…, and its sum: only one number is transferred to the host, and it requires all products. */
const products = (): Program => {
  const tracer = new Tracer('products');
  const a = tracer.input('a', 'batch', type);
  const b = tracer.input('b', 'batch', type);
  let product = a;
  for (let done = 0; done < IN_A_ROW; done++) product = tracer.matmul(product, b);
  return tracer.finish([{ name: 'sum', tensor: tracer.sumOfSquares(product) }]);
};

/** Entries small enough that no power of the matrix overflows. */
const matrix = (name: string): Float32Array => {
  const values = new Float32Array(side * side);
  stream(1, name).fillNormal(values, 1 / Math.sqrt(side));
  return values;
};

const seconds = async (backend: Backend, executable: Executable, inputs: readonly DeviceTensor[]): Promise<number> => {
  const began = performance.now();
  const results = await orUnmeasured(executable.run(inputs));
  for (const sum of results) await orUnmeasured(backend.download(sum));
  const took = (performance.now() - began) / 1000;
  for (const result of results) backend.release(result);
  return took;
};

await print(() =>
  onBackend(async (backend) => {
    const executable = await orUnmeasured(backend.compile(products()));
    const inputs = [
      await orUnmeasured(backend.upload({ type, data: matrix('a') })),
      await orUnmeasured(backend.upload({ type, data: matrix('b') })),
    ];
    const timed: number[] = [];
    for (let done = 0; done < WARMUP + times; done++) timed.push(await seconds(backend, executable, inputs));
    const flops = IN_A_ROW * 2 * side ** 3;
    return { median: flops / median(timed.slice(WARMUP)), best: flops / Math.min(...timed.slice(WARMUP)) };
  }),
);
