/**
 * Tries to create every backend and notes what it says of itself, or why it cannot be had. The answers are values: a backend that is
 * not there is no fault when nobody asked for it.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as RA from 'fp-ts/lib/ReadonlyArray.js';
import * as T from 'fp-ts/lib/Task.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Capabilities } from '../backend.js';
import { type BackendEntry, backendTable, withBackend } from './backends.js';

interface Described {
  readonly name: string;
  readonly describe: string;
  readonly needs: string;
}

export type BackendReport =
  | (Described & {
      readonly usable: true;
      /** With the operations' names as a list, for JSON knows no sets. */
      readonly capabilities: Omit<Capabilities, 'operations'> & { readonly operations: readonly string[] };
    })
  | (Described & { readonly usable: false; readonly reason: string });

const inspect = ([name, { describe, needs }]: readonly [string, BackendEntry]): T.Task<BackendReport> =>
  pipe(
    withBackend(name, (backend) => TE.right(backend.capabilities)),
    T.map(
      E.match(
        (fault): BackendReport => ({ name, describe, needs, usable: false, reason: fault.message }),
        (capabilities): BackendReport => ({
          name,
          describe,
          needs,
          usable: true,
          capabilities: { ...capabilities, operations: [...capabilities.operations] },
        }),
      ),
    ),
  );

/** One after the other: two backends that start at once may fight for a device. */
export const inspectBackends: T.Task<readonly BackendReport[]> = pipe([...backendTable], RA.traverse(T.ApplicativeSeq)(inspect));
