/**
 * How long a level takes from its sizes to a step that is ready to run: trace, differentiate, lower, and ONNX Runtime's own part. Once in
 * a process, for the first time is the one that a user waits for.
 */
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { trainingStep } from '../../src/model/training-step.js';
import { modelOf, onBackend, optimizer, print, sizeNames, wholeNumbers } from './script.js';

const sizes = wholeNumbers(sizeNames);

const measured = (backend: Backend): TE.TaskEither<BackendError, object> => {
  const began = performance.now();
  const program = trainingStep(modelOf(sizes), { layers: sizes.layers, h: 1 }, sizes.batch, optimizer);
  const traced = performance.now();
  return pipe(
    backend.compile(program),
    TE.map(({ program: lowered }) => {
      const compiled = performance.now();
      return { traceMs: traced - began, compileMs: compiled - traced, totalMs: compiled - began, operations: lowered.nodes.length };
    }),
  );
};

await print(onBackend(measured));
