/** The whole command, from the arguments of the process to its exit code. Not here: what commands do (`command-line.ts`). */
import { commandLine } from './command-line.js';
import type { ExitCode } from './process/exit.js';
import { endsWith } from './process/output.js';

export const begin = async (): Promise<ExitCode> => {
  const code = endsWith(await commandLine(process.argv));
  process.exitCode = code;
  return code;
};
