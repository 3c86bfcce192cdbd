/** Positions in a text of several lines. Pure. */

/**
 * Converts a sentence about a column of the complete text, `column 17: …`, to one about a line and its column; unchanged for a single line.
 */
export const inLines = (sentence: string, text: string): string =>
  text.includes('\n')
    ? sentence.replace(/^column (\d+):/, (_, column: string) => {
        const before = text.slice(0, Number(column) - 1).split('\n');
        return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}:`;
      })
    : sentence;
