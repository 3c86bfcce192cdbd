/**
 * Transfers as slanted lines. A transfer costs almost nothing, so that on the axis of work it would be a vertical line; the field draws a slope, which
 * takes a few pixels from the stages beside it. Not here: colours and words (`cycle-svg.ts`).
 */
import type { Change, CyclePath, Stretch } from './cycle-path.js';

/** The largest half width of a slope, in pixels, and the largest share that it takes of a stage beside it. */
const HALF = 6;
const SHARE = 0.3;
/** Half of the gap between two training stages that follow each other. */
const APART = 0.5;

export interface Corner {
  readonly x: number;
  readonly level: number;
}

/** A training stage in pixels, without what slopes take of it. */
export interface Bar {
  readonly stretch: Stretch;
  readonly from: number;
  readonly to: number;
}

export interface Slants {
  readonly bars: readonly Bar[];
  /** A line for each sequence of transfers between two training stages. */
  readonly lines: readonly (readonly Corner[])[];
}

type Item = { readonly stretch: Stretch } | { readonly change: Change };

const inOrder = ({ stretches, changes }: CyclePath): readonly Item[] => {
  const items: Item[] = [];
  let next = 0;
  for (const stretch of stretches) {
    for (let change = changes[next]; change !== undefined && change.stage < stretch.stage; change = changes[next]) {
      items.push({ change });
      next += 1;
    }
    items.push({ stretch });
  }
  return [...items, ...changes.slice(next).map((change) => ({ change }))];
};

/** The corners of a sequence of transfers, evenly over the slope. */
const cornersOf = (changes: readonly Change[], middle: number, half: number): readonly Corner[] => {
  const levels = [changes[0]?.fromLevel ?? 0, ...changes.map(({ toLevel }) => toLevel)];
  return levels.map((level, index) => ({ x: middle - half + (2 * half * index) / (levels.length - 1), level }));
};

/** @param pixels of a place on the axis of work. */
export const slantsOf = (path: CyclePath, pixels: (work: number) => number): Slants => {
  const bars: { stretch: Stretch; from: number; to: number }[] = [];
  const lines: (readonly Corner[])[] = [];
  let between: Change[] = [];
  const close = (after: Stretch | undefined): number => {
    const [first, before] = [between[0], bars.at(-1)];
    const moves = between.some(({ fromLevel, toLevel }) => fromLevel !== toLevel);
    if (first === undefined || !moves) {
      between = [];
      return 0;
    }
    const room = (bar: Bar | undefined): number => (bar === undefined ? HALF : SHARE * (pixels(bar.stretch.to) - pixels(bar.stretch.from)));
    const next = after === undefined ? undefined : { stretch: after, from: 0, to: 0 };
    const half = Math.min(HALF, room(before), room(next));
    lines.push(cornersOf(between, pixels(first.from), half));
    if (before !== undefined) before.to -= half;
    between = [];
    return half;
  };
  for (const item of inOrder(path)) {
    if ('change' in item) between.push(item.change);
    else {
      const apart = between.length === 0 && bars.length > 0 ? APART : 0;
      const last = bars.at(-1);
      if (last !== undefined) last.to -= apart;
      const taken = close(item.stretch) + apart;
      bars.push({ stretch: item.stretch, from: pixels(item.stretch.from) + taken, to: pixels(item.stretch.to) });
    }
  }
  close(undefined);
  return { bars, lines };
};
