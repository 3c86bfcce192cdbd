/**
 * How a command ends: 0 done, 1 the run failed, 2 the input was wrong; one sentence on stderr, never a stack trace unless
 * VCYCLE_DEBUG=1 asks for one. Not here: what commands do.
 */
import { CommanderError } from 'commander';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { messageOf } from '../../thrown.js';
import { askedByFlag } from './asked-by-flag.js';
import { complain, say } from './print.js';

export const EXIT = { done: 0, failed: 1, wrongInput: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The result of a command's work: its exit code, or the fault that stopped it. */
export type Work = TaskEither<Fault, ExitCode>;

/** A command's action: imports the work, does it, and stores the result for the end of the process. */
export type Doing = <Given extends unknown[]>(load: () => Promise<(...given: Given) => Work>) => (...given: Given) => Promise<void>;

export const endOfFault = (fault: Fault): ExitCode => {
  complain(askedByFlag(fault).message);
  return fault.kind === 'input' ? EXIT.wrongInput : EXIT.failed;
};

/** A thrown value is commander's error about the arguments (already printed), or a bug in vcycle. */
export const endOfThrow = (thrown: unknown): ExitCode => {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.wrongInput;
  const message = messageOf(thrown);
  if (process.env.VCYCLE_DEBUG === '1' && thrown instanceof Error) say(thrown.stack ?? '');
  complain(`${message}; this is a bug in vcycle; set VCYCLE_DEBUG=1 for the trace`);
  return EXIT.failed;
};

/** Reports every uncaught error as a bug. */
export const guardProcess = (): void => {
  process.on('uncaughtException', (error) => process.exit(endOfThrow(error)));
  process.on('unhandledRejection', (reason) => process.exit(endOfThrow(reason)));
};
