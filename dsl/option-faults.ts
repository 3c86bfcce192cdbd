/**
 * Options that the compiler would have refused, as plain JavaScript (a file whose types are stripped) may hold them: the sentence about the first
 * that its stage does not have, so that none is dropped without a word. Not here: values that a stage can hold, which the verifier refuses.
 */
import { alphaFault } from '../src/schedule/alpha.js';
import { amountFault } from '../src/schedule/amounts.js';
import { inside, missingKey, mustBe, unknownKey } from '../src/schedule/sentences.js';
import { shownValue } from '../src/schedule/shown-value.js';
import { nearestOf, nearestTo, type Optioned, stageOptions } from '../src/schedule/text/index.js';
import { notOptions, unknownOption } from '../src/schedule/text/sentences.js';
import { given } from './given.js';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The verifier has a sentence of its own about tau on a growth. */
const optionsOf = (stage: Optioned): readonly string[] => (stage === 'grow' ? [...stageOptions.grow, 'tau'] : stageOptions[stage]);

/**
 * The sentence of options that a stage, an end or a cycle does not have, or nothing.
 *
 * @example
 * optionsFault('prolongate', { mixx: 0.5 }) // 'unknown option "mixx" of prolongate; … the nearest word is mix'
 */
export const optionsFault = (stage: Optioned, options: unknown): string | undefined => {
  if (options === undefined) return undefined;
  if (!isRecord(options)) return notOptions(stage, stageOptions[stage], shownValue(options));
  const known = optionsOf(stage);
  const unknown = Object.keys(given(options)).find((option) => !known.includes(option));
  return unknown === undefined ? undefined : unknownOption(stage, unknown) + nearestTo(unknown, stageOptions[stage]);
};

/** The sentence of a correction or a mix that is no number within bounds, or nothing: said here, where its name is the one that was written. */
export const wayBackFault = (
  stage: string,
  { correction, mix }: { readonly correction?: unknown; readonly mix?: unknown },
): string | undefined => {
  const fault = correction === undefined || correction === 'total' ? undefined : alphaFault(shownValue(correction));
  const found = fault ?? (mix === undefined ? undefined : amountFault('mix', shownValue(mix)));
  return found === undefined ? undefined : inside(stage, found);
};

const directions = ['down', 'up'] as const;

/** The sentence of values for both directions of which one is missing, or that hold another, or nothing. */
export const directionsFault = (name: string, values: unknown): string | undefined => {
  if (!isRecord(values)) return mustBe(name, 'an object such as { down: "reset", up: "carry" }', shownValue(values));
  const there = given(values);
  const unknown = Object.keys(there).find((key) => !directions.some((direction) => direction === key));
  if (unknown !== undefined) return unknownKey(unknown, name, nearestOf(unknown, directions));
  const missing = directions.find((direction) => !Object.hasOwn(there, direction));
  return missing === undefined ? undefined : missingKey(missing, name);
};
