/**
 * The options that say what computes, for every command that does. Not here: the backends themselves (`backends.ts`).
 */
import { type Command, InvalidArgumentError, Option } from 'commander';

export const DEFAULT_BACKEND = 'onnx-cpu';

/** Commander would take the last of several and say nothing. */
const onlyOne = (): ((name: string) => string) => {
  let given: string | undefined;
  return (name) => {
    if (given !== undefined) throw new InvalidArgumentError(`It must be given once (was ${given}, then ${name}): one run, one backend.`);
    given = name;
    return name;
  };
};

/** `--allow-cpu`, for the commands that look at every backend. */
export const allowCpuOption = (): Option =>
  new Option('--allow-cpu', 'let tfjs-cuda compute on the CPU where there is no usable GPU').default(false);

export const backendOption = (description: string): Option => new Option('--backend <name>', description).argParser(onlyOne());

export const addBackendOptions = (command: Command): Command =>
  command.addOption(backendOption('what computes; `vcycle backends` lists the names').default(DEFAULT_BACKEND)).addOption(allowCpuOption());
