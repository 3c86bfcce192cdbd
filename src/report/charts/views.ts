/** The parts of a Vega-Lite specification with pictures one above another. Only types. */
import type { TopLevelSpec } from 'vega-lite';

/** One of the pictures. */
export type View = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];
/** What is drawn in it, from back to front. */
export type Layer = Extract<View, { layer: unknown }>['layer'][number];
