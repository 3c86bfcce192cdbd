/**
 * Cycles as SVG text, one above another on one axis of work. Written directly, since it is a few lines and labels: a page draws it while one types. Not
 * here: where stages lie (`cycle-path.ts`), drawings of characters (`cycle-text.ts`).
 */
import { visible } from '../../visible.js';
import { counted } from '../table/format.js';
import { escaped } from '../table/markup.js';
import { stageLabel } from '../table/stage-label.js';
import { costWords, marksOf, rateWords, rowLines, variesInWidth } from './cycle-axis.js';
import {
  CHARACTER,
  type CycleLook,
  cycleOnPaper,
  FOOT,
  GAP,
  HEAD,
  LEFT,
  LINE,
  MARGIN,
  NAME_CHARACTER,
  RATE,
  RIGHT,
  ROW,
  SIZES,
  THICK,
} from './cycle-look.js';
import type { CyclePath, Stretch } from './cycle-path.js';
import { type Bar, slantsOf } from './slants.js';

/** Pixels with one decimal: more only make the text longer. */
const px = (value: number): string => String(Math.round(value * 10) / 10);

const text = (x: number, y: number, words: string, attributes: string): string =>
  `<text x="${px(x)}" y="${px(y)}" ${attributes}>${escaped(words)}</text>`;

const path = (d: string, attributes: string): string => (d === '' ? '' : `<path d="${d}" fill="none" ${attributes}/>`);

/** One of the pictures: its path, where it is, and the scale that all have in common. */
interface Frame {
  readonly path: CyclePath;
  readonly look: CycleLook;
  /** The end of the axis. */
  readonly end: number;
  /** The y of level 0, and of the learning rate's zero. */
  readonly top: number;
  readonly floor: number;
  readonly last: boolean;
}

const across = ({ look, end }: Frame, work: number): number => LEFT + (look.width * work) / end;
const down = ({ top }: Frame, level: number): number => top + ROW * level;

const cut = (words: string, room: number): string => (words.length <= room ? words : `${words.slice(0, room - 1)}…`);

/** The lines above a cycle: its name, if it has one, its text and its cost. */
const titleLines = (
  { name, pipeline }: CyclePath,
  { width }: CycleLook,
): { readonly name: readonly string[]; readonly more: readonly string[] } => ({
  name: name === '' ? [] : [cut(visible(name), Math.floor((LEFT + width) / NAME_CHARACTER))],
  more: wrapped(pipeline, Math.floor((LEFT + width) / CHARACTER)),
});

const titleOf = (cycle: CyclePath, look: CycleLook, top: number): string => {
  const { name, more } = titleLines(cycle, look);
  const line = (index: number): number => top + LINE * (index + name.length) + 11;
  return [
    ...name.map((words) => text(MARGIN, top + 11, words, `font-size="14" font-weight="600" fill="${look.ink}"`)),
    ...[...more, costWords(cycle)].map((words, index) => text(MARGIN, line(index), words, `font-size="11" fill="${look.quiet}"`)),
  ].join('');
};

/** At most two lines, broken before `>>`; an ellipsis marks what does not fit. */
const wrapped = (words: string, room: number): readonly string[] => {
  if (words.length <= room) return [words];
  const at = words.lastIndexOf(' >> ', room);
  const first = at > 0 ? words.slice(0, at) : words.slice(0, room);
  const rest = words.slice(first.length).trimStart();
  return [first, cut(rest, room)];
};

const titleHeight = (cycle: CyclePath, look: CycleLook): number => {
  const { name, more } = titleLines(cycle, look);
  return look.titled ? LINE * (name.length + more.length + 1) + 8 : 0;
};

const heightOf = (cycle: CyclePath, look: CycleLook): number =>
  titleHeight(cycle, look) + HEAD + ROW * (cycle.levels.length - 1) + GAP + RATE + FOOT;

