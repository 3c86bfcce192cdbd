/**
 * Text from elsewhere (names, keys, folders, samples) as it may be shown: what a terminal would obey, what nobody sees, and what turns the order of
 * other letters is written as its number, `<U+001B>`. Whoever prints goes through here. Not here: how long a value is shown (`shown-value.ts`).
 */

const numbered = (character: string): string => `<${codePoint(character)}>`;

/**
 * @example
 * codePoint('é') // 'U+00E9'
 */
export const codePoint = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Controls, format characters, half a pair of surrogates, line separators, what has no width, and every blank but the space. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** What a terminal obeys, or turns the order of letters: a text may hold line breaks, tabs, joiners and blanks of all widths. */
const OBEYED = /(?![\n\t])(?!\r\n)\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A name, or any words of one line.
 *
 * @example
 * visible('a\u001b[2Jb') // 'a<U+001B>[2Jb'
 */
export const visible = (words: string): string => words.replace(UNSEEN, numbered);

/** Words of several lines, each as `visible` has it. */
export const visibleLines = (words: string): string => words.split('\n').map(visible).join('\n');

/** Running text in any script, such as a sample: its letters stay as they are. */
export const visibleText = (text: string): string => text.replace(OBEYED, numbered);

/**
 * What is added about a word that nobody knows, where the reason may not be seen: a letter of another alphabet that looks like one of this, a
 * blank without width. Empty for plain words.
 *
 * @example
 * foreignIn('trаin') // '; its "а" is U+0430'
 */
export const foreignIn = (word: string): string => {
  const [first] = word.match(/[^ -~]/u) ?? [];
  if (first === undefined) return '';
  const shown = visible(first);
  return shown === first ? `; its "${first}" is ${codePoint(first)}` : `; it holds ${codePoint(first)}`;
};
