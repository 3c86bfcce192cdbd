/**
 * `vcycle job`: does one job of a sweep's manifest, unless it is done. It is what a cluster's scheduler calls, a line of the manifest at a time.
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { createJobs, type JobOptions } from '../compare/jobs.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { interruptible } from '../process/interrupt.js';
import { complain, printText, say } from '../process/print.js';

export const job =
  (manifest: string, id: string, options: JobOptions): TE.TaskEither<Fault, ExitCode> =>
  () =>
    interruptible(async (signal) => {
      const outcome = await createJobs(manifest, options)(id, { listeners: [], say: complain, signal })();
      if (E.isLeft(outcome)) return outcome;
      printText(`${id} ${outcome.right}`);
      return E.right(EXIT.done);
    }, say);
