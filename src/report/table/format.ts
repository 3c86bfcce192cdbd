/**
 * Numbers for people: three significant digits and a unit. Not here: tables, colours, files.
 */

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z'] as const;

interface Scaled {
  readonly digits: string;
  readonly prefix: string;
}

/** 999.6 rounds to `1.00k`, not to `1000`: the prefix is chosen after rounding. */
const scaled = (value: number): Scaled => {
  const rounded = Math.abs(value) < 1e15 ? Number(value.toPrecision(3)) : value;
  const power = rounded === 0 ? 0 : Math.min(PREFIXES.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(rounded)) / 3)));
  const mantissa = rounded / 1000 ** power;
  const digits = power === 0 && Number.isInteger(mantissa) ? String(mantissa) : mantissa.toPrecision(3);
  return { digits, prefix: PREFIXES[power] ?? '' };
};

/**
 * A short form of a count: `count(614400)` is `614k`, `count(160)` is `160`.
 */
export const count = (value: number): string => {
  const { digits, prefix } = scaled(value);
  return `${digits}${prefix}`;
};

/**
 * A quantity with its unit: `quantity(1.234e12, 'FLOP')` is `1.23 TFLOP`, `quantity(2.1e11, 'FLOP/s')` is `210 GFLOP/s`.
 */
export const quantity = (value: number, unit: string): string => {
  const { digits, prefix } = scaled(value);
  return `${digits} ${prefix}${unit}`;
};

/** FLOPs: `flop(1.234e12)` is `1.23 TFLOP`. */
export const flop = (value: number): string => quantity(value, 'FLOP');

/**
 * The same rounded up, for a budget that holds so many: `flopAtLeast(1.231e12)` is `1.24 TFLOP`.
 */
export const flopAtLeast = (value: number): string => {
  const digit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return flop(Math.ceil(value / digit) * digit);
};

/** A number with its noun: `1 layer`, `0 layers`, `8 layers`. */
export const counted = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** For larger losses four decimals say nothing, and a run that diverges would have dozens of digits before them. */
const LARGE_LOSS = 1e5;

export const isLargeLoss = (value: number): boolean => Math.abs(value) >= LARGE_LOSS;

/** Cross-entropy in nats: `2.5012`, `2.36e+33` for a run that diverges; a loss that is not a number is shown as that. */
export const loss = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  return isLargeLoss(value) ? value.toExponential(2) : value.toFixed(4);
};

/**
 * A validation loss in nats per token, followed by the same in bits per byte of text if that is known (not for random tokens).
 *
 * @example
 * lossInBoth(1.4804, 2.1357) // 1.4804 (2.1357 bits per byte)
 */
export const lossInBoth = (nats: number, bits: number | undefined): string =>
  `${loss(nats)}${bits === undefined ? '' : ` (${loss(bits)} bits per byte)`}`;

/** The same for labels of a picture's axis, as a Vega expression: below the limit Vega's own labels, above it short ones. */
export const LOSS_LABELS = `abs(datum.value) < ${LARGE_LOSS} ? datum.label : format(datum.value, '.3~e')`;

/** A share of 1: `percent(0.4378)` is `43.8%`, `percent(-0.021)` is `−2.1%`. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`.replace('-', '−');

/** Step sizes are small whole numbers or simple ratios: `2`, `0.5`. */
export const stepSize = (h: number): string => String(Number(h.toPrecision(4)));

/** Seconds for a table: `0.04`, `12.3`, `1234`. */
export const seconds = (value: number): string => (value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : value.toFixed(0));

/** A remaining time: `8s`, `2m 05s`, `1h 03m`. */
export const duration = (value: number): string => {
  const whole = Math.max(0, Math.round(value));
  const padded = (part: number): string => String(part).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${padded(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${padded(Math.floor((whole % 3600) / 60))}m`;
};

/** Bytes in binary units: `1.5 GiB`. */
export const bytes = (value: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  const mantissa = value / 1024 ** power;
  return `${power === 0 || mantissa >= 999.5 ? mantissa.toFixed(0) : mantissa.toPrecision(3)} ${units[power] ?? 'B'}`;
};
