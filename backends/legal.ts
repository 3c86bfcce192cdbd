/**
 * The program in a backend's own operations, or the fault of an operation that it lacks or a tensor that it cannot hold, in one sentence for all
 * backends.
 */
import * as E from 'fp-ts/lib/Either.js';
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
  const legal = legalize(program, capabilities.operations);
  if (E.isLeft(legal))
    return E.left(
      unsupported(`${backend} cannot do the operation ${legal.left.operation} that ${legal.left.program} needs; choose another backend`),
    );
  const refusal = tooLarge(legal.right, capabilities);
  return refusal === undefined ? legal : E.left(unsupported(`${backend}: ${program.name}: ${refusal}`));
};
