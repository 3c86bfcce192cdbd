/**
 * The program as a backend will have it, or the backend's refusal: one sentence for all of them.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../src/backend.js';
import { legalize } from '../src/program/legalize.js';
import type { OperationName } from '../src/program/operations/index.js';
import type { Program } from '../src/program/program.js';

export const legalFor = (backend: string, operations: ReadonlySet<OperationName>, program: Program): E.Either<BackendError, Program> =>
  E.mapLeft(
    ({ operation, program: name }: { readonly operation: OperationName; readonly program: string }): BackendError => ({
      kind: 'unsupported',
      backend,
      message: `${backend} cannot do the operation ${operation} that ${name} needs; choose another backend`,
    }),
  )(legalize(program, operations));
