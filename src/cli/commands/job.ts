/**
 * `vcycle job`: runs one job of a sweep's manifest, unless it is done. A cluster's scheduler calls it for each line of the manifest.
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../../fault.js';
import { ownTask } from '../../queue-task.js';
import { requeue } from '../../slurm/slurm.js';
import { createJobs, type JobOptions } from '../compare/jobs.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { interruptible } from '../process/interrupt.js';
import { complain, printText, say } from '../process/print.js';

interface QueuedJobOptions extends JobOptions {
  readonly goOn?: boolean;
}

/** The signal that Slurm sends some time before the time limit. */
const NOTICE = 'SIGUSR1';

/** Queues the job again after its time limit has stopped it; its complete state is on the disk, so that it can continue. */
const goOnLater = async (): Promise<void> => {
  const task = ownTask(process.env);
  if (task === undefined) return;
  const queued = await requeue(task);
  if (E.isLeft(queued)) complain(`task ${task} is not queued again (${queued.left.message}); the same comparison continues it`);
};

export const job =
  (manifest: string, id: string, options: QueuedJobOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    let noticed = false;
    const notice = (): void => {
      noticed = true;
    };
    process.on(NOTICE, notice);
    try {
      const outcome = await interruptible(
        (signal) => createJobs(manifest, options).does(id, { listeners: [], say: complain, signal })(),
        say,
        ['SIGINT', NOTICE],
      );
      if (E.isRight(outcome)) {
        printText(`${id} ${outcome.right}`);
        return E.right(EXIT.done);
      }
      if (noticed && options.goOn === true) await goOnLater();
      return outcome;
    } finally {
      process.off(NOTICE, notice);
    }
  };
