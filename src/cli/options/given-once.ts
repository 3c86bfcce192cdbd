/** Options that take a value are given once: of several, commander would take the last and say nothing. Not here: the options. */
import { type Command, InvalidArgumentError, type Option } from 'commander';

const collecting = new WeakSet<Option>();

/** An option that takes all that it is given. */
export const mayBeRepeated = (option: Option): Option => {
  collecting.add(option);
  return option;
};

const once = (option: Option): void => {
  const { parseArg } = option;
  let given: string | undefined;
  option.argParser((text: string, before: unknown): unknown => {
    if (given !== undefined) throw new InvalidArgumentError(`It must be given once (was ${given}, then ${text}).`);
    given = text;
    return parseArg === undefined ? text : parseArg(text, before);
  });
};

/** Holds a command and those under it to that. */
export const givenOnce = (command: Command): void => {
  for (const option of command.options) if ((option.required || option.optional) && !collecting.has(option)) once(option);
  for (const inner of command.commands) givenOnce(inner);
};