const rows = (frame: Frame): string => {
  const { path: cycle, look } = frame;
  const varies = variesInWidth(cycle.levels);
  const lines = cycle.levels.map(({ level }) => `M${LEFT} ${px(down(frame, level))}h${look.width}`).join('');
  const words = cycle.levels.map((row) => {
    const y = down(frame, row.level);
    const small = `text-anchor="end" font-size="9.5" fill="${look.quiet}"`;
    const sizes = rowLines(row, varies, SIZES).map((line, index) => text(LEFT - 12, y + 11 * (index + 1), line, small));
    return text(LEFT - 12, y - 1, `level ${row.level}`, `text-anchor="end" fill="${look.ink}"`) + sizes.join('');
  });
  return path(lines, `stroke="${look.grid}"`) + words.join('');
};

const axis = (frame: Frame): string => {
  const { look, end, top, floor, last } = frame;
  const marks = marksOf(end, Math.max(2, Math.floor(look.width / 90)));
  const lines = marks.map(({ x }) => `M${px(across(frame, x))} ${px(top - HEAD + 8)}V${px(floor)}`).join('');
  const words = marks.map(({ x, text: words }) => text(across(frame, x), floor + 14, words, `text-anchor="middle" fill="${look.ink}"`));
  const title = text(
    LEFT + look.width / 2,
    floor + 31,
    'work: FLOPs of training and transfers (matrix products)',
    `text-anchor="middle" fill="${look.ink}"`,
  );
  return path(lines, `stroke="${look.grid}" stroke-dasharray="1 3"`) + words.join('') + (last ? title : '');
};

const labelOf = ({ stretch }: Bar, room: number): string => {
  const { op, steps, least, to } = stretch;
  const most = least < to ? `≤ ${steps}` : String(steps);
  return [stageLabel(op), counted(steps, 'step'), most].find((words) => words.length * CHARACTER <= room - 4) ?? '';
};

/** The stages as lines, those of one thickness as one element. */
const bars = (frame: Frame, drawn: readonly Bar[]): string => {
  const { path: cycle, look } = frame;
  const size = ({ layers, width }: Pick<Stretch, 'layers' | 'width'>): number => layers * width;
  const largest = Math.max(1, ...cycle.levels.map(({ layers, widths }) => Math.max(...layers) * Math.max(...widths)));
  const sure = new Map<string, string>();
  const open = new Map<string, string>();
  const labels: string[] = [];
  for (const bar of drawn) {
    const { stretch, from, to } = bar;
    const thick = px(THICK[0] + ((THICK[1] - THICK[0]) * size(stretch)) / largest);
    const y = down(frame, stretch.level);
    const least = stretch.least < stretch.to ? Math.min(to, Math.max(from, across(frame, stretch.least))) : to;
    sure.set(thick, `${sure.get(thick) ?? ''}M${px(from)} ${px(y)}H${px(least)}`);
    if (least < to) open.set(thick, `${open.get(thick) ?? ''}M${px(least)} ${px(y)}H${px(to)}`);
    const label = labelOf(bar, to - from);
    if (label !== '') labels.push(text((from + to) / 2, y - 8, label, `text-anchor="middle" fill="${look.ink}"`));
  }
  const stroke = `stroke="${look.training}"`;
  return (
    [...sure].map(([thick, d]) => path(d, `${stroke} stroke-width="${thick}"`)).join('') +
    [...open].map(([thick, d]) => path(d, `${stroke} stroke-width="${thick}" stroke-dasharray="3 2" stroke-opacity="0.6"`)).join('') +
    labels.join('')
  );
};

/** What happens without a change of level: growth as a triangle, a branch's arms as rings, its merge as a diamond, an evaluation as a small one. */
const marks = (frame: Frame): string => {
  const { path: cycle, look } = frame;
  const shapes = { grow: '', arm: '', merge: '', evaluate: '' };
  for (const { kind, to, toLevel } of cycle.changes) {
    const [x, y] = [across(frame, to), down(frame, toLevel)];
    if (kind === 'grow') shapes.grow += `M${px(x)} ${px(y - 9)}l6 11h-12z`;
    if (kind === 'merge') shapes.merge += `M${px(x)} ${px(y - 5)}l5 5l-5 5l-5 -5z`;
    if (kind === 'arm') shapes.arm += `M${px(x - 3)} ${px(y)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z`;
  }
  for (const { level, x } of cycle.evaluations) shapes.evaluate += `M${px(across(frame, x))} ${px(down(frame, level) - 5)}l4 5l-4 5l-4 -5z`;
  const shape = (d: string, fill: string): string =>
    d === '' ? '' : `<path d="${d}" fill="${fill}" stroke="${look.ink}" stroke-width="1"/>`;
  const under = look.background === 'transparent' ? 'none' : look.background;
  return shape(shapes.evaluate, under) + shape(shapes.grow, look.validation) + shape(shapes.arm, under) + shape(shapes.merge, look.ink);
};

