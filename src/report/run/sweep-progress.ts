/**
 * The progress of a sweep: how many jobs are done, which one was the last, and how long the others will take, estimated from their FLOPs. Not here: the
 * progress of one run (`progress.ts`).
 */
import { match } from 'ts-pattern';
import { labelOf } from '../../sweep/job.js';
import type { PlannedJob, SweepListener } from '../../sweep/sweep.js';
import { duration } from '../table/format.js';
import { type Display, displayOn, type ProgressStream } from './progress.js';

/** The bar's resolution. */
const MARKS = 1000;

export const createSweepProgress = (stream: ProgressStream, title: string): SweepListener => {
  const shares = new Map<string, number>();
  let display: Display | undefined;
  let pending: readonly PlannedJob[] = [];
  let jobs = 0;
  let done = 0;
  let began = 0;
  let shownAt = 0;
  const share = (): number => {
    const all = pending.reduce((sum, { flops }) => sum + flops, 0);
    return all === 0 ? 1 : pending.reduce((sum, { id, flops }) => sum + flops * (shares.get(id) ?? 0), 0) / all;
  };
  const left = (): string => {
    const so = share();
    return so === 0 ? '' : `${duration(((Date.now() - began) / 1000 / so) * (1 - so))} left`;
  };
  const show = (last?: string): void => {
    display?.show(share(), [{ text: `${title}: ${done} of ${jobs} jobs` }, { text: last ?? '', yields: 1, cuts: true }, { text: left() }]);
    shownAt = Date.now();
  };
  return {
    begun: (all, todo) => {
      [jobs, pending, done, began] = [all, todo, all - todo.length, Date.now()];
      if (todo.length === 0) return;
      display = displayOn(stream, MARKS);
      if (done > 0) show('done already');
    },
    progressed: ({ id }, so) => {
      shares.set(id, so);
      // Without a terminal, one line for each job is enough.
      if (stream.isTTY === true && Date.now() - shownAt >= (display?.interval ?? 0)) show();
    },
    again: (job, message) => stream.write(`vcycle: ${labelOf(job)}: ${message}; the job is run again\n`),
    waits: (job, message) => show(`${labelOf(job)}: ${message}, waiting for it`),
    ended: (job, end) => {
      const { id } = job;
      const label = labelOf(job);
      if (end.kind === 'done' || end.kind === 'failed') {
        shares.set(id, 1);
        done += 1;
      }
      show(
        match(end)
          .with({ kind: 'done' }, () => label)
          .with({ kind: 'lost' }, ({ message }) => `${label}: ${message}, continuing it`)
          .with({ kind: 'failed' }, () => `${label}: failed`)
          .with({ kind: 'stopped' }, () => `${label}: stopped`)
          .exhaustive(),
      );
    },
    over: () => display?.end(),
  };
};
