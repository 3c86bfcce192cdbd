/** The mean of some numbers; NaN of none, and where one of them is NaN (other than d3's, which leaves it out). */
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
