/**
 * A cycle as characters for a terminal: a row for each level, three for the learning rate, one for the axis of work. Not here: where stages lie
 * (`cycle-path.ts`).
 */
import { visible } from '../../visible.js';
import { quantity } from '../table/format.js';
import { wrap } from '../table/wrap.js';
import { column, DOWN, joined, LEFT, RIGHT, UP } from './box-characters.js';
import { costWords, rateWords, rowWords, variesInWidth } from './cycle-axis.js';
import type { Change, CyclePath } from './cycle-path.js';

const RATE_ROWS = 3;
/** What is drawn over the lines, and what the legend says of it: only of what is still seen. */
const MARKS = {
  grow: ['▲', 'the network grows'],
  arm: ['◇', 'an arm begins'],
  replica: ['◇', 'a replica begins'],
  merge: ['◆', 'arms are merged'],
  replicasMerged: ['◆', 'replicas are merged'],
  held: ['┄', 'the state that the next arm begins with'],
  heldForReplica: ['┄', 'the state that the next replica begins with'],
  evaluate: ['•', 'evaluated'],
  open: ['╍', "unless the stage's end is met before"],
} as const;
type Mark = keyof typeof MARKS;

/** The cells of a cycle: by row and column the sides that lines leave, and what is drawn instead. */
class Cells {
  readonly #sides: number[][];
  readonly #instead: (Mark | undefined)[][];

  constructor(
    rows: number,
    private readonly columns: number,
  ) {
    this.#sides = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
    this.#instead = Array.from({ length: rows }, () => new Array<Mark | undefined>(columns).fill(undefined));
  }

  #add(row: number, at: number, sides: number): void {
    const cells = this.#sides[row];
    if (cells !== undefined && at < this.columns) cells[at] = (cells[at] ?? 0) | sides;
  }

  mark(row: number, at: number, mark: Mark): void {
    const cells = this.#instead[row];
    if (cells !== undefined) cells[Math.min(at, this.columns - 1)] = mark;
  }

  /** A stage's line; a stage of less than a cell is at least the end of one. */
  across(row: number, from: number, to: number): void {
    for (let at = from; at < to; at += 1) this.#add(row, at, (at > from ? LEFT : 0) | RIGHT);
    this.#add(row, to, LEFT);
  }

  /** The part of a stage that may not be needed. */
  open(row: number, from: number, to: number): void {
    for (let at = from + 1; at < to; at += 1) this.mark(row, at, 'open');
  }

  /** A state that waits, where nothing else is drawn. */
  held(row: number, from: number, to: number, mark: 'held' | 'heldForReplica'): void {
    const [sides, instead] = [this.#sides[row], this.#instead[row]];
    if (sides === undefined || instead === undefined) return;
    for (let at = from + 1; at < to; at += 1) if (sides[at] === 0 && instead[at] === undefined) instead[at] = mark;
  }

  down(at: number, from: number, to: number): void {
    const [upper, lower] = [Math.min(from, to), Math.max(from, to)];
    for (let row = upper; row <= lower; row += 1) this.#add(row, at, (row > upper ? UP : 0) | (row < lower ? DOWN : 0));
  }

  lines(): readonly string[] {
    return this.#sides.map((cells, row) =>
      cells
        .map((sides, at) => {
          const mark = this.#instead[row]?.[at];
          return mark === undefined ? joined(sides) : MARKS[mark][0];
        })
        .join(''),
    );
  }

  /** A mark may hide another one. */
  legend(): readonly string[] {
    const seen = new Set(this.#instead.flat());
    return Object.entries(MARKS).flatMap(([mark, [character, words]]) => (seen.has(mark as Mark) ? [`${character} ${words}`] : []));
  }
}

const markOf = ({ kind, replicas }: Change): Mark | undefined => {
  if (kind === 'arm') return replicas === true ? 'replica' : 'arm';
  if (kind === 'merge') return replicas === true ? 'replicasMerged' : 'merge';
  return kind === 'grow' ? 'grow' : undefined;
};

