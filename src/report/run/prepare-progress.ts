/** Progress while texts are prepared: how much has been read, tokens, speed, time left. Not here: preparing (`src/data/prepare`). */
import type { PrepareProgress } from '../../data/prepare/prepare.js';
import { grouped } from '../../shown-value.js';
import { bytes, duration } from '../table/format.js';
import { type Display, displayOn, type ProgressStream } from './progress.js';

/** The bar's resolution. */
const MARKS = 1000;

export const createPrepareProgress = (
  stream: ProgressStream,
): { readonly listen: (progress: PrepareProgress) => void; readonly end: () => void } => {
  let display: Display | undefined;
  let began = Date.now();
  /** How much had been read when the first tokens were made. */
  let from = 0;
  let shownAt = 0;
  /** The latest progress that has not been shown yet. */
  let waiting: PrepareProgress | undefined;
  const show = (on: Display, { read, size, tokens, documents, skipping }: PrepareProgress, now: number): void => {
    [shownAt, waiting] = [now, undefined];
    const seconds = Math.max(0.001, (now - began) / 1000);
    const speed = (read - from) / seconds;
    on.show(size === 0 ? 1 : Math.min(1, read / size), [
      { text: skipping ? 'continuing where it was left' : `${grouped(tokens)} tokens` },
      { text: `${grouped(documents)} document${documents === 1 ? '' : 's'}`, yields: 1 },
      { text: `${bytes(speed)}/s`, yields: 2 },
      { text: speed === 0 ? '' : `${duration((size - read) / speed)} left` },
    ]);
  };
  return {
    listen: (progress) => {
      display ??= displayOn(stream, MARKS);
      const now = Date.now();
      if (progress.skipping) [began, from] = [now, progress.read];
      waiting = progress;
      if (now - shownAt >= display.interval) show(display, progress, now);
    },
    end: () => {
      if (display !== undefined && waiting !== undefined) show(display, waiting, Date.now());
      display?.end();
    },
  };
};
