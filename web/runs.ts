/** The page's end of the line to its worker. Not here: what the page shows of the answers. */
import { match } from 'ts-pattern';
import type { RunEvent } from '../src/runner/events.js';
import type { Schedule } from '../src/schedule/schedule.js';
import type { BackendName } from './backend-menu.js';
import type { Ended, FromWorker, NamedText, Planned, ToWorker } from './messages.js';

export interface Listeners {
  readonly planned: (planned: Planned) => void;
  readonly planRefused: (message: string) => void;
  readonly event: (event: RunEvent) => void;
  readonly sampling: () => void;
  readonly ended: (ended: Ended) => void;
  readonly runRefused: (message: string) => void;
}

export interface Runs {
  useText(text: NamedText): void;
  /** Answered by the last one asked: an earlier plan that is still under way is not told. */
  plan(schedule: Schedule, backend: BackendName): void;
  run(schedule: Schedule, backend: BackendName): void;
  stop(): void;
}

export const createRuns = (listeners: Listeners): Runs => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const tell = (message: ToWorker): void => worker.postMessage(message);
  let plansAsked = 0;
  worker.onmessage = ({ data }: MessageEvent<FromWorker>): void =>
    match(data)
      .with({ kind: 'planned' }, (planned) => {
        if (planned.asked === plansAsked) listeners.planned(planned);
      })
      .with({ kind: 'unplanned' }, ({ asked, message }) => {
        if (asked === plansAsked) listeners.planRefused(message);
      })
      .with({ kind: 'refused' }, ({ message }) => listeners.runRefused(message))
      .with({ kind: 'event' }, ({ event }) => listeners.event(event))
      .with({ kind: 'sampling' }, () => listeners.sampling())
      .with({ kind: 'ended' }, (ended) => listeners.ended(ended))
      .exhaustive();
  // What a worker throws is a bug of ours; the page says so, and lives.
  worker.onerror = ({ message }) => listeners.runRefused(`the worker broke: ${message}; this is a bug in vcycle; load the page again`);
  return {
    useText: (text) => tell({ kind: 'text', ...text }),
    plan: (schedule, backend) => {
      plansAsked += 1;
      tell({ kind: 'plan', asked: plansAsked, schedule, backend });
    },
    run: (schedule, backend) => tell({ kind: 'run', schedule, backend }),
    stop: () => tell({ kind: 'stop' }),
  };
};
