/**
 * The grid: the sizes of a level's network, and its discretisation of depth, which is all that the equation x ← x + h·F(x) depends on. Not here: how
 * one grid leads to another (`operators/operator.ts`, `walk/walk.ts`), the tensors on one (`src/runner/levels`).
 */
import type { Model } from './schedule.js';

/** A network on a level: level 0 is the finest. */
export interface Grid {
  readonly level: number;
  readonly layers: number;
  readonly heads: number;
  /** Units of the residual stream; a head has width / heads of them. */
  readonly width: number;
  /** Factor of each residual branch: 1 where a run begins, or with completeP the base's layers by the layers. */
  readonly h: number;
}

/** The grid of an object that also has other fields. */
export const gridOf = ({ level, layers, heads, width, h }: Grid): Grid => ({ level, layers, heads, width, h });

/** Whether two grids are equal except for their level: the same programs run on both. */
export const gridKey = ({ layers, heads, width, h }: Grid): string => `${layers} ${heads} ${width} ${h}`;

/** The grid with which a run begins. */
export const firstGrid = ({ layers, heads, width, parametrisation, baseLayers = layers }: Model): Grid => ({
  level: 0,
  layers,
  heads,
  width,
  h: parametrisation === undefined ? 1 : baseLayers / layers,
});

/** Depth as discretised time: the number of steps, and the size of each. */
export type Discretization = Pick<Grid, 'layers' | 'h'>;
