/**
 * The checks of every builder. In plain JavaScript (a file whose types are stripped) it may be passed anything: an unknown argument or option is
 * never dropped, but results in a sentence in place of the value, as data, which `verify` turns into its fault. Not here: the values themselves, and
 * values that a schedule can represent, which the verifier checks.
 */
import { invalid } from '../src/invalid.js';

export const tooManyArguments = (name: string, most: number, was: number) =>
  most === 0
    ? `${name} takes no arguments (was given ${was}); remove ${was === 1 ? 'it' : 'them'}`
    : `${name} takes at most ${most} ${most === 1 ? 'argument' : 'arguments'} (was given ${was}); remove the others`;

/**
 * @param most the number of arguments that it takes; options are the last of them.
 * @param optionsFault the sentence about unknown options, or nothing.
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

/** A sentence in place of a value that cannot be built. */
export const inPlace = <Built>(sentence: string): Built => invalid(sentence) as unknown as Built;
