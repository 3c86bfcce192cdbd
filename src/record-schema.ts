/**
 * Schemas of the records that vcycle writes and reads again, and their check: what may come from elsewhere is checked before it is trusted. A schema
 * belongs to its type: one that lacks a key does not compile. Unknown keys are ignored, since later versions may have them. ajv compiles each schema
 * at its first use. Not here: schedules, which people write (`src/schedule/json/schema.ts`).
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import * as E from 'fp-ts/lib/Either.js';

/** The JSON Schema of exactly the type T. */
export interface Schema<T> {
  readonly json: object;
  /** Only for the compiler. */
  readonly of?: (value: T) => T;
}

/** The schema of an optional key. */
export interface Optional<T> extends Schema<T> {
  readonly optional: true;
}

/** A schema for each key. */
type Fields<T> = { readonly [K in keyof T]-?: object extends Pick<T, K> ? Optional<Exclude<T[K], undefined>> : Schema<T[K]> };

export const text: Schema<string> = { json: { type: 'string' } };
export const flag: Schema<boolean> = { json: { type: 'boolean' } };
/** Finite, as all numbers here. */
export const number: Schema<number> = { json: { type: 'number' } };
/** A whole number from 0, exact. */
export const count: Schema<number> = { json: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } };
/** Milliseconds since the epoch, as far as there are dates. */
export const moment: Schema<number> = { json: { type: 'number', minimum: 0, maximum: 8.64e15 } };
/** Any JSON value. */
export const anything: Schema<unknown> = { json: {} };

/** One of these words. */
export const words = <const All extends readonly string[]>(...all: All): Schema<All[number]> => ({ json: { type: 'string', enum: all } });

export const list = <T>(items: Schema<T>): Schema<readonly T[]> => ({ json: { type: 'array', items: items.json } });
export const byName = <T>(values: Schema<T>): Schema<Readonly<Record<string, T>>> => ({
  json: { type: 'object', additionalProperties: values.json },
});
export const optional = <T>({ json }: Schema<T>): Optional<T> => ({ json, optional: true });

const keysOf = (fields: object): { readonly properties: object; readonly required: readonly string[] } => {
  const all: readonly (readonly [string, Schema<unknown> & { readonly optional?: true }])[] = Object.entries(fields);
  return {
    properties: Object.fromEntries(all.map(([key, { json }]) => [key, json])),
    required: all.flatMap(([key, { optional }]) => (optional === true ? [] : [key])),
  };
};

export const record = <T>(fields: Fields<T>): Schema<T> => ({ json: { type: 'object', ...keysOf(fields) } });

/** A record that is one of these, by its `kind`. */
export const tagged = <T extends { readonly kind: string }>(
  variants: {
    readonly [Kind in T['kind']]: Fields<Omit<Extract<T, { readonly kind: Kind }>, 'kind'>>;
  },
): Schema<T> => ({
  json: {
    type: 'object',
    required: ['kind'],
    discriminator: { propertyName: 'kind' },
    oneOf: Object.entries<object>(variants).map(([kind, fields]) => keysOf({ kind: { json: { const: kind } }, ...fields })),
  },
});

/** `/record/counted` as `record.counted`. */
const pathOf = (pointer: string): string => pointer.slice(1).replaceAll('/', '.');

const sentenceOf = (error: ErrorObject | undefined): string => {
  const path = pathOf(error?.instancePath ?? '') || 'it';
  return error?.keyword === 'discriminator' ? `${path} must be of a kind that is known` : `${path} ${error?.message ?? ''}`.trimEnd();
};

/**
 * A check of values against a schema. Left: the first fault, such as `record.counted must have required property 'matmul'`.
 *
 * @example
 * const check = checked(record<{ readonly step: number }>({ step: count }));
 * check({ step: -1 }) // left('step must be >= 0')
 */
export const checked = <T>({ json }: Schema<T>): ((value: unknown) => E.Either<string, T>) => {
  let compiled: ValidateFunction<T> | undefined;
  return (value) => {
    compiled ??= new Ajv({ discriminator: true }).compile<T>(json);
    return compiled(value) ? E.right(value) : E.left(sentenceOf(compiled.errors?.[0]));
  };
};
