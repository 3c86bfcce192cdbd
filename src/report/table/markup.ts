/** Text for HTML and SVG. Not here: what may be shown of it (`src/visible.ts`). */
import { codePoint, visibleText } from '../../visible.js';

/** The letters that markup may not contain even as numbers, and that a file's name may. */
const NONE = /[\ufffe\uffff]/g;
const LETTERS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Any text as content or as an attribute in double quotes.
 *
 * @example
 * escaped('a < "b"') // 'a &lt; &quot;b&quot;'
 */
export const escaped = (text: string): string =>
  visibleText(text)
    .replace(NONE, (letter) => `<${codePoint(letter)}>`)
    .replace(/[&<>"]/g, (letter) => LETTERS[letter] ?? letter);
