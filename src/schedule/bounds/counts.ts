/**
 * The counts in stages, with their bounds: one table for the text form, the JSON Schema and (through the type of the table) the compiler. Not here:
 * bounds between two counts (`../verify/verify.ts`), numbers that are not whole (`alpha.ts`).
 */
import { mustBe } from '../sentences.js';

/** Least value of each count. */
export const leastCount = {
  steps: 1,
  atMost: 1,
  patience: 1,
  window: 1,
  layer: 0,
  times: 1,
  factor: 2,
  offset: 0,
  levels: 2,
  block: 1,
  layers: 1,
  tau: 1,
  tries: 1,
  batches: 1,
  fit: 0,
  replicas: 2,
  every: 1,
  rounds: 1,
  accumulate: 1,
  batch: 1,
  context: 1,
  warmup: 0,
  rewarm: 0,
  vocabulary: 1,
} as const;

/** Nine digits: more than any run needs, and exact in all sums. */
export const mostCount = 999999999;

/** Seeds are words of 32 bits. */
export const mostSeed = 2 ** 32 - 1;

/** Losses whose spread decides what a spike is: checkpoints contain them. */
export const mostSpikeWindow = 10_000;

/** A step's program has some hundred operations per layer, and a plan holds all of it: a thousand layers take seconds and half a gigabyte. */
export const mostLayers = 1024;

/** Arms of one branch, which one program reads and merges. */
export const mostArms = 256;

/** Replicas, whose number one program reads and merges. */
export const mostReplicas = 256;

/** Operators of one composition. */
export const mostComposed = 64;

/** Greatest value of the counts that have a bound of their own. Twelve levels halve 2,048 layers down to one, twelve tries a correction to 1/2048. */
export const greatestCount = { levels: 12, tries: 12, layers: mostLayers, replicas: mostReplicas } as const;

export type CountRole = keyof typeof leastCount;

const isBounded = (role: CountRole): role is keyof typeof greatestCount => Object.hasOwn(greatestCount, role);

/** Greatest value of a count. */
export const mostOf = (role: CountRole): number => (isBounded(role) ? greatestCount[role] : mostCount);

/** True for words that the text form reads as a number, well written or not; any other word is a name. */
export const isNumeral = (word: string): boolean => /^[-+.\d]/.test(word);

/** Whether a number is written as JavaScript writes it, so that printing gives the same word back. */
const isCanonical = (numeral: string): boolean => Number.isFinite(Number(numeral)) && String(Number(numeral)) === numeral;

/** How counts are written, so that `1e3` and `007` are not reported as not being integers. */
export const writtenCount = 'written as digits without leading zeros, such as 12';

/**
 * The sentence about a numeral that is not a valid count in its role, or nothing. Takes the numeral as written, to distinguish `1.5`, `-3`, `007` and
 * `1e3`.
 *
 * @example
 * countFault('steps', '0') // 'steps must be an integer >= 1 (was 0)'
 * countFault('steps', '1e3') // 'steps must be written as digits without leading zeros, such as 12 (was 1e3)'
 */
export const countFault = (role: CountRole, numeral: string): string | undefined => {
  const least = leastCount[role];
  const most = mostOf(role);
  const value = Number(numeral);
  // JavaScript prints digits beyond its precision differently; such a numeral is still a count, but too large.
  if (isNumeral(numeral) && !isCanonical(numeral) && !/^[1-9]\d*$/.test(numeral)) return mustBe(role, writtenCount, numeral);
  if (!Number.isInteger(value) || value < least) return mustBe(role, `an integer >= ${least}`, numeral);
  return value > most ? mustBe(role, `an integer <= ${most}`, numeral) : undefined;
};

/** How deep parentheses and repeats may nest. */
export const MOST_NESTED = 32;
