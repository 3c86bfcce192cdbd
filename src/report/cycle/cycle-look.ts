/** How a cycle is drawn: sizes in pixels and colours. Not here: what is drawn (`cycle-svg.ts`). */
import { type ChartLook, onPaper } from '../charts/chart-look.js';

export interface CycleLook extends Pick<ChartLook, 'background' | 'ink' | 'quiet' | 'training' | 'validation' | 'lines' | 'grid'> {
  /** Of the axis of work. */
  readonly width: number;
  /** Whether each cycle has its name, its text and its cost above it; false if the surrounding page says them. */
  readonly titled: boolean;
}

export const cycleOnPaper: CycleLook = { ...onPaper, width: 700, titled: true };

export const LEFT = 104;
export const RIGHT = 22;
/** The distance of two levels. */
export const ROW = 42;
export const RATE = 44;
/** Between the coarsest level and the learning rate. */
export const GAP = 26;
/** Above the finest level, for the labels of its stages. */
export const HEAD = 24;
/** Below the learning rate, for the marks of the axis. */
export const FOOT = 22;
export const MARGIN = 14;
export const LINE = 15;
/** Width of a character in the labels, on average. */
export const CHARACTER = 5.5;
/** Of one in its name, which is larger. */
export const NAME_CHARACTER = 8;
/** Characters of a level's sizes beside it. */
export const SIZES = 19;
/** The thinnest and the thickest line of a stage: its thickness is its layers times their width. */
export const THICK = [2.5, 9] as const;
