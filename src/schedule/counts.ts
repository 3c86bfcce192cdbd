/**
 * The counts that a stage holds, and their bounds: one table for the text form, the JSON Schema and (through the type of
 * the table) the compiler. Not here: bounds between two counts (`verify.ts`).
 */
import { mustBe } from './sentences.js';

/** Least value of each count. */
export const leastCount = { steps: 1, times: 1, factor: 2, offset: 0 } as const;

/** Nine digits: beyond every run, and exact in all sums. */
export const mostCount = 999999999;

export type CountRole = keyof typeof leastCount;

/** True for words that the text form reads as a number, well written or not; any other word is a name. */
export const isNumeral = (word: string): boolean => /^[-+.\d]/.test(word);

/**
 * The sentence that a numeral earns in a role, or nothing. Takes the numeral as written, so that `1.5`, `-3`, `007` and `1e3` are told apart.
 *
 * @example
 * countFault('steps', '0') // 'steps must be an integer >= 1 (was 0)'
 */
export const countFault = (role: CountRole, numeral: string): string | undefined => {
  const least = leastCount[role];
  if (String(Number(numeral)) !== numeral || !/^\d+$/.test(numeral) || Number(numeral) < least) {
    return mustBe(role, `an integer >= ${least}`, numeral);
  }
  return Number(numeral) > mostCount ? mustBe(role, `an integer <= ${mostCount}`, numeral) : undefined;
};
