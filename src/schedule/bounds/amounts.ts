/**
 * The numbers of a stage that need not be whole, with their bounds: one table for the text form and (through its type) the compiler. Not here: counts
 * (`counts.ts`), the factor of a correction (`alpha.ts`), the same bounds in the JSON Schema.
 */
import { mustBe } from '../sentences.js';

export const amounts = {
  loss: 'a number > 0',
  tokens: 'a number > 0',
  flops: 'a number > 0',
  minDelta: 'a number >= 0',
  ratio: 'a number > 0',
  stochasticDepth: 'a number > 0 and <= 1',
  mix: 'a number > 0 and <= 1',
  keep: 'a number > 0 and <= 1',
  learningRate: 'a number > 0',
  peak: 'a number > 0',
  rate: 'a number > 0',
  floor: 'a number >= 0',
  decay: 'a number > 0 and <= 1',
  heldOut: 'a number > 0 and < 1',
  momentum: 'a number >= 0 and < 1',
} as const;

export type AmountRole = keyof typeof amounts;

const holds = {
  'a number > 0': (value: number) => value > 0,
  'a number >= 0': (value: number) => value >= 0,
  'a number > 0 and <= 1': (value: number) => value > 0 && value <= 1,
  'a number > 0 and < 1': (value: number) => value > 0 && value < 1,
  'a number >= 0 and < 1': (value: number) => value >= 0 && value < 1,
} as const;

/**
 * The finite number of a numeral, or NaN. Any numeral of JavaScript is accepted (`1e15`, `0.50`, `.5`); printing gives JavaScript's own form. Blanks
 * that the text form does not know (a no-break space) are not part of a numeral, though `Number` ignores them.
 */
export const numberOf = (numeral: string): number => {
  const value = /^[-+.\w]+$/.test(numeral) ? Number(numeral) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
};

/** Whether a numeral is a number within bounds. */
export const isWithin = (what: keyof typeof holds, numeral: string): boolean => !numeral.startsWith('-') && holds[what](numberOf(numeral));

/**
 * The sentence about a numeral that is out of bounds in its role, or nothing.
 *
 * @example
 * amountFault('loss', '0') // 'loss must be a number > 0 (was 0)'
 */
export const amountFault = (role: AmountRole, numeral: string): string | undefined => {
  const what = amounts[role];
  return isWithin(what, numeral) ? undefined : mustBe(role, what, numeral);
};
