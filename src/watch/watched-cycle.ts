/** The picture of a watched run's cycle, in the page's colours. Not here: where the run is in it (`watched-run.ts`). */
import * as E from 'fp-ts/lib/Either.js';
import { type CycleLook, cycleOnPaper } from '../report/cycle/cycle-look.js';
import { type CyclePath, cyclePath } from '../report/cycle/cycle-path.js';
import { cyclesSvg, placeLine } from '../report/cycle/cycle-svg.js';
import type { EventOf } from '../runner/events/events.js';
import { verify } from '../schedule/verify/verify.js';
import type { WatchedCycle } from './messages.js';

/** The names are those of the page's style. */
const LOOK: CycleLook = {
  ...cycleOnPaper,
  titled: false,
  background: 'transparent',
  ink: 'var(--ink)',
  quiet: 'var(--soft)',
  lines: 'var(--soft)',
  grid: 'var(--line)',
  training: 'var(--stage)',
  validation: 'var(--rate)',
};

/** The cycle of a run; undefined where the run does not say what its stages cost, or its file is not as a run writes it. */
export const pathOf = ({ schedule, stages, work }: EventOf<'run-started'>): CyclePath | undefined => {
  if (work === undefined || work.length !== stages.length || E.isLeft(verify(schedule))) return undefined;
  return cyclePath('', schedule, work);
};

export const watchedCycle = (path: CyclePath): WatchedCycle => ({ svg: cyclesSvg([path], LOOK), ...placeLine(path, LOOK) });
