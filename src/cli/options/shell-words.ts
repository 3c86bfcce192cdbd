/** A text as the words that a POSIX shell would make of it, without anything that a shell replaces. */

/** Blanks; or a part of a word: in single quotes, in double quotes, after a backslash, or bare. */
const PART = /(\s+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/sy;

/**
 * Undefined where a quote is not closed.
 *
 * @example
 * shellWords(`--mem 4G --constraint="a & b"`) // ['--mem', '4G', '--constraint=a & b']
 */
export const shellWords = (text: string): readonly string[] | undefined => {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    PART.lastIndex = at;
    const found = PART.exec(text);
    if (found === null) return undefined;
    at = PART.lastIndex;
    const [, blanks, single, double, escaped, bare] = found;
    if (blanks === undefined) word = (word ?? '') + (single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? bare ?? '');
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
};
