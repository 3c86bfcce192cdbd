/**
 * What `--over` says: the values among which each free name is searched. Not here: which names a pipeline has (`candidates.ts`), in which order values
 * are tried (`order.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { numberOf } from '../schedule/bounds/amounts.js';

/** A name with the ends of its range, or with the values themselves. */
export type Asked =
  | { readonly name: string; readonly low: number; readonly high: number }
  | { readonly name: string; readonly values: readonly number[] };

export interface Range {
  readonly name: string;
  /** Distinct, in increasing order where they are of a range. */
  readonly values: readonly number[];
}

/**
 * Values of a range. Neighbours are a constant factor apart, and two candidates with the same value of the name that comes first begin alike, so that
 * one of them reuses what the other has trained: with values from everywhere in the range no two would.
 */
export const VALUES_OF_RANGE = 8;

/** The sentence about what is no range; `such` an example of one. */
const refused = (what: string, was: string): E.Either<string, never> => E.left(`${what} (was ${was === '' ? 'nothing' : was})`);

const SUCH = "NAME: LOW..HIGH or NAME: A|B|C, separated by commas, such as 'n: 100..2000, m: 50|100|200'";

const listed = (name: string, text: string): E.Either<string, Asked> => {
  const values = text.split('|').map((part) => numberOf(part.trim()));
  if (values.some(Number.isNaN)) return refused(`The values of ${name} must be numbers`, text);
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  return repeated === undefined ? E.right({ name, values }) : refused(`Each value of ${name} must be named once`, text);
};

const spread = (name: string, text: string): E.Either<string, Asked> => {
  const [, from = '', to = ''] = /^(.+?)\.\.(.+)$/.exec(text) ?? [];
  const [low, high] = [numberOf(from.trim()), numberOf(to.trim())];
  if (Number.isNaN(low) || Number.isNaN(high)) return refused(`It must be ${SUCH}`, `${name}: ${text}`);
  if (low > high) return refused(`The range of ${name} must hold a value, with the lesser end first`, text);
  if (low <= 0)
    return refused(`The range of ${name} must begin above 0, since its values are a constant factor apart; list values instead`, text);
  return E.right({ name, low, high });
};

/**
 * @returns left: a sentence that says what is wrong.
 * @example
 * askedIn('n: 100..2000, m: 50|100') // right([{ name: 'n', low: 100, high: 2000 }, { name: 'm', values: [50, 100] }])
 */
export const askedIn = (text: string): E.Either<string, readonly Asked[]> => {
  if (text.trim() === '') return refused(`It must name what is searched: ${SUCH}`, 'nothing');
  const all: Asked[] = [];
  for (const part of text.split(',')) {
    const [, name = '', values = ''] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(part) ?? [];
    if (name === '') return refused(`It must be ${SUCH}`, text.trim());
    if (all.some((known) => known.name === name)) return refused('Each name must have one range', `${name} twice`);
    const asked = values.includes('..') ? spread(name, values) : listed(name, values);
    if (E.isLeft(asked)) return asked;
    all.push(asked.right);
  }
  return E.right(all);
};

/** Any value of what was asked for, for a pipeline to be read with. */
export const someValue = (asked: Asked): number => ('values' in asked ? (asked.values[0] ?? 1) : asked.low);

/** @param whole whether the name stands for a count. */
export const rangeOf = (asked: Asked, whole: boolean): E.Either<string, Range> => {
  const { name } = asked;
  if ('values' in asked) return E.right({ name, values: asked.values });
  const { low, high } = asked;
  const ends = [low, high].find((end) => whole && !Number.isInteger(end));
  if (ends !== undefined) return E.left(`the ends of the range of ${name} must be integers, since it stands for a count (was ${ends})`);
  const between = Array.from({ length: VALUES_OF_RANGE }, (_, index) => {
    if (index === 0 || index === VALUES_OF_RANGE - 1) return index === 0 ? low : high;
    const value = low * (high / low) ** (index / (VALUES_OF_RANGE - 1));
    return whole ? Math.round(value) : Number(value.toPrecision(3));
  });
  return E.right({ name, values: [...new Set(between)].filter((value) => value >= low && value <= high) });
};
