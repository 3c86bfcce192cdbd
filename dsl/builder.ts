/**
 * What every builder does before it builds. In plain JavaScript (a file whose types are stripped) it may be given anything: an argument or an
 * option that it does not take is never dropped, but gives a sentence in place of what would have been built, as data, which `verify` turns
 * into its fault. Not here: what is built, and values that a schedule can hold, which the verifier refuses.
 */
import { invalid } from '../src/invalid.js';

export const tooManyArguments = (name: string, most: number, was: number) =>
  most === 0
    ? `${name} takes no arguments (was given ${was}); remove ${was === 1 ? 'it' : 'them'}`
    : `${name} takes at most ${most} ${most === 1 ? 'argument' : 'arguments'} (was given ${was}); remove the others`;

/**
 * @param most arguments that it takes; options are the last of them.
 * @param optionsFault the sentence of options that it does not take, or nothing.
 */
export const builder = <Build extends (...given: never[]) => unknown>(
  name: string,
  most: number,
  build: Build,
  optionsFault: (options: unknown) => string | undefined = () => undefined,
): Build => {
  const checked = (...given: never[]): unknown => {
    const sentence = given.slice(most).some((each) => each !== undefined)
      ? tooManyArguments(name, most, given.length)
      : optionsFault(given[most - 1]);
    return sentence === undefined ? build(...given) : invalid(sentence);
  };
  return checked as Build;
};

/** A sentence in place of what cannot be built. */
export const inPlace = <Built>(sentence: string): Built => invalid(sentence) as unknown as Built;
