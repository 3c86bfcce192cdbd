/** Fits words on a line that may be too narrow for them: which are shortened or left out first. Not here: text that wraps (`wrap.ts`). */
import { visible } from '../../visible.js';

/** A part of a progress line. */
export interface Word {
  readonly text: string;
  /**
   * The order in which words are shortened and then left out on a narrow line, lowest first. A word without this number always stays complete.
   */
  readonly yields?: number;
  /** Whether it may be shortened to its beginning. */
  readonly cuts?: boolean;
}

const GAP = '  ';
/** A shorter beginning of a word, with its ellipsis, would say nothing. */
const SHORTEST = 7;

const join = (words: readonly Word[]): string =>
  words
    .map(({ text }) => text)
    .filter((text) => text !== '')
    .join(GAP);

const shortened = (word: Word, excess: number): Word => {
  const room = Math.max(SHORTEST, word.text.length - excess);
  return word.cuts !== true || word.text.length <= room ? word : { ...word, text: `${word.text.slice(0, room - 1)}…` };
};

/**
 * The words on one line of at most `width` characters, as long as those that never yield allow it.
 *
 * @example
 * fitLine([{ text: 'train(1750)', yields: 1, cuts: true }, { text: '3s left' }], 17) // 'train(…  3s left'
 */
export const fitLine = (words: readonly Word[], width: number): string =>
  fitted(
    words.map((word) => ({ ...word, text: visible(word.text) })),
    width,
  );

const fitted = (words: readonly Word[], width: number): string => {
  const full = join(words);
  if (full.length <= width) return full;
  const cut = join(words.map((word) => shortened(word, full.length - width)));
  if (cut.length <= width) return cut;
  const first = words.reduce<Word | undefined>(
    (least, word) => (word.yields !== undefined && word.yields < (least?.yields ?? Number.POSITIVE_INFINITY) ? word : least),
    undefined,
  );
  return first === undefined
    ? cut
    : fitted(
        words.filter((word) => word !== first),
        width,
      );
};
