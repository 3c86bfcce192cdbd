/**
 * Binding: free names become numbers. Every name must be bound, and every binding must be used. Not here: what the numbers mean
 * together (`../verify/verify.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { nearestTo } from '../../nearest.js';
import { isOptions, type Options } from '../../options.js';
import { shownValue } from '../../shown-value.js';
import { foreignIn } from '../../visible.js';
import { alphaFault } from '../bounds/alpha.js';
import { type AmountRole, amountFault, amounts } from '../bounds/amounts.js';
import { type CountRole, countFault } from '../bounds/counts.js';
import type { FreeName, OpenStages } from '../open-stages.js';
import type { Stage } from '../schedule.js';
import { inside, mustBe } from '../sentences.js';
import { unboundName, unusedName } from './sentences.js';

export type Bindings = { readonly [name: string]: number };

/** The role of a count, of a number that need not be whole, or of a correction's factor. */
type Role = CountRole | AmountRole | 'correction';

/** The roles of numbers that are as a rule less than 1. */
export const shares = ['correction', 'mix', 'stochasticDepth', 'keep', 'learningRate'] as const satisfies readonly Role[];

const isAmount = (role: Role): role is AmountRole => Object.hasOwn(amounts, role);

const numberFault = (role: Role, numeral: string): string | undefined => {
  if (role === 'correction') return alphaFault(numeral);
  return isAmount(role) ? amountFault(role, numeral) : countFault(role, numeral);
};

/** A name with the role of the number that it stands for. */
type Use = readonly [role: Role, name: string];

const isName = (value: unknown): value is FreeName => isOptions(value) && 'name' in value;

/**
 * The role is named by its key, except that the steps of a conditional end are the most that there may be, a factor belongs to its way back, and a name
 * can stand for the peak of a rate only where it is the whole rate.
 */
const roleOf = (key: string, holder: Options): Role => {
  if (key === 'alpha') return holder.kind as Role;
  if (key === 'peak') return 'learningRate';
  return (key === 'steps' && 'until' in holder ? 'atMost' : key) as Role;
};

const usesIn = (value: unknown): readonly Use[] => {
  if (Array.isArray(value)) return value.flatMap(usesIn);
  if (!isOptions(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => (isName(inner) ? [[roleOf(key, value), inner.name] as const] : usesIn(inner)));
};

/** The free names of the stages, each once, in the order of the text. */
export const namesOf = (stages: OpenStages): readonly string[] => [...new Set(usesIn(stages).map(([, name]) => name))];

/** Whether a name stands for a count, wherever else it is used. */
export const isCount = (name: string, stages: OpenStages): boolean =>
  usesIn(stages).some(([role, used]) => used === name && role !== 'correction' && !isAmount(role));

/** Whether a name stands for such a number. */
const isShare = (name: string, stages: OpenStages): boolean =>
  usesIn(stages).some(([role, used]) => used === name && shares.some((share) => share === role));

const faultOf = (stages: OpenStages, values: Bindings): string | undefined => {
  // In plain JavaScript the numbers may be anything.
  if (!isOptions(values)) return mustBe('the numbers of names', 'an object such as { n: 400 }', shownValue(values));
  const names = namesOf(stages);
  const unbound = names.find((name) => !Object.hasOwn(values, name));
  if (unbound !== undefined) return unboundName(unbound, isShare(unbound, stages) ? 0.5 : 400) + foreignIn(unbound);
  const unused = Object.keys(values).find((name) => !names.includes(name));
  if (unused !== undefined) return unusedName(unused) + nearestTo(unused, names);
  for (const [role, name] of usesIn(stages)) {
    const value: unknown = values[name];
    const fault = typeof value === 'number' ? numberFault(role, String(value)) : mustBe(role, 'a number', shownValue(value));
    if (fault !== undefined) return inside(name, fault);
  }
  return undefined;
};

/** The same with a number in place of each name. */
const bound = (value: unknown, values: Bindings): unknown => {
  if (isName(value)) return values[value.name];
  if (Array.isArray(value)) return value.map((inner) => bound(inner, values));
  return isOptions(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bound(inner, values)])) : value;
};

/**
 * Replaces every free name by its number.
 *
 * @returns the stages; or the fault of the first name that is not bound, is never used, or is bound to a number out of bounds.
 * @example
 * bind([{ kind: 'train', steps: { name: 'n' } }], { n: 400 }) // right([{ kind: 'train', steps: 400 }])
 */
export const bind = (stages: OpenStages, values: Bindings): E.Either<Fault, readonly Stage[]> => {
  const fault = faultOf(stages, values);
  return fault === undefined ? E.right(bound(stages, values) as readonly Stage[]) : E.left(inputFault(fault));
};
