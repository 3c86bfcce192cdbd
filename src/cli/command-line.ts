/**
 * Arguments in, an exit code out. Not here: the commands and their options (`…-commands.ts`), their work (`commands/`).
 */
import { Command } from 'commander';
import { addDataCommands } from './data-commands.js';
import { addMachineCommands } from './machine-commands.js';
import { givenOnce } from './options/given-once.js';
import { addPipelineCommands } from './pipeline-commands.js';
import { type Doing, EXIT, type ExitCode, endOfFault, endOfThrow, guardProcess } from './process/exit.js';
import { guardOutput } from './process/output.js';
import { ownPackage } from './process/own-package.js';
import { complain } from './process/print.js';
import { addRunsCommands } from './runs-commands.js';
import { addSampleCommand } from './sample-command.js';
import { addTrainingCommands } from './training-commands.js';

const buildProgram = (does: Doing): Command => {
  const program = new Command('vcycle')
    .description('Multilevel training of transformers, as typed pipelines.')
    .version(ownPackage().version, '-V, --version', 'print the version')
    .showSuggestionAfterError(true)
    .helpCommand('help [command]', 'help for a command')
    .exitOverride()
    .configureOutput({ outputError: (text) => complain(text.replace(/^error: /, '')) });

  addPipelineCommands(program, does);
  addDataCommands(program, does);
  addTrainingCommands(program, does);
  addRunsCommands(program, does);
  addSampleCommand(program, does);
  addMachineCommands(program, does);
  givenOnce(program);
  return program;
};

/** Runs the command in `argv`, which is Node's own. */
export const commandLine = async (argv: readonly string[]): Promise<ExitCode> => {
  guardProcess();
  guardOutput();
  let code: ExitCode = EXIT.done;
  const does: Doing =
    (load) =>
    async (...given) => {
      const ended = await (await load())(...given)();
      code = ended._tag === 'Right' ? ended.right : endOfFault(ended.left);
    };
  try {
    await buildProgram(does).parseAsync([...argv]);
    return code;
  } catch (thrown) {
    return endOfThrow(thrown);
  }
};
