/** The known word that was probably meant. Not here: the sentences that end with it. */
import { closest, distance } from 'fastest-levenshtein';
import { foreignIn } from './visible.js';

/** The known word that is nearest, unless more than half of the letters would have to change. */
export const nearestOf = (word: string, known: readonly string[]): string | undefined => {
  if (known.length === 0) return undefined;
  const nearest = closest(word, known);
  return 2 * distance(word, nearest) <= Math.max(word.length, nearest.length) ? nearest : undefined;
};

/**
 * The end of a sentence about an unknown word: the word that was probably meant, or nothing where none is near; and a letter that only looks like one
 * of its letters.
 *
 * @example
 * nearestTo('tran', ['train', 'restrict']) // '; the nearest word is train'
 */
export const nearestTo = (word: string, known: readonly string[]): string => {
  const nearest = nearestOf(word, known);
  return `${nearest === undefined ? '' : `; the nearest word is ${nearest}`}${foreignIn(word)}`;
};
