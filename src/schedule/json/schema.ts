/**
 * The boundary: anything (parsed JSON, a pipeline file's default export) to a schedule of the right shape, or one sentence with the path.
 * ajv does the checking (`validators.ts`). Not here: the schema (`json-schema.ts`), whether the schedule makes sense (`../verify/verify.ts`).
 */
import type { ErrorObject } from 'ajv';
import * as E from 'fp-ts/lib/Either.js';
import { match, P } from 'ts-pattern';
import { type Fault, inputFault } from '../../fault.js';
import { nearestOf, nearestTo } from '../../nearest.js';
import { shownValue, shownWord } from '../../shown-value.js';
import { foreignIn } from '../../visible.js';
import { MOST_NESTED, mostArms, mostComposed } from '../bounds/counts.js';
import { type Model, SCHEDULE_VERSION, type Schedule } from '../schedule.js';
import {
  composesTooFew,
  composesTooMany,
  emptyPipeline,
  emptyRepeat,
  inside,
  mustBe,
  nestedTooDeep,
  tooManyArms,
  wrongVersion,
} from '../sentences.js';
import { firstInvalid } from './first-invalid.js';
import { missingKey, unknownKey } from './key-sentences.js';
import { modelValidator, scheduleValidator } from './validators.js';

/** `/stages/2/steps` as `stages[2].steps`. */
const pathOf = (pointer: string, at = ''): string =>
  pointer
    .split('/')
    .slice(1)
    .reduce((path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`), at) || 'the schedule';

const nearestAmong = (word: unknown, words: readonly string[]): string =>
  typeof word === 'string' && words.length > 1 ? nearestTo(word, words) : '';

/** The requirement of a schema for a number: its description, or its bounds in words; `upper` says which bound was violated. */
const numberWanted = (schema: Readonly<Record<string, unknown>>, upper: boolean): string => {
  if (typeof schema.description === 'string') return schema.description;
  const noun = schema.type === 'integer' ? 'an integer' : 'a finite number';
  const lower = 'minimum' in schema ? `>= ${schema.minimum}` : 'exclusiveMinimum' in schema ? `> ${schema.exclusiveMinimum}` : '';
  const most = 'maximum' in schema ? `<= ${schema.maximum}` : 'exclusiveMaximum' in schema ? `< ${schema.exclusiveMaximum}` : '';
  return `${noun} ${upper ? most : lower}`.trimEnd();
};

const kindsOf = (schema: Readonly<Record<string, unknown>>): readonly string[] =>
  Array.isArray(schema.oneOf)
    ? schema.oneOf.map((variant: { properties: { kind: { const: string } } }) => variant.properties.kind.const)
    : [];

/** The parts of a setup have one to three kinds, which functions of the same names make in code; of stages and operators there are too many to list. */
const objectWanted = (kinds: readonly string[]): string =>
  kinds.length >= 1 && kinds.length <= 3 ? `an object of kind ${kinds.join(' or ')}` : 'an object';

/** The requirement of a list of numbers, which its schema describes; lists of stages and operators have sentences of their own. */
const listWanted = ({ description }: Readonly<Record<string, unknown>>): string | undefined =>
  typeof description === 'string' ? description : undefined;

const typeWanted = (schema: Readonly<Record<string, unknown>>): string =>
  match(schema.type)
    .with(P.union('integer', 'number'), () => numberWanted(schema, false))
    .with('boolean', () => 'true or false')
    .with('array', () => listWanted(schema) ?? 'a list')
    .with('object', () => objectWanted(kindsOf(schema)))
    .otherwise(() => (Array.isArray(schema.enum) ? schema.enum.join(' or ') : 'a text'));

const unknownKeyAt = (path: string, key: string, known: readonly string[]): string =>
  unknownKey(shownWord(key), path, nearestOf(key, known)) + foreignIn(key);

const sentenceOf = (error: ErrorObject, at = ''): string => {
  const path = pathOf(error.instancePath, at);
  const schema: Readonly<Record<string, unknown>> = error.parentSchema ?? {};
  const known = Object.keys(schema.properties ?? {});
  const was = shownValue(error.data);
  return match(error.keyword)
    .with('additionalProperties', () => unknownKeyAt(path, error.params.additionalProperty, known))
    .with('required', () => {
      // A misspelt key is also a missing key: report the former.
      const misspelt = Object.keys(error.data ?? {}).find((key) => !known.includes(key));
      return misspelt === undefined || known.length === 0
        ? missingKey(error.params.missingProperty, path)
        : unknownKeyAt(path, misspelt, known);
    })
    .with('discriminator', () => {
      const kinds = kindsOf(schema);
      const kind: unknown = error.params.tagValue;
      return kind === undefined
        ? missingKey('kind', path)
        : mustBe(`${path}.kind`, kinds.join(' or '), shownValue(kind)) + nearestAmong(kind, kinds);
    })
    .with('minItems', () => {
      const wanted = listWanted(schema);
      if (wanted !== undefined) return mustBe(path, wanted, `a list of ${Array.isArray(error.data) ? error.data.length : 0}`);
      if (path === 'stages') return emptyPipeline();
      return inside(path, path.endsWith('.operators') && Array.isArray(error.data) ? composesTooFew(error.data.length) : emptyRepeat());
    })
    .with('maxItems', () => {
      const wanted = listWanted(schema);
      if (wanted !== undefined) return mustBe(path, wanted, `a list of ${Array.isArray(error.data) ? error.data.length : 0}`);
      const found = Array.isArray(error.data) ? error.data.length : 0;
      return inside(path, path.endsWith('.operators') ? composesTooMany(mostComposed, found) : tooManyArms(mostArms, found));
    })
    .with('enum', () => {
      const values: readonly string[] = error.params.allowedValues;
      const wanted = typeof schema.description === 'string' ? schema.description : values.join(' or ');
      return mustBe(path, wanted, was) + nearestAmong(error.data, values);
    })
    .with('const', () => mustBe(path, shownValue(error.params.allowedValue), was))
    .with('pattern', () => mustBe(path, String(schema.description), was))
    .with('minLength', () => mustBe(path, 'a text that is not empty', was))
    .with(P.union('minimum', 'exclusiveMinimum'), () => mustBe(path, numberWanted(schema, false), was))
    .with(P.union('maximum', 'exclusiveMaximum'), () => mustBe(path, numberWanted(schema, true), was))
    .otherwise(() => mustBe(path, typeWanted(schema), was));
};

/** The value that the sentence is about, in the sentence's form. */
const placeOf = ({ instancePath, keyword }: ErrorObject): string => `${pathOf(instancePath)}${keyword === 'discriminator' ? '.kind' : ''}`;

/** The stages in a schedule, a repeat or a branch, of any kind. */
const held = (json: object): readonly unknown[] | undefined => {
  if ('stages' in json && Array.isArray(json.stages)) return json.stages;
  return 'arms' in json && Array.isArray(json.arms) ? json.arms.flat() : undefined;
};

/** Whether repeats and branches are nested beyond the bound; checked first, so that later recursion is bounded. */
const nestsTooDeep = (json: unknown, depth = 0): boolean => {
  const inner = typeof json === 'object' && json !== null ? held(json) : undefined;
  return inner !== undefined && (depth > MOST_NESTED || inner.some((stage) => nestsTooDeep(stage, depth + 1)));
};

/**
 * Checks the shape of a schedule and every bound of a single value. Returns the same object.
 *
 * @returns the schedule, or an input fault with the path of the first value that is wrong.
 * @example
 * decode({ version: 2 }) // left({ kind: 'input', message: 'version must be 1 (was 2); …' })
 */
export const decode = (json: unknown): E.Either<Fault, Schedule> => {
  if (typeof json === 'object' && json !== null && 'version' in json && json.version !== SCHEDULE_VERSION) {
    return E.left(inputFault(wrongVersion(SCHEDULE_VERSION, shownValue(json.version))));
  }
  if (nestsTooDeep(json)) return E.left(inputFault(nestedTooDeep(MOST_NESTED)));
  const wrong = firstInvalid(json);
  if (wrong !== undefined) return E.left(inputFault(wrong.message));
  const validate = scheduleValidator();
  if (validate(json)) return E.right(json);
  const [error] = validate.errors ?? [];
  return E.left(
    error === undefined ? inputFault(mustBe('the schedule', 'an object', shownValue(json))) : inputFault(sentenceOf(error), placeOf(error)),
  );
};

/**
 * A model outside a schedule.
 *
 * @param at the prefix of its values' paths, such as `model`.
 * @returns the model, or an input fault with the path of the first value that is wrong.
 */
export const decodeModel = (json: unknown, at: string): E.Either<Fault, Model> => {
  const validate = modelValidator();
  if (validate(json)) return E.right(json);
  const [error] = validate.errors ?? [];
  return E.left(inputFault(error === undefined ? mustBe(at, 'an object', shownValue(json)) : sentenceOf(error, at)));
};
