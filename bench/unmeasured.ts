/**
 * An error for what cannot be measured: thrown with its reason when a step of a measurement fails, and caught in two places. A script
 * prints the reason and exits with 1 or 2; a row records it and stays empty. Any other error is a bug. Not here: what is measured.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Maybe } from './results.js';

export class Unmeasured extends Error {
  constructor(
    reason: string,
    /** 2 if the script's input or requirements are at fault. */
    readonly code: 1 | 2 = 1,
  ) {
    super(reason);
  }
}

export const say = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

/** The result of a task; if it fails, the reason is thrown as `Unmeasured`. */
export const orUnmeasured = async <A>(task: TaskEither<{ readonly message: string }, A>): Promise<A> => {
  const ended = await task();
  if (ended._tag === 'Left') throw new Unmeasured(ended.left.message);
  return ended.right;
};

const reasonIn = (error: unknown): Unmeasured => {
  if (error instanceof Unmeasured) return error;
  throw error;
};

/** The result, or why there is none. */
export const maybe = <A extends object>(measured: Promise<A>): Promise<Maybe<A>> =>
  measured.then(
    (values): Maybe<A> => ({ kind: 'measured', ...values }),
    (error) => ({ kind: 'skipped', reason: reasonIn(error).message }),
  );

/** Runs a script to its end, or prints the reason for which it cannot continue. */
export const script = (work: () => Promise<void>): Promise<void> =>
  work().catch((error) => {
    const { message, code } = reasonIn(error);
    say(message);
    process.exitCode = code;
  });
