/** The middle of measured values: what one slow round does not move. */
import { median as middle } from 'd3-array';

/** NaN for no values. For an even number of them the mean of the middle two. */
export const median = (values: readonly number[]): number => middle(values) ?? Number.NaN;
