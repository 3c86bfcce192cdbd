/** An open level, with the transfer that opened it from the next finer one. Not here: the levels together (`level-stack.ts`). */
import type { Transfer } from '../../transfer/operators.js';
import type { Cell, Level } from './cell.js';

export interface OpenLevel extends Level {
  readonly origin?: {
    readonly transfer: Transfer;
    /** The result of the restriction, before anything was learnt here. */
    readonly restricted: readonly Cell[];
    /** The same of the shared layers, where the level has its own: where it is narrower. */
    readonly restrictedShared?: Cell;
    /** The state of the shared layers at the restriction, where a line search may need it. */
    readonly shared?: Cell;
  };
}
