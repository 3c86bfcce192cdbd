/**
 * The page's connections to its workers: one that plans, and a new one for each run, which is terminated with the run to release all
 * memory, including the device's. Not here: how the page shows the answers.
 */
import { match, P } from 'ts-pattern';
import type { RunEvent } from '../src/runner/events/events.js';
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
  /** Discards the plan requested last, which is no longer wanted. */
  forgetPlan(): void;
  /** Only the latest request is answered: an earlier plan that is still being made is discarded. */
  plan(schedule: Schedule, backend: BackendName): void;
  run(schedule: Schedule, backend: BackendName): void;
  /** After the present step, keeping the results so far. */
  stop(): void;
  /** Immediately; nothing of the run is kept, and no message follows. */
  end(): void;
}

interface Line {
  readonly tell: (message: ToWorker) => void;
  readonly hangUp: () => void;
}

/** @param broke receives the message of an error that a worker throws, which is a bug of ours; the page shows it and continues to work. */
const lineTo = (text: NamedText, heard: (message: FromWorker) => void, broke: (message: string) => void): Line => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => heard(data);
  worker.onerror = ({ message }) => broke(`the worker broke: ${message}; this is a bug in vcycle`);
  const tell = (message: ToWorker): void => worker.postMessage(message);
  tell({ kind: 'text', ...text });
  const hangUp = (): void => {
    // Messages sent before it was terminated may still arrive.
    worker.onmessage = null;
    worker.terminate();
  };
  return { tell, hangUp };
};

export const createRuns = (listeners: Listeners): Runs => {
  let text: NamedText = { name: '', text: '' };
  let plansAsked = 0;
  let planner: Line | undefined;
  let running: Line | undefined;

  const endPlanner = (message: string): void => {
    planner?.hangUp();
    planner = undefined;
    listeners.planRefused(message);
  };
  const endRun = (): void => {
    running?.hangUp();
    running = undefined;
  };

  const heard = (message: FromWorker): void =>
    match(message)
      .with({ kind: 'planned' }, (planned) => {
        if (planned.asked === plansAsked) listeners.planned(planned);
      })
      .with({ kind: 'unplanned' }, ({ asked, message: why }) => {
        if (asked === plansAsked) listeners.planRefused(why);
      })
      .with({ kind: 'event' }, ({ event }) => listeners.event(event))
      .with({ kind: 'sampling' }, () => listeners.sampling())
      .with({ kind: P.union('ended', 'refused') }, (last) => {
        endRun();
        if (last.kind === 'ended') listeners.ended(last);
        else listeners.runRefused(last.message);
      })
      .exhaustive();

  return {
    useText: (next) => {
      text = next;
      planner?.tell({ kind: 'text', ...next });
    },
    forgetPlan: () => {
      plansAsked += 1;
    },
    plan: (schedule, backend) => {
      plansAsked += 1;
      planner ??= lineTo(text, heard, endPlanner);
      planner.tell({ kind: 'plan', asked: plansAsked, schedule, backend });
    },
    run: (schedule, backend) => {
      endRun();
      running = lineTo(text, heard, (message) => {
        endRun();
        listeners.runRefused(message);
      });
      running.tell({ kind: 'run', schedule, backend });
    },
    stop: () => running?.tell({ kind: 'stop' }),
    end: endRun,
  };
};
