/**
 * A backend's own product of two square matrices in f32, several in a row so that what a call costs is spread: what the runtime gets out
 * of its device at best. (`product.ts` is ONNX Runtime's on the CPU, and what the CPU's benchmark is held against.)
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError, DeviceTensor, Executable } from '../../src/backend.js';
import { stream } from '../../src/data/random.js';
import type { Program, TensorType } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { median } from '../median.js';
import { onBackend, print, wholeNumbers } from './script.js';

const IN_A_ROW = 4;
const WARMUP = 2;
const { side, times } = wholeNumbers(['side', 'times']);
const type: TensorType = { dtype: 'f32', shape: [side, side] };

/** a·b·b·…, and the sum of that: what comes to the host is one number, which cannot be there before the products are. */
const products = (): Program => {
  const tracer = new Tracer('products');
  const a = tracer.input('a', 'batch', type);
  const b = tracer.input('b', 'batch', type);
  let product = a;
  for (let done = 0; done < IN_A_ROW; done++) product = tracer.matmul(product, b);
  return tracer.finish([{ name: 'sum', tensor: tracer.sumOfSquares(product) }]);
};

/** Entries small enough that no power of them overflows. */
const matrix = (name: string): Float32Array => {
  const values = new Float32Array(side * side);
  stream(1, name).fillNormal(values, 1 / Math.sqrt(side));
  return values;
};

const once = (backend: Backend, executable: Executable, inputs: readonly DeviceTensor[]): TE.TaskEither<BackendError, number> =>
  pipe(
    TE.fromIO<number, BackendError>(() => performance.now()),
    TE.bindTo('began'),
    TE.bind('results', () => executable.run(inputs)),
    TE.bind('read', ({ results: [sum] }) => {
      if (sum === undefined) throw new Error('the program has one output');
      return backend.download(sum);
    }),
    TE.map(({ began, results }) => {
      const seconds = (performance.now() - began) / 1000;
      for (const result of results) backend.release(result);
      return seconds;
    }),
  );

const measured = (backend: Backend): TE.TaskEither<BackendError, object> =>
  pipe(
    TE.Do,
    TE.bind('executable', () => backend.compile(products())),
    TE.bind('a', () => backend.upload({ type, data: matrix('a') })),
    TE.bind('b', () => backend.upload({ type, data: matrix('b') })),
    TE.flatMap(({ executable, a, b }) =>
      TE.sequenceSeqArray(Array.from({ length: WARMUP + times }, () => once(backend, executable, [a, b]))),
    ),
    TE.map((seconds) => {
      const timed = seconds.slice(WARMUP);
      const flops = IN_A_ROW * 2 * side ** 3;
      return { median: flops / median(timed), best: flops / Math.min(...timed) };
    }),
  );

await print(onBackend(measured));
