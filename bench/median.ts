/** The median of measured values, which a single slow round does not change. */
import { median as middle } from 'd3-array';

/** NaN for no values. For an even number of values, the mean of the middle two. */
export const median = (values: readonly number[]): number => middle(values) ?? Number.NaN;
