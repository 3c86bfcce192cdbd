/**
 * The commands that say what a pipeline means and costs, and their options. Not here: their work (`commands/`), which is imported on demand.
 */
import { type Command, Option } from 'commander';
import { byteCount, someText } from './options/argument-numbers.js';
import { addBackendOptions, addBranchesOption } from './options/backend-option.js';
import { jsonOption } from './options/json-option.js';
import { addPipelineOptions, PIPELINE_HELP } from './options/pipeline-options.js';
import type { Doing } from './process/exit.js';

const CHECK_HELP = `
Every other command strips types and leaves them unchecked. TypeScript is the
one that is installed where the file is (5.0 or newer), under the nearest
tsconfig.json; without one only the verifier checks, and the command says so.
Exit 2 where a file is wrong.`;

const addPlan = (program: Command, does: Doing): void => {
  addBranchesOption(addBackendOptions(addPipelineOptions(program.command('plan'), '<pipelines...>')))
    .description('cost of every stage before anything runs; several pipelines in one table')
    .addOption(
      new Option('--memory <size>', 'list the settings of the pipeline that fit into this memory, such as 2GB, instead').argParser(
        byteCount,
      ),
    )
    .addOption(jsonOption())
    .addHelpText('after', PIPELINE_HELP)
    .action(does(async () => (await import('./commands/plan.js')).plan));
};

const addDraw = (program: Command, does: Doing): void => {
  addBackendOptions(addPipelineOptions(program.command('draw'), '<pipelines...>'))
    .description('the cycle of a pipeline: level over work, and the learning rate below; several on one axis')
    .addOption(
      new Option('--out <file>', 'write an SVG or PNG picture, by its ending, instead of drawing in the terminal')
        .argParser(someText)
        .conflicts('json'),
    )
    .addOption(jsonOption())
    .addHelpText('after', PIPELINE_HELP)
    .action(does(async () => (await import('./commands/draw.js')).draw));
};

const addCompile = (program: Command, does: Doing): void => {
  addPipelineOptions(program.command('compile'))
    .description('the schedule that a pipeline means, as JSON')
    .addOption(new Option('--text', "print the stages' canonical text form instead").default(false).conflicts(['programs', 'json']))
    .addOption(
      new Option('--programs', 'print the training step of each level instead, operation by operation').default(false).conflicts('json'),
    )
    .addOption(jsonOption())
    .addHelpText('after', PIPELINE_HELP)
    .action(does(async () => (await import('./commands/compile.js')).compile));
};

const addCheck = (program: Command, does: Doing): void => {
  program
    .command('check')
    .description("check pipeline files: their types with the project's own TypeScript, and the verifier")
    .argument('<files...>', 'pipeline files (.ts, .js, or a schedule as .json)')
    .addOption(jsonOption())
    .addHelpText('after', CHECK_HELP)
    .action(does(async () => (await import('./commands/check.js')).check));
};

export const addPipelineCommands = (program: Command, does: Doing): void => {
  addPlan(program, does);
  addDraw(program, does);
  addCompile(program, does);
  addCheck(program, does);
};
