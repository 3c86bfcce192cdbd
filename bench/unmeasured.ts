/**
 * What cannot be measured: thrown with its reason where a step of a measurement fails, and caught in two places. A script of its own says the reason
 * and ends with 1; a row keeps it and stays empty. Whatever else is thrown is a bug. Not here: what is measured.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Maybe } from './results.js';

export class Unmeasured extends Error {
  constructor(
    reason: string,
    /** 2 where what the script was given, or needs, is wrong. */
    readonly code: 1 | 2 = 1,
  ) {
    super(reason);
  }
}

export const say = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

/** What a task gives; where it fails, nothing is measured. */
export const orUnmeasured = async <A>(task: TaskEither<{ readonly message: string }, A>): Promise<A> => {
  const ended = await task();
  if (ended._tag === 'Left') throw new Unmeasured(ended.left.message);
  return ended.right;
};

const reasonIn = (error: unknown): Unmeasured => {
  if (error instanceof Unmeasured) return error;
  throw error;
};

/** What was measured, or why it was not. */
export const maybe = <A extends object>(measured: Promise<A>): Promise<Maybe<A>> =>
  measured.then(
    (values): Maybe<A> => ({ kind: 'measured', ...values }),
    (error) => ({ kind: 'skipped', reason: reasonIn(error).message }),
  );

/** A script: to its end, or to the sentence about what it cannot. */
export const script = (work: () => Promise<void>): Promise<void> =>
  work().catch((error) => {
    const { message, code } = reasonIn(error);
    say(message);
    process.exitCode = code;
  });
