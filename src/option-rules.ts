/**
 * The rules for the options of the library's functions, for programs without a type check, and the sentence about the first option that is unknown,
 * missing or wrong. Not here: options of builders, whose values the verifier checks (`dsl/builder.ts`).
 */
import { type Options, optionsFault } from './options.js';
import { shownValue } from './shown-value.js';

export interface Rule {
  /** The requirement, for sentences. */
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
  readonly optional?: true;
}

/** A rule for every option. */
export type Rules<Given> = { readonly [Option in keyof Required<Given>]: Rule };

export const optional = (rule: Rule): Rule => ({ ...rule, optional: true });

export const integerFrom = (least: number): Rule => ({
  must: `an integer >= ${least}`,
  holds: (value) => typeof value === 'number' && Number.isInteger(value) && value >= least,
});

export const aText: Rule = { must: 'a text', holds: (value) => typeof value === 'string' };

export const aFunction: Rule = { must: 'a function', holds: (value) => typeof value === 'function' };

/** An object with these methods, of any class. */
export const having = (must: string, ...methods: readonly string[]): Rule => ({
  must,
  holds: (value) =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => method in value && typeof (value as Options)[method] === 'function'),
});

export const aSignal: Rule = having('an AbortSignal', 'addEventListener', 'throwIfAborted');

/**
 * @param the name of the function that takes them.
 * @returns the sentence about the first option that violates its rule, or nothing.
 * @example
 * rulesFault('loadDataset', { context: integerFrom(1) }, { context: '64' }) // 'loadDataset: context must be an integer >= 1 (was "64")'
 */
export const rulesFault = (of: string, rules: Readonly<Record<string, Rule>>, options: unknown): string | undefined => {
  const known = Object.keys(rules);
  const fault = optionsFault(of, known, options ?? null);
  if (fault !== undefined) return fault;
  const given = options as Options;
  const wrong = Object.entries(rules).find(([option, { holds, optional: mayLack }]) =>
    given[option] === undefined ? mayLack !== true : !holds(given[option]),
  );
  if (wrong === undefined) return undefined;
  const [option, { must }] = wrong;
  return given[option] === undefined
    ? `${of} needs the option ${option}, which must be ${must}`
    : `${of}: ${option} must be ${must} (was ${shownValue(given[option])})`;
};
