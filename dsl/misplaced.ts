/**
 * The shape of the arguments of `pipeline`: one text, then the numbers of its names; or stages. Not here: what the stages mean (`verify` of
 * src/schedule), the same for the compiler (`types/fault/misplaced.ts`).
 */
import { isOptions } from '../src/options.js';
import { afterText, notStage } from '../src/schedule/sentences.js';
import { shownValue } from '../src/shown-value.js';

/** How a sentence names an argument; undefined for other values, which the verifier refuses. */
const named = (argument: unknown): 'a text' | 'a stage' | 'numbers of names' | undefined => {
  if (typeof argument === 'string') return 'a text';
  // `prolongate` and `evaluate` are stages and functions.
  if ((typeof argument !== 'object' && typeof argument !== 'function') || argument === null || Array.isArray(argument)) return undefined;
  if ('kind' in argument && typeof argument.kind === 'string') return 'a stage';
  if (typeof argument === 'function') return undefined;
  return Object.values(argument).every((value) => typeof value === 'number') ? 'numbers of names' : undefined;
};

/**
 * The sentence about the first misplaced argument, or nothing.
 *
 * @example
 * misplacedFault(['train(3)', 'train(3)']) // 'after a text only the numbers of its names may follow, as in { n: 400 } (was a text); …'
 */
export const misplacedFault = (parts: readonly unknown[]): string | undefined => {
  const [first, values, ...more] = parts;
  if (named(first) === 'a text') {
    const was = named(values);
    if (was === 'a text' || was === 'a stage') return afterText(was);
    if (values !== undefined && !isOptions(values)) return afterText(shownValue(values));
    return more.length === 0 ? undefined : afterText('one argument more');
  }
  for (const [index, part] of parts.entries()) {
    const was = named(part);
    if (was === 'a text' || was === 'numbers of names') return notStage(index + 1, was);
  }
  return undefined;
};
