/**
 * The meaning of a transfer once it is resolved: matrices, recipes and policies, for a number of layers and a width. Not here: how it is resolved
 * (`resolve.ts`), tensors and programs (`recipe-programs.ts`).
 */
import type { Fit, LineSearch } from '../schedule/schedule.js';
import type { Visit } from '../schedule/walk/walk.js';
import type { LevelWidth } from './layer-tensor.js';
import type { MomentsTransfer } from './moments.js';
import type { Transfer } from './operators.js';
import type { OuterStep } from './outer.js';
import type { Recipe } from './recipe.js';
import type { Widening } from './widening.js';
import type { Resizing } from './width.js';

/** Cells made from cells, one per recipe. `parameters`: layers without their moments, or gradients, which have a value for each parameter. */
export interface Blend {
  readonly of: 'layers' | 'shared' | 'parameters';
  readonly recipes: readonly Recipe[];
  readonly moments: MomentsTransfer;
  /** The width of the cells. */
  readonly at: LevelWidth;
}

/** What a transfer between two widths does in addition: cells change their size, and the shared ones move too. */
export interface WidthTransfer {
  readonly shared: Blend;
  readonly resizing: Resizing;
  /** The width of the wider level. */
  readonly at: LevelWidth;
  /** The number of resized cells; on the way back of a correction these include what had been restricted. */
  readonly cells: { readonly layers: number; readonly shared: number };
}

export interface ResolvedRestriction {
  readonly kind: 'restrict';
  readonly transfer: Transfer;
  readonly layers: Blend;
  readonly width?: WidthTransfer;
  /** The number of batches whose gradients are taken, and how the fine ones are restricted: Pᵀ. */
  readonly tau?: { readonly batches: number; readonly gradient: Blend };
  /** Whether the present state of the shared layers may be needed again. */
  readonly keepsShared: boolean;
}

/** How a transfer is learnt before its layers move: these then have recipes that are open to every layer. */
export interface ResolvedFit extends Fit {
  /** The same layers without moments, of which the loss is taken. */
  readonly parameters: Blend;
}

export interface ResolvedProlongation {
  readonly kind: 'prolongate';
  readonly layers: Blend;
  readonly width?: WidthTransfer;
  /** Whether what had been restricted is subtracted on the way back. */
  readonly corrects: boolean;
  readonly search?: LineSearch & { readonly alpha: number; readonly shared: Blend };
  readonly fit?: ResolvedFit;
}

/** What a growth of the width does in addition: all cells become wider, the shared ones too. */
export interface WidthGrowth {
  readonly shared: Blend;
  readonly widening: Widening;
  /** The width of the wider network. */
  readonly at: LevelWidth;
  /** The number of cells that become wider. */
  readonly cells: { readonly layers: number; readonly shared: number };
}

export interface ResolvedGrowth {
  readonly kind: 'grow';
  readonly layers: Blend;
  readonly width?: WidthGrowth;
  readonly fit?: ResolvedFit;
}

export interface ResolvedMerge {
  readonly kind: 'merge';
  readonly layers: Blend;
  readonly shared: Blend;
}

/** The merge of replicas after a round. */
export interface ResolvedOuter {
  readonly kind: 'outer';
  readonly step: OuterStep;
  /** The width of the cells, and the number of layers. */
  readonly at: LevelWidth & { readonly layers: number };
}

export type ResolvedTransfer = ResolvedRestriction | ResolvedProlongation | ResolvedGrowth | ResolvedMerge | ResolvedOuter;

/** A visit with its transfer; training, and an arm that begins, have none. */
export interface ResolvedVisit extends Visit {
  readonly transfer?: ResolvedTransfer;
}
