/**
 * The grid: what a level is of a network, and its discretisation of depth, which is all that the equation x ← x + h·F(x) reads of it. Not here: how
 * one grid leads to another (`operators/operator.ts`, `walk/walk.ts`), the tensors on one (`src/runner/levels`).
 */
import type { Model } from './schedule.js';

/** A network on a level: level 0 is the finest; h is 1 where the run begins. */
export interface Grid {
  readonly level: number;
  readonly layers: number;
  readonly heads: number;
  /** Units of the residual stream; a head has width / heads of them. */
  readonly width: number;
  /** Factor of each residual branch. */
  readonly h: number;
}

/** The grid of something that is more than a grid. */
export const gridOf = ({ level, layers, heads, width, h }: Grid): Grid => ({ level, layers, heads, width, h });

/** Whether two grids are alike but for their level: the same programs run on both. */
export const gridKey = ({ layers, heads, width, h }: Grid): string => `${layers} ${heads} ${width} ${h}`;

/** The grid that a run begins with. */
export const firstGrid = ({ layers, heads, width }: Model): Grid => ({ level: 0, layers, heads, width, h: 1 });

/** Depth as a discretised time: how many steps the network takes, and how long each is. */
export type Discretization = Pick<Grid, 'layers' | 'h'>;
