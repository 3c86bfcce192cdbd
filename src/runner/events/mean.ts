/** The mean of some numbers; NaN for none, and where one of them is NaN (unlike d3's, which skips it). */
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
