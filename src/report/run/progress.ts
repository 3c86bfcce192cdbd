/**
 * The progress line: a listener on a run's events that shows how far it is. On a terminal it is one line that is redrawn a few times a second, elsewhere
 * a plain line every few seconds. Not here: the line's content (`meter.ts`), the closing table, files.
 */
import { SingleBar } from 'cli-progress';
import type { RunEvent } from '../../runner/events/events.js';
import { fitLine, type Word } from '../table/fit-line.js';
import { createMeter } from './meter.js';

/** The stream for the line, such as `process.stderr`. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type RunListener = (event: RunEvent) => void;

/** Milliseconds between two drawings on a terminal, and between two lines elsewhere. */
const TERMINAL_INTERVAL = 120;
const PLAIN_INTERVAL = 5000;
/** Of a run's line in a log, in which a stage with many options would come again and again. */
const PLAIN_COLUMNS = 120;
const WIDEST_BAR = 24;
const NARROWEST_BAR = 5;

const bar = (done: number, text: string, columns: number): string => {
  const size = Math.min(WIDEST_BAR, columns - text.length - 3);
  if (size < NARROWEST_BAR) return text;
  const filled = Math.round(done * size);
  return `${'█'.repeat(filled)}${'░'.repeat(size - filled)}  ${text}`;
};

/** How a line reaches the stream. */
export interface Display {
  /** Milliseconds between two lines. */
  readonly interval: number;
  /** On a terminal, shows as many of the words as fit. */
  show(done: number, words: readonly Word[]): void;
  end(): void;
}

const terminalDisplay = (stream: ProgressStream, steps: number): Display => {
  const drawn = new SingleBar({
    stream,
    clearOnComplete: true,
    hideCursor: true,
    linewrap: false,
    gracefulExit: false,
    format: (_options, params, { words }: { readonly words: readonly Word[] }) => {
      const columns = stream.columns ?? 80;
      return bar(params.progress, fitLine(words, columns), columns);
    },
  });
  drawn.start(steps, 0, { words: [{ text: 'starting' }] });
  return {
    interval: TERMINAL_INTERVAL,
    show: (done, words) => drawn.update(Math.round(done * steps), { words }),
    end: () => drawn.stop(),
  };
};

const plainDisplay = (stream: ProgressStream, columns: number): Display => ({
  interval: PLAIN_INTERVAL,
  show: (_done, words) => {
    stream.write(`${fitLine(words, columns)}\n`);
  },
  end: () => undefined,
});

/**
 * @param total the value at which the bar is full; the bar shows the share of it that is done.
 * @param columns of a plain line; by default it has all its words, since nothing else says them.
 */
export const displayOn = (stream: ProgressStream, total: number, columns = Number.POSITIVE_INFINITY): Display =>
  stream.isTTY === true ? terminalDisplay(stream, total) : plainDisplay(stream, columns);

/**
 * Makes the listener.
 *
 * @example
 * run(schedule, dataset, { backend, folder, listeners: [createProgress(process.stderr)] })
 */
export const createProgress = (stream: ProgressStream): RunListener => {
  const meter = createMeter();
  let display: Display | undefined;
  let shownAt = 0;
  const show = (): void => {
    const words = meter.words();
    if (words.length > 0) display?.show(meter.share(), words);
  };
  return (event) => {
    meter.observe(event);
    if (event.kind === 'step') {
      if (display === undefined || event.time - shownAt < display.interval) return;
      show();
      shownAt = event.time;
    } else if (event.kind === 'run-started') {
      display = displayOn(stream, event.steps, PLAIN_COLUMNS);
      shownAt = event.time;
    } else if (event.kind === 'run-ended') {
      show();
      display?.end();
    }
  };
};
