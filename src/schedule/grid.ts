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
  /** How often the layers are applied, as a block: a b, a b, … with the same weights. Absent where once. */
  readonly loops?: number;
}

/** The key, where it says something. */
const looped = (loops = 1): Pick<Grid, 'loops'> => (loops === 1 ? {} : { loops });

/** The grid of an object that also has other fields. */
export const gridOf = ({ level, layers, heads, width, h, loops }: Grid): Grid => ({
  level,
  layers,
  heads,
  width,
  h,
  ...looped(loops),
});

/** Whether two grids are equal except for their level: the same programs run on both. */
export const gridKey = ({ layers, heads, width, h, loops = 1 }: Grid): string =>
  `${layers} ${heads} ${width} ${h}${loops === 1 ? '' : ` loops ${loops}`}`;

/** The grid with which a run begins. */
export const firstGrid = ({ layers, heads, width, parametrisation, baseLayers = layers }: Model): Grid => ({
  level: 0,
  layers,
  heads,
  width,
  h: parametrisation === undefined ? 1 : baseLayers / layers,
});

/** Depth as discretised time: the layers, how often they are applied, and the size of each step. */
export type Discretization = Pick<Grid, 'layers' | 'h' | 'loops'>;

/** The discretisation of an object that also has other fields. */
export const discretizationOf = ({ layers, h, loops }: Discretization): Discretization => ({
  layers,
  h,
  ...looped(loops),
});

/** The number of Euler steps: each layer counts as often as it is applied. */
export const depthOf = ({ layers, loops = 1 }: Pick<Grid, 'layers' | 'loops'>): number => layers * loops;
