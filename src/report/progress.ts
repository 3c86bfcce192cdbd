/**
 * The progress line: a listener on a run's events that says stage, level, loss, tokens/s, FLOP/s and time left. On a terminal it
 * is one line redrawn a few times a second, elsewhere a plain line every few seconds. Between two lines a step costs a few
 * additions and one comparison. Not here: the closing table, files.
 */
import { SingleBar } from 'cli-progress';
import type { RunEvent, StagePlace } from '../runner/events.js';
import { duration, loss, quantity } from './format.js';

/** What the line is written to; `process.stderr` is one. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type RunListener = (event: RunEvent) => void;

type StepEvent = Extract<RunEvent, { kind: 'step' }>;

/** Milliseconds between two drawings on a terminal, and between two lines elsewhere. */
const TERMINAL_INTERVAL = 120;
const PLAIN_INTERVAL = 5000;
/** Weight of the past in the averages: they follow the last twenty steps or so. */
const MEMORY = 0.95;
const WIDEST_BAR = 24;
const NARROWEST_BAR = 5;

interface Meter {
  steps: number;
  stages: readonly StagePlace[];
  stage: StagePlace | undefined;
  started: number;
  tokens: number;
  flops: number;
  seconds: number;
  lastFlops: number;
  /** Seconds of all steps so far: against the wall's clock they tell what evaluation and transfers add. */
  stepping: number;
  secondsPerStep: Map<number, { readonly layers: number; readonly seconds: number }>;
}

const observe = (meter: Meter, event: StepEvent): void => {
  meter.tokens = MEMORY * meter.tokens + event.tokens;
  meter.flops = MEMORY * meter.flops + (event.flops - meter.lastFlops);
  meter.seconds = MEMORY * meter.seconds + event.seconds;
  meter.lastFlops = event.flops;
  meter.stepping += event.seconds;
  const past = meter.secondsPerStep.get(event.level);
  const seconds = past === undefined ? event.seconds : MEMORY * past.seconds + (1 - MEMORY) * event.seconds;
  meter.secondsPerStep.set(event.level, { layers: meter.stage?.layers ?? 1, seconds });
};

/** A level that has not run yet is guessed from one that has, by its depth. */
const secondsPerStep = (meter: Meter, stage: StagePlace): number => {
  const known = meter.secondsPerStep.get(stage.level);
  if (known !== undefined) return known.seconds;
  const [other] = meter.secondsPerStep.values();
  return other === undefined ? 0 : (other.seconds * stage.layers) / other.layers;
};

const secondsLeft = (meter: Meter, event: StepEvent): number => {
  const ahead = meter.stages
    .filter((stage) => stage.index >= event.stage)
    .reduce((sum, stage) => {
      const steps = stage.index === event.stage ? stage.steps - event.stageStep : stage.steps;
      return sum + steps * secondsPerStep(meter, stage);
    }, 0);
  const overhead = meter.stepping > 0 ? Math.max(1, (event.time - meter.started) / 1000 / meter.stepping) : 1;
  return ahead * overhead;
};

const sentence = (meter: Meter, event: StepEvent): string => {
  const rate = (amount: number): number => (meter.seconds > 0 ? amount / meter.seconds : 0);
  return [
    `${event.step}/${meter.steps}`,
    meter.stage?.op ?? '',
    `level ${event.level}`,
    `loss ${loss(event.loss)}`,
    quantity(rate(meter.tokens), 'tok/s'),
    quantity(rate(meter.flops), 'FLOP/s'),
    `${duration(secondsLeft(meter, event))} left`,
  ].join('  ');
};

const bar = (done: number, text: string, columns: number): string => {
  const size = Math.min(WIDEST_BAR, columns - text.length - 3);
  if (size < NARROWEST_BAR) return text;
  const filled = Math.round(done * size);
  return `${'█'.repeat(filled)}${'░'.repeat(size - filled)}  ${text}`;
};

/** How the line reaches the stream. */
interface Display {
  readonly interval: number;
  show(done: number, text: string): void;
  end(): void;
}

const terminalDisplay = (stream: ProgressStream, steps: number): Display => {
  const drawn = new SingleBar({
    stream,
    clearOnComplete: true,
    hideCursor: true,
    linewrap: false,
    gracefulExit: false,
    format: (_options, params, payload: { readonly text: string }) => bar(params.progress, payload.text, stream.columns ?? 80),
  });
  drawn.start(steps, 0, { text: 'starting' });
  return {
    interval: TERMINAL_INTERVAL,
    show: (done, text) => drawn.update(Math.round(done * steps), { text }),
    end: () => drawn.stop(),
  };
};

const plainDisplay = (stream: ProgressStream): Display => ({
  interval: PLAIN_INTERVAL,
  show: (_done, text) => {
    stream.write(`${text}\n`);
  },
  end: () => undefined,
});

/**
 * Makes the listener.
 *
 * @example
 * run(schedule, dataset, { backend, folder, listeners: [createProgress(process.stderr)] })
 */
export const createProgress = (stream: ProgressStream): RunListener => {
  let meter: Meter | undefined;
  let display: Display | undefined;
  let last: StepEvent | undefined;
  let shownAt = 0;
  const show = (event: StepEvent): void => {
    if (meter === undefined || display === undefined) return;
    display.show(event.step / Math.max(1, meter.steps), sentence(meter, event));
    shownAt = event.time;
  };
  return (event) => {
    if (event.kind === 'step') {
      if (meter === undefined || display === undefined) return;
      observe(meter, event);
      last = event;
      if (event.time - shownAt >= display.interval) show(event);
      return;
    }
    if (event.kind === 'run-started') {
      meter = {
        steps: event.steps,
        stages: event.stages,
        stage: undefined,
        started: event.time,
        tokens: 0,
        flops: 0,
        seconds: 0,
        lastFlops: 0,
        stepping: 0,
        secondsPerStep: new Map(),
      };
      display = stream.isTTY === true ? terminalDisplay(stream, event.steps) : plainDisplay(stream);
      shownAt = event.time;
    } else if (event.kind === 'stage-started' && meter !== undefined) {
      meter.stage = event.stage;
    } else if (event.kind === 'run-ended') {
      if (last !== undefined) show(last);
      display?.end();
    }
  };
};
