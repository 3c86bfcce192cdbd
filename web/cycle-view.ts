/** The cycle of a pipeline on the page, in its colours, and where a run is in it. Not here: drawing (`src/report/cycle`). */
import { type CycleLook, LEFT, RIGHT } from '../src/report/cycle/cycle-look.js';
import { type CyclePath, type RunPlace, workAt } from '../src/report/cycle/cycle-path.js';
import { cyclesSvg, placeLine } from '../src/report/cycle/cycle-svg.js';

const SVG = 'http://www.w3.org/2000/svg';
const [NARROWEST, WIDEST] = [180, 700];

const lookOf = (place: HTMLElement): CycleLook => ({
  background: 'transparent',
  ink: 'var(--ink)',
  quiet: 'var(--quiet)',
  lines: 'var(--field)',
  grid: 'var(--line)',
  training: 'var(--bar-0)',
  validation: 'var(--rate)',
  width: Math.max(NARROWEST, Math.min(WIDEST, place.clientWidth - LEFT - RIGHT)),
  titled: false,
});

export interface ShownCycle {
  /** Marks where the run is. */
  at(place: RunPlace): void;
}

/** Draws the cycle into an element that is on the page already. */
export const showCycle = (place: HTMLElement, path: CyclePath): ShownCycle => {
  const look = lookOf(place);
  place.innerHTML = cyclesSvg([path], look);
  const { left, width, top, bottom } = placeLine(path, look);
  const line = document.createElementNS(SVG, 'path');
  for (const [name, value] of Object.entries({ stroke: 'var(--ink)', 'stroke-width': '1.5', fill: 'none' })) line.setAttribute(name, value);
  return {
    at: (run) => {
      const x = left + (width * workAt(path, run)) / Math.max(1, path.work);
      line.setAttribute('d', `M${x} ${top}V${bottom}`);
      if (line.parentNode === null) place.querySelector('svg')?.append(line);
    },
  };
};
