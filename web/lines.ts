/** Places in a text of several lines. Pure. */

/** A sentence about a column of the whole text, `column 17: …`, as one about a line and its column; untouched where there is one line. */
export const inLines = (sentence: string, text: string): string =>
  text.includes('\n')
    ? sentence.replace(/^column (\d+):/, (_, column: string) => {
        const before = text.slice(0, Number(column) - 1).split('\n');
        return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}:`;
      })
    : sentence;
