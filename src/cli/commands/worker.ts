/**
 * `vcycle worker`: the process that `vcycle compare` starts for each of its workers. It does the jobs that its parent names, one after another, reports
 * their progress, and ends with its parent. Not here: a job started by hand, or by a cluster's scheduler (`job.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { createMeter } from '../../report/run/meter.js';
import type { RunEvent } from '../../runner/events/events.js';
import { createJobs, type JobOptions } from '../compare/jobs.js';
import type { Order, Report } from '../compare/worker-words.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { onInterrupt } from '../process/interrupt.js';
import { say } from '../process/print.js';

/** Milliseconds between two reports of a job's progress. */
const INTERVAL = 500;

const progress = (tell: (report: Report) => void): ((event: RunEvent) => void) => {
  const meter = createMeter();
  let told = 0;
  return (event) => {
    meter.observe(event);
    if (event.kind !== 'step' || event.time - told < INTERVAL) return;
    told = event.time;
    tell({ kind: 'progressed', share: meter.share() });
  };
};

export const worker = (manifest: string, options: JobOptions): TE.TaskEither<Fault, ExitCode> => {
  const send = process.send?.bind(process);
  if (send === undefined)
    return TE.left(inputFault('vcycle worker is started by vcycle compare; to run a job by hand, use vcycle job MANIFEST ID'));
  const jobs = createJobs(manifest, options);
  const tell = (report: Report): void => {
    if (process.connected) send(report);
  };
  let busy = false;
  process.on('message', async (order: Order) => {
    if ('prepare' in order) {
      await jobs.prepare(order.prepare);
      return;
    }
    const { job } = order;
    busy = true;
    tell({ kind: 'begun' });
    const interrupt = onInterrupt(say);
    const ended = await jobs.does(job, {
      listeners: [progress(tell)],
      say: (sentence) => tell({ kind: 'said', sentence }),
      heads: {
        ahead: (heads) => tell({ kind: 'ahead', heads }),
        passed: (head, kept) => tell({ kind: 'passed', head, kept }),
      },
      signal: interrupt.signal,
    })();
    interrupt.dispose();
    busy = false;
    tell(E.isLeft(ended) ? { kind: 'failed', fault: ended.left } : { kind: 'done' });
  });
  return TE.fromTask(
    () =>
      new Promise((resolve) => {
        // A worker whose parent has ended would continue unseen beside its successor. Its work so far is on the disk.
        process.on('disconnect', () => (busy ? process.exit(EXIT.failed) : resolve(EXIT.done)));
      }),
  );
};