const drawn = (cycle: CyclePath, columnOf: (work: number) => number, columns: number): Cells => {
  const cells = new Cells(cycle.levels.length, columns);
  for (const { level, from, to, least } of cycle.stretches) {
    cells.across(level, columnOf(from), columnOf(to));
    if (least < to) cells.open(level, columnOf(least), columnOf(to));
  }
  for (const { from, fromLevel, toLevel } of cycle.changes) if (fromLevel !== toLevel) cells.down(columnOf(from), fromLevel, toLevel);
  for (const { level, from, to, replicas } of cycle.held)
    cells.held(level, columnOf(from), columnOf(to), replicas === true ? 'heldForReplica' : 'held');
  for (const { level, x } of cycle.evaluations) cells.mark(level, columnOf(x), 'evaluate');
  for (const change of cycle.changes) {
    const mark = markOf(change);
    if (mark !== undefined) cells.mark(change.toLevel, columnOf(change.to), mark);
  }
  return cells;
};

/** The largest rate in each column, over all stages in it. */
const rateRows = ({ rates, peak }: CyclePath, columnOf: (work: number) => number, columns: number): readonly string[] => {
  const heights = new Array<number>(columns).fill(0);
  rates.forEach(({ x, rate }, index) => {
    const to = Math.min(columns - 1, columnOf(rates[index + 1]?.x ?? x));
    for (let at = Math.min(columns - 1, columnOf(x)); at <= to; at += 1) heights[at] = Math.max(heights[at] ?? 0, rate);
  });
  const parts = heights.map((height) => column(peak === 0 ? 0 : height / peak, RATE_ROWS));
  return Array.from({ length: RATE_ROWS }, (_, row) => parts.map((cells) => cells[row]).join(''));
};

/** Zero, the middle and the end of the axis; its end alone where there is no room. */
const axisLine = (end: number, columns: number): string => {
  if (end === 0) return '0 FLOP'.padStart(columns);
  const [middle, last] = [quantity(end / 2, 'FLOP'), quantity(end, 'FLOP')];
  const at = Math.floor((columns - middle.length) / 2);
  return at < 3 || at + middle.length + last.length >= columns
    ? last.padStart(columns)
    : `${'0'.padEnd(at)}${middle}`.padEnd(columns - last.length) + last;
};

/**
 * Lines of at most `width` characters.
 *
 * @param end of the axis of work: the same for cycles that are compared.
 */
export const cycleText = (cycle: CyclePath, width: number, end = cycle.work): string => {
  const varies = variesInWidth(cycle.levels);
  const names = cycle.levels.map((row) => `${row.level}  ${rowWords(row, varies)}`);
  const peak = rateWords(cycle.peak);
  const margin = Math.max('rate 0'.length, `rate ${peak}`.length, ...names.map(({ length }) => length)) + 2;
  const columns = Math.max(10, width - margin);
  const columnOf = (work: number): number => Math.round(((columns - 1) * work) / Math.max(1, end));
  const cells = drawn(cycle, columnOf, columns);
  const legend = cells.legend();
  const line = (name: string, content: string): string => `${name.padEnd(margin)}${content}`.trimEnd();
  const rates = cycle.rates.length === 0 ? [] : rateRows(cycle, columnOf, columns);
  return [
    ...wrap(`${cycle.name === '' ? '' : `${visible(cycle.name)}: `}${costWords(cycle)}`, width).split('\n'),
    ...wrap(cycle.pipeline, width, 2).split('\n'),
    '',
    ...cells.lines().map((content, level) => line(names[level] ?? '', content)),
    ...(cycle.rates.length === 0 ? [] : ['']),
    ...rates.map((content, row) => line(row === 0 ? `rate ${peak}` : '', content)),
    line('', axisLine(end, columns)),
    ...(legend.length === 0 ? [] : wrap(legend.join(', '), width).split('\n')),
  ].join('\n');
};
