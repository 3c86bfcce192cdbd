/** An option that takes a value may be given only once: commander would silently use the last one. Not here: the options. */
import { type Command, InvalidArgumentError, type Option } from 'commander';

const collecting = new WeakSet<Option>();

/** Marks an option that collects all of its values. */
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

/** Enforces this for a command and its subcommands. */
export const givenOnce = (command: Command): void => {
  for (const option of command.options) if ((option.required || option.optional) && !collecting.has(option)) once(option);
  for (const inner of command.commands) givenOnce(inner);
};
