/** Lines of characters that join: which sides of a cell a line leaves, as the character of Unicode's box drawing. */

/** The sides of a cell; a stage's line is heavy, a transfer's is light. */
export const UP = 1;
export const DOWN = 2;
export const LEFT = 4;
export const RIGHT = 8;

/** By the sum of the sides: vertical ones light, horizontal ones heavy. */
const JOINED = ' ╵╷│╸┙┑┥╺┕┍┝━┷┯┿';

/**
 * @example
 * joined(DOWN + LEFT) // '┑'
 */
export const joined = (sides: number): string => JOINED[sides] ?? ' ';

/** Eighths of a cell, from its lower edge. */
const EIGHTHS = ' ▁▂▃▄▅▆▇█';

/**
 * A height as the characters of a column, the upper one first.
 *
 * @param share of the column's height, 0 to 1; anything above 0 is seen.
 * @example
 * column(0.75, 2) // ['▄', '█']
 */
export const column = (share: number, cells: number): readonly string[] => {
  const eighths = share <= 0 ? 0 : Math.max(1, Math.round(share * cells * 8));
  return Array.from({ length: cells }, (_, index) => EIGHTHS[Math.min(8, Math.max(0, eighths - 8 * (cells - 1 - index)))] ?? ' ');
};
