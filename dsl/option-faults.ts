/**
 * Options of stages that the compiler would have refused, as plain JavaScript (a file whose types are stripped) may contain them: the sentence about
 * the first unknown one, so that none is silently dropped. Not here: options of the setup's builders (`setup.ts`), values that a stage can represent,
 * which the verifier checks.
 */
import { nearestOf, nearestTo } from '../src/nearest.js';
import { given, isOptions, notOptions, unknownIn } from '../src/options.js';
import { alphaFault } from '../src/schedule/bounds/alpha.js';
import { amountFault } from '../src/schedule/bounds/amounts.js';
import { missingKey, unknownKey } from '../src/schedule/json/key-sentences.js';
import { inside, mustBe } from '../src/schedule/sentences.js';
import { type Optioned, optionValues, stageOptions } from '../src/schedule/text/index.js';
import { unknownOption } from '../src/schedule/text/sentences.js';
import { shownValue, shownWord } from '../src/shown-value.js';
import { foreignIn } from '../src/visible.js';

/** The verifier has a sentence of its own about tau on a growth. */
const optionsOf = (stage: Optioned): readonly string[] => (stage === 'grow' ? [...stageOptions.grow, 'tau'] : stageOptions[stage]);

/**
 * The sentence about options that a stage, an end or a cycle does not have, or nothing.
 *
 * @example
 * stageOptionsFault('prolongate', { mixx: 0.5 }) // 'unknown option "mixx" of prolongate; … the nearest word is mix'
 */
export const stageOptionsFault = (stage: Optioned, options: unknown): string | undefined => {
  if (options === undefined) return undefined;
  if (!isOptions(options)) return notOptions(stage, stageOptions[stage], options);
  const unknown = unknownIn(options, optionsOf(stage));
  return unknown === undefined ? undefined : unknownOption(stage, shownWord(unknown)) + nearestTo(unknown, stageOptions[stage]);
};

/** The sentence about a correction or a mix that is not a number within bounds, or nothing: checked here, where its original name is known. */
export const wayBackFault = (
  stage: string,
  { correction, mix }: { readonly correction?: unknown; readonly mix?: unknown },
): string | undefined => {
  const fault = correction === undefined || correction === 'total' ? undefined : alphaFault(shownValue(correction));
  const found = fault ?? (mix === undefined ? undefined : amountFault('mix', shownValue(mix)));
  return found === undefined ? undefined : inside(stage, found);
};

/** The sentence about an operator's options, or about an unknown pairing, or nothing. */
export const pairingFault = (operator: 'average' | 'width', options: unknown): string | undefined => {
  const fault = stageOptionsFault(operator, options);
  if (fault !== undefined || !isOptions(options)) return fault;
  const { pairing } = given(options);
  const words: readonly unknown[] = optionValues.pairing;
  if (pairing === undefined || words.includes(pairing)) return undefined;
  return inside(operator, mustBe('pairing', optionValues.pairing.join(' or '), shownValue(pairing)));
};

const directions = ['down', 'up'] as const;

/** The sentence about values for both directions of which one is missing or superfluous, or nothing. */
export const directionsFault = (name: string, values: unknown): string | undefined => {
  if (!isOptions(values)) return mustBe(name, 'an object such as { down: "reset", up: "carry" }', shownValue(values));
  const there = given(values);
  const unknown = unknownIn(there, directions);
  if (unknown !== undefined) return unknownKey(shownWord(unknown), name, nearestOf(unknown, directions)) + foreignIn(unknown);
  const missing = directions.find((direction) => !Object.hasOwn(there, direction));
  return missing === undefined ? undefined : missingKey(missing, name);
};
