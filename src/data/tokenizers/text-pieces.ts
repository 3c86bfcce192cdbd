/**
 * Where a text may be cut without another token coming out, for the patterns of tiktoken's encodings: none of them has a word that continues after a
 * character that is no blank into a space (or from a letter or digit into a line break), and none looks behind. What begins with such a blank
 * is therefore the same tokens wherever it is, and a text is its pieces one after the other. The rule looks at no Unicode table that differs
 * between versions. Not here: the patterns themselves, which the package `tiktoken` matches.
 */

const SPACE = 0x20;
const LINE_FEED = 0x0a;

/** Certainly no blank in any version of Unicode. (U+FEFF is one in JavaScript alone; the blanks above U+00A0 lie from U+1680 to U+3000.) */
const isSolid = (unit: number): boolean =>
  (unit > SPACE && unit < 0x7f) || (unit > 0xa0 && unit < 0x1680) || (unit > 0x3000 && unit !== 0xfeff);

const isLetterOrDigit = (unit: number): boolean =>
  (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x30 && unit <= 0x39);

/** Whether a text may be cut between these two UTF-16 units. */
export const cutsBetween = (before: number, after: number): boolean =>
  (after === SPACE && isSolid(before)) || (after === LINE_FEED && isLetterOrDigit(before));

/**
 * The last place, at most `from`, where the text may be cut; 0 where there is none.
 *
 * @example
 * lastCut('one two three', 9) // 7
 */
export const lastCut = (text: string, from: number): number => {
  for (let at = Math.min(from, text.length - 1); at > 0; at--) if (cutsBetween(text.charCodeAt(at - 1), text.charCodeAt(at))) return at;
  return 0;
};
