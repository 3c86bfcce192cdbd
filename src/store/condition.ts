/**
 * Conditions on runs as people write them: `validation<1.9`, `status=finished`, `pipeline~restrict`. Not here: the lookup (`run-index.ts`).
 */
import { closest } from 'fastest-levenshtein';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { foreignIn } from '../visible.js';
import { momentOf } from './moment.js';
import { RUN_FIELDS, type RunField } from './run-entry.js';

const OPERATORS = ['<=', '>=', '!=', '<', '>', '=', '~'] as const;
export type ConditionOperator = (typeof OPERATORS)[number];

export interface Condition {
  readonly field: RunField;
  readonly operator: ConditionOperator;
  readonly value: string | number;
}

const isField = (name: string): name is RunField => Object.hasOwn(RUN_FIELDS, name);

/** A field by its name; for an unknown name the fault suggests the closest one. */
export const fieldOf = (name: string): E.Either<Fault, RunField> =>
  isField(name)
    ? E.right(name)
    : E.left(
        inputFault(
          `runs have no field "${name}"; did you mean ${closest(name, Object.keys(RUN_FIELDS))}? (there are ${Object.keys(RUN_FIELDS).join(', ')})${foreignIn(name)}`,
        ),
      );

type Read = E.Either<Fault, Condition>;

const numberCondition = (field: RunField, operator: ConditionOperator, text: string): Read => {
  const value = Number(text);
  if (text === '' || Number.isNaN(value)) return E.left(inputFault(`${field} is compared with a number, as in ${field}<2 (was "${text}")`));
  return operator === '~'
    ? E.left(inputFault(`${field} is a number, and ~ looks into text; compare it, as in ${field}<2`))
    : E.right({ field, operator, value });
};

/** Four digits are a year; longer numbers are milliseconds, as in the output of `--json`. */
const momentCondition = (field: RunField, operator: ConditionOperator, text: string): Read => {
  const value = /^\d{5,}$/.test(text) ? Number(text) : momentOf(text);
  if (value === undefined)
    return E.left(inputFault(`${field} is compared with a date, as in ${field}>=2026-01-31 or ${field}<2026 (was "${text}")`));
  return operator === '~' || operator === '=' || operator === '!='
    ? E.left(inputFault(`${field} is a moment, to the millisecond: compare it by < or >=, as in ${field}>=2026-01-31 (was ${operator})`))
    : E.right({ field, operator, value });
};

/**
 * @example
 * condition('validation<1.9') // right: { field: 'validation', operator: '<', value: 1.9 }
 */
export const condition = (text: string): E.Either<Fault, Condition> => {
  const found = /^\s*(\w+)\s*(<=|>=|!=|<|>|=|~)\s*(.*?)\s*$/s.exec(text);
  const [, name = '', symbol, right = ''] = found ?? [];
  const operator = OPERATORS.find((each) => each === symbol);
  if (operator === undefined)
    return E.left(
      inputFault(`a condition must be a field, one of ${OPERATORS.join(' ')}, and a value, as in validation<1.9 (was "${text}")`),
    );
  const known = fieldOf(name);
  if (E.isLeft(known)) return known;
  const field = known.right;
  const holds: 'number' | 'moment' | 'text' | readonly string[] = RUN_FIELDS[field];
  if (typeof holds !== 'string' && (operator === '=' || operator === '!=') && !holds.includes(right))
    return E.left(inputFault(`${field} must be one of ${holds.join(', ')} (was "${right}"); did you mean ${closest(right, [...holds])}?`));
  if (holds === 'number') return numberCondition(field, operator, right);
  return holds === 'moment' ? momentCondition(field, operator, right) : E.right({ field, operator, value: right });
};
