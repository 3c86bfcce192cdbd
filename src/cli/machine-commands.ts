/**
 * The commands about backends and what the machine offers them, and their options. Not here: their work (`commands/`), which is imported on demand.
 */
import { Argument, type Command, Option } from 'commander';
import { allowCpuOption } from './options/backend-option.js';
import { jsonOption } from './options/json-option.js';
import type { Doing } from './process/exit.js';

const addBackends = (program: Command, does: Doing): void => {
  program
    .command('backends')
    .description('backends by name: what each needs and what it can do')
    .argument('[names...]', 'only these (default: all)')
    .addOption(allowCpuOption())
    .addOption(jsonOption())
    .action(does(async () => (await import('./commands/backends.js')).listBackends));
};

const addDoctor = (program: Command, does: Doing): void => {
  program
    .command('doctor')
    .description('what this machine has, and what is missing')
    .addOption(allowCpuOption())
    .addOption(jsonOption())
    .action(does(async () => (await import('./commands/doctor.js')).doctor));
};

const addSetup = (program: Command, does: Doing): void => {
  program
    .command('setup')
    .description("install what a backend needs and npm cannot bring along, into the user's own cache")
    .addArgument(new Argument('<backend...>', 'what to set up').choices(['tfjs-node', 'tfjs-cuda', 'torch']))
    .addOption(
      new Option('--allow-cpu', 'for tfjs-cuda: TensorFlow only for the CPU, a tenth of the download').default(false).conflicts('remove'),
    )
    .addOption(new Option('--again', 'install again, whatever is installed').default(false).conflicts('remove'))
    .addOption(new Option('--remove', 'take away what was set up').default(false))
    .action(does(async () => (await import('./commands/setup.js')).setup));
};

export const addMachineCommands = (program: Command, does: Doing): void => {
  addBackends(program, does);
  addDoctor(program, does);
  addSetup(program, does);
};
