/**
 * The commands about backends and what the machine has for them, and their options. Not here: their work (`commands/`), which is imported when it is called.
 */
import { Argument, type Command, Option } from 'commander';
import { allowCpuOption } from './options/backend-option.js';
import { jsonOption } from './options/json-option.js';
import type { Ending } from './process/exit.js';

const addBackends = (program: Command, end: Ending): void => {
  program
    .command('backends')
    .description('backends by name: what each needs and what it can do')
    .argument('[names...]', 'these alone (default: all)')
    .addOption(allowCpuOption())
    .addOption(jsonOption())
    .action(async (names: readonly string[], options: import('./commands/backends.js').BackendsOptions) => {
      const { listBackends } = await import('./commands/backends.js');
      await end(listBackends(names, options));
    });
};

const addDoctor = (program: Command, end: Ending): void => {
  program
    .command('doctor')
    .description('what this machine has, and what is missing')
    .addOption(allowCpuOption())
    .addOption(jsonOption())
    .action(async (options: import('./commands/doctor.js').DoctorOptions) => {
      const { doctor } = await import('./commands/doctor.js');
      await end(doctor(options));
    });
};

const addSetup = (program: Command, end: Ending): void => {
  program
    .command('setup')
    .description("install what a backend needs and npm cannot bring along, into the user's own cache")
    .addArgument(new Argument('<backend...>', 'what to set up').choices(['tfjs-node', 'tfjs-cuda', 'torch']))
    .addOption(
      new Option('--allow-cpu', 'for tfjs-cuda: TensorFlow for the CPU alone, a tenth of the download').default(false).conflicts('remove'),
    )
    .addOption(new Option('--again', 'again, whatever is there').default(false).conflicts('remove'))
    .addOption(new Option('--remove', 'take away what was set up').default(false))
    .action(
      async (backends: Parameters<typeof import('./commands/setup.js').setup>[0], options: import('./commands/setup.js').SetupOptions) => {
        const { setup } = await import('./commands/setup.js');
        await end(setup(backends, options));
      },
    );
};

export const addMachineCommands = (program: Command, end: Ending): void => {
  addBackends(program, end);
  addDoctor(program, end);
  addSetup(program, end);
};
