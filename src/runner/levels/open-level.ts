/** A level that is open, with how it came from the next finer one. Not here: the levels together (`level-stack.ts`). */
import type { Transfer } from '../../transfer/operators.js';
import type { Cell, Level } from './cell.js';

export interface OpenLevel extends Level {
  readonly origin?: {
    readonly transfer: Transfer;
    /** What the restriction gave, before anything was learnt here. */
    readonly restricted: readonly Cell[];
    /** The same of the shared layers, where the level has its own: where it is narrower. */
    readonly restrictedShared?: Cell;
    /** The shared layers as they were then, where a line search may want them back. */
    readonly shared?: Cell;
  };
}
