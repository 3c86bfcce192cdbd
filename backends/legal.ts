/**
 * The program as a backend will have it, or the backend's refusal, an operation that it lacks or a tensor that it cannot hold: one sentence
 * for all of them.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import type { BackendError, Capabilities } from '../src/backend.js';
import { tooLarge } from '../src/program/largest-tensor.js';
import { legalize } from '../src/program/legalize.js';
import type { Program } from '../src/program/program.js';

export const legalFor = (
  backend: string,
  capabilities: Pick<Capabilities, 'operations' | 'largestTensor' | 'device' | 'state'>,
  program: Program,
): E.Either<BackendError, Program> => {
  const unsupported = (message: string): BackendError => ({ kind: 'unsupported', backend, message });
  return pipe(
    legalize(program, capabilities.operations),
    E.mapLeft(({ operation, program: name }) =>
      unsupported(`${backend} cannot do the operation ${operation} that ${name} needs; choose another backend`),
    ),
    E.flatMap((legal) => {
      const refusal = tooLarge(legal, capabilities);
      return refusal === undefined ? E.right(legal) : E.left(unsupported(`${backend}: ${program.name}: ${refusal}`));
    }),
  );
};
