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

const UNITS: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4 };

/** Bytes, in decimal or binary units or in none; NaN if the text is no size. */
const bytesOf = (text: string): { readonly bytes: number; readonly unit: string } => {
  const [, number, unit = '', binary = ''] = /^(\d+\.?\d*|\.\d+) ?(?:([KMGT])(i?))?B?$/i.exec(text) ?? [];
  return { bytes: Number(number) * (binary === '' ? 1000 : 1024) ** (UNITS[unit.toUpperCase()] ?? 0), unit };
};

/**
 * A memory's bytes. Without a unit, 2 is more likely meant as gigabytes.
 *
 * @example
 * byteCount('2GB') // 2e9
 * byteCount('512MiB') // 512 * 2 ** 20
 */
export const byteCount = (text: string): number => {
  const { bytes, unit } = bytesOf(text);
  return bytes > 0 && unit !== '' ? bytes : refuse('a size above 0 with its unit, such as 2GB or 512MiB');
};

/**
 * A budget's bytes, of which there may be none.
 *
 * @example
 * byteBudget('2GB') // 2e9
 * byteBudget('0') // 0
 */
export const byteBudget = (text: string): number => {
  const { bytes } = bytesOf(text);
  return bytes >= 0 ? bytes : refuse('a number of bytes, such as 500MB, 512MiB or 2GB');
};

const PREFIXES: readonly string[] = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/**
 * A budget of FLOPs, with its unit: 20 alone is more likely meant as teraFLOPs.
 *
 * @example
 * flopBudget('20TFLOP') // 2e13
 * flopBudget('1.5e13FLOP') // 1.5e13
 */
export const flopBudget = (text: string): number => {
  const [, number = '', prefix = ''] = /^((?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?) ?([KMGTPE]?)FLOPs?$/i.exec(text) ?? [];
  const power = PREFIXES.indexOf(prefix.toUpperCase());
  const flops = Number(number) * 1000 ** power;
  return number !== '' && flops > 0 && Number.isFinite(flops)
    ? flops
    : refuse('a number of FLOPs above 0 with its unit (FLOP, kFLOP, MFLOP, GFLOP, TFLOP, PFLOP or EFLOP), such as 20TFLOP');
};
