/**
 * Standard output and error, which may fail before the command is done: the reader has closed the pipe (`vcycle run … | head`), or the disk is full.
 * Then the running work stops as with Ctrl-C, and the command exits with 1, because it has not done its task. Not here: what is written.
 */
import { EXIT, type ExitCode } from './exit.js';
import { interruptAll } from './interrupt.js';
import { complain } from './print.js';

let lost = false;

/** A reader that has closed the pipe wants no more, so that is not reported; any other reason why a write failed is, if possible. */
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

/** The exit code of the process: a result that could not be written does not count as done. */
export const endsWith = (code: ExitCode): ExitCode => (lost ? EXIT.failed : code);
