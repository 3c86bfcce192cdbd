/**
 * What the library's functions give to programs: a value, or the fault that is in its place, to be asked with `if`. Inside of vcycle the same is
 * an `Either` of fp-ts, or a `TaskEither`; only what a program calls converts it (docs/decisions/0018).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Fault } from './fault.js';

export type Result<Value, Wrong = Fault> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: Wrong };

export const resultOf = <Wrong, Value>(either: E.Either<Wrong, Value>): Result<Value, Wrong> =>
  E.isRight(either) ? { ok: true, value: either.right } : { ok: false, fault: either.left };

/** Begins the task. */
export const promiseOf = async <Wrong, Value>(task: TaskEither<Wrong, Value>): Promise<Result<Value, Wrong>> => resultOf(await task());

/**
 * The value, for scripts that have nobody to tell of a fault: its sentence is thrown as an `Error`.
 *
 * @example
 * const schedule = orThrow(verify(pipeline(setup, train(100))))
 */
export const orThrow = <Value>(result: Result<Value, { readonly message: string }>): Value => {
  if (result.ok) return result.value;
  throw new Error(result.fault.message);
};
