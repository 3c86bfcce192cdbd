/**
 * The number of threads of a runtime on the CPU: the caller's, otherwise one for each core that this process may use. Node only. Not here: which
 * processors those are (`machine/processors.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type BackendError, unavailable } from '../src/backend.js';
import type { Rule } from '../src/option-rules.js';
import { processorsOfProcess } from './machine/processors.js';

/** The rule of an option; `threadsFor` checks the number. */
export const aNumberOfThreads: Rule = { must: 'an integer >= 1', holds: (value) => typeof value === 'number', optional: true };

/** Left: not a valid number of threads. */
export const threadsFor = (backend: string, threads: number | undefined): E.Either<BackendError, number> => {
  if (threads === undefined) return E.right(processorsOfProcess().cores);
  return Number.isInteger(threads) && threads >= 1
    ? E.right(threads)
    : E.left(unavailable(backend, { missing: `needs its number of threads to be an integer >= 1 (was ${threads})` }));
};

/**
 * A device of this many threads.
 *
 * @example
 * threadsSaid(1) // 'CPU, 1 thread'
 */
export const threadsPhrase = (threads: number): string => `CPU, ${threads} thread${threads === 1 ? '' : 's'}`;
