/** The parts of a Vega-Lite specification whose pictures are one above the other. Types alone. */
import type { TopLevelSpec } from 'vega-lite';

/** One of the pictures. */
export type View = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];
/** What is drawn into it, from the back to the front. */
export type Layer = Extract<View, { layer: unknown }>['layer'][number];
