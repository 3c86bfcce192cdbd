/** Words on a line that may be too narrow for all of them: which are shortened and left out first. Not here: text that wraps (`wrap.ts`). */
import { visible } from '../../visible.js';

/** A part of a line that says where something is. */
export interface Word {
  readonly text: string;
  /**
   * What becomes of it on a narrow line: it is cut, then it is left out; the lower, the sooner it is left out. A word without stays as it is,
   * whatever the line.
   */
  readonly yields?: number;
  /** May be shown by its beginning alone. */
  readonly cuts?: boolean;
}

const GAP = '  ';
/** Less than this of a word, and its ellipsis, says nothing. */
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
