/**
 * Standard output and error, which may go before the command is done: a reader that has seen enough (`vcycle run … | head`), a disk that is full.
 * Then what is under way stops as at Ctrl-C, and the command has not done what it was asked to: exit 1. Not here: what is written.
 */
import { EXIT, type ExitCode } from './exit.js';
import { interruptAll } from './interrupt.js';
import { complain } from './print.js';

let lost = false;

/** A reader that goes asked for no more, and is told no more; why anything else cannot be written is reported while it can be. */
const isGone = (error: Error): boolean => 'code' in error && error.code === 'EPIPE';

export const guardOutput = (): void => {
  for (const [name, stream] of [
    ['stdout', process.stdout],
    ['stderr', process.stderr],
  ] as const)
    stream.on('error', (error: Error) => {
      if (lost) return;
      lost = true;
      process.exitCode = EXIT.failed;
      if (!isGone(error)) complain(`${name} cannot be written to (${error.message}); free some space, or choose another place`);
      if (!interruptAll()) process.exit(EXIT.failed);
    });
};

/** The code with which the process ends: what nobody could be told is not done. */
export const endsWith = (code: ExitCode): ExitCode => (lost ? EXIT.failed : code);