const rate = (frame: Frame): string => {
  const { path: cycle, look, floor } = frame;
  const [first, ...more] = cycle.rates;
  if (first === undefined) return '';
  const height = (value: number): number => floor - ((RATE - 4) * value) / (cycle.peak || 1);
  const at = ({ x, rate }: { readonly x: number; readonly rate: number }): string => `${px(across(frame, x))} ${px(height(rate))}`;
  const line = `M${at(first)}${more.map((point) => `L${at(point)}`).join('')}`;
  const end = across(frame, cycle.work);
  return (
    path(`M${LEFT} ${px(floor)}h${look.width}`, `stroke="${look.lines}"`) +
    `<path d="${line}L${px(end)} ${px(floor)}L${px(across(frame, first.x))} ${px(floor)}z" fill="${look.validation}" fill-opacity="0.14"/>` +
    path(line, `stroke="${look.validation}" stroke-width="1.6" stroke-linejoin="round"`) +
    text(LEFT - 12, floor - RATE + 9, rateWords(cycle.peak), `text-anchor="end" fill="${look.ink}"`) +
    text(LEFT - 12, floor, 'learning rate', `text-anchor="end" font-size="9.5" fill="${look.quiet}"`)
  );
};

const drawing = (frame: Frame): string => {
  const { path: cycle, look } = frame;
  const { bars: drawn, lines } = slantsOf(cycle, (work) => across(frame, work));
  const slopes = lines.map((corners) => `M${corners.map(({ x, level }) => `${px(x)} ${px(down(frame, level))}`).join('L')}`).join('');
  const held = cycle.held
    .map(({ level, from, to }) => `M${px(across(frame, from))} ${px(down(frame, level))}H${px(across(frame, to))}`)
    .join('');
  return (
    axis(frame) +
    rows(frame) +
    path(held, `stroke="${look.quiet}" stroke-width="1.4" stroke-dasharray="5 4"`) +
    path(slopes, `stroke="${look.quiet}" stroke-width="1.6" stroke-linecap="round"`) +
    bars(frame, drawn) +
    marks(frame) +
    rate(frame)
  );
};

/** Where a vertical line for the place of a run is to be drawn in a picture of a single cycle without a title. */
export interface PlaceLine {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly bottom: number;
}

export const placeLine = (cycle: CyclePath, look: CycleLook): PlaceLine => {
  const top = MARGIN + titleHeight(cycle, look);
  return { left: LEFT, width: look.width, top, bottom: MARGIN + heightOf(cycle, look) - FOOT };
};

/**
 * The picture of cycles, one above another.
 *
 * @example
 * cyclesSvg([cyclePath('two-level', schedule, plannedWork(plan))]) // '<svg xmlns=…'
 */
export const cyclesSvg = (cycles: readonly CyclePath[], look: CycleLook = cycleOnPaper): string => {
  const end = Math.max(1, ...cycles.map(({ work }) => work));
  const width = LEFT + look.width + RIGHT;
  let y = MARGIN;
  const parts = cycles.map((cycle, index) => {
    const top = y + titleHeight(cycle, look) + HEAD;
    const floor = y + heightOf(cycle, look) - FOOT;
    const frame: Frame = { path: cycle, look, end, top, floor, last: index === cycles.length - 1 };
    const title = look.titled ? titleOf(cycle, look, y) : '';
    y += heightOf(cycle, look) + 16;
    return title + drawing(frame);
  });
  const height = px(y + 4);
  const ground = look.background === 'transparent' ? '' : `<rect width="${width}" height="${height}" fill="${look.background}"/>`;
  const label = escaped(
    `Level over work: ${cycles.map(({ name, pipeline }) => (name === '' ? pipeline : `${visible(name)}, ${pipeline}`)).join('; ')}`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif" font-size="10.5">${ground}${parts.join('')}</svg>\n`
  );
};
