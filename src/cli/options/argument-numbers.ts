/**
 * Parses numbers in arguments. Only numbers that are not part of a schedule have their bounds here; those of a setup are checked with the schedule.
 */
import { InvalidArgumentError } from 'commander';

const NUMERAL = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** Commander turns this error into its own message, which names the option. */
const refuse = (required: string): never => {
  throw new InvalidArgumentError(`It must be ${required}.`);
};

export const anyNumber = (text: string): number => (NUMERAL.test(text) ? Number(text) : refuse('a number'));

export const number =
  (least: number) =>
  (text: string): number =>
    NUMERAL.test(text) && Number(text) >= least && Number.isFinite(Number(text)) ? Number(text) : refuse(`a number >= ${least}`);

export const integer =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number =>
    /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most
      ? Number(text)
      : refuse(most === Number.MAX_SAFE_INTEGER ? `an integer >= ${least}` : `an integer from ${least} to ${most}`);

/** A share, above 0 and at most 1. */
export const aboveZeroToOne = (text: string): number =>
  NUMERAL.test(text) && Number(text) > 0 && Number(text) <= 1 ? Number(text) : refuse('a number > 0 and <= 1');

export const someText = (text: string): string => (text === '' ? refuse('a text that is not empty') : text);

/** A share below 1. */
export const shareBelowOne = (text: string): number =>
  NUMERAL.test(text) && Number(text) > 0 && Number(text) < 1 ? Number(text) : refuse('a number > 0 and < 1');
