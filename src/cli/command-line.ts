/**
 * The commands and their options. Each command's work is imported when it is called. Not here: any of that work (`commands/`).
 */
import { Command, Option } from 'commander';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../fault.js';
import { complain, EXIT, type ExitCode, endOfFault, endOfThrow, guardProcess } from './exit.js';
import { manifest } from './manifest.js';
import { integer, number } from './numbers.js';
import { addPipelineOptions, PIPELINE_HELP, type PipelineOptions } from './pipeline-options.js';

const DEFAULT_BACKEND = 'onnx-cpu';
const backendOption = (): Option =>
  new Option('--backend <name>', 'what computes; `vcycle backends` lists the names').default(DEFAULT_BACKEND);
const jsonOption = (): Option => new Option('--json', 'print data alone on stdout').default(false);

/** What a command's work says at its end: its exit code, or the fault that stopped it. */
type Work = TaskEither<Fault, ExitCode>;

const buildProgram = (end: (work: Work) => Promise<void>): Command => {
  const program = new Command('vcycle')
    .description('Multilevel training of transformers, as typed pipelines.')
    .version(manifest().version, '-V, --version', 'print the version')
    .showSuggestionAfterError(true)
    .helpCommand('help [command]', 'help for a command')
    .exitOverride()
    .configureOutput({ outputError: (text) => complain(text.replace(/^error: /, '')) });

  addPipelineOptions(program.command('plan'))
    .description('cost of every stage before anything runs')
    .addOption(backendOption())
    .addOption(jsonOption())
    .addHelpText('after', PIPELINE_HELP)
    .action(async (pipeline: string, options: PipelineOptions & { backend: string; json: boolean }) => {
      const { plan } = await import('./commands/plan.js');
      await end(plan(pipeline, options));
    });

  addPipelineOptions(program.command('compile'))
    .description('the schedule that a pipeline means, as JSON')
    .addOption(new Option('--text', "print the stages' canonical text form instead").default(false))
    .addOption(new Option('--programs', 'print the training step of each level instead, operation by operation').default(false))
    .addOption(jsonOption())
    .addHelpText('after', PIPELINE_HELP)
    .action(async (pipeline: string, options: PipelineOptions & { text: boolean; programs: boolean; json: boolean }) => {
      const { compile } = await import('./commands/compile.js');
      await end(compile(pipeline, options));
    });

  addPipelineOptions(program.command('run'))
    .description('train, and say what came of it')
    .addOption(backendOption())
    .option('--out <folder>', 'the run folder (default: runs/NAME-TIME)')
    .addOption(jsonOption())
    .addHelpText('after', `${PIPELINE_HELP}\nCtrl-C stops a run cleanly with what it has; a second one ends it at once.`)
    .action(async (pipeline: string, options: PipelineOptions & { backend: string; out?: string; json: boolean }) => {
      const { run } = await import('./commands/run.js');
      await end(run(pipeline, options));
    });

  program
    .command('sample')
    .description('text from a trained model')
    .argument('<run>', 'a run folder, a model folder inside one, or a model file')
    .option('--prompt <text>', 'what the text begins with (default: a line break)')
    .addOption(new Option('--tokens <n>', 'tokens to sample').argParser(integer(1)).default(400))
    .addOption(new Option('--temperature <t>', '0 takes the likeliest token each time').argParser(number(0)).default(0.8))
    .addOption(new Option('--top-k <k>', 'sample among the k likeliest tokens; 0 among all').argParser(integer(0)).default(0))
    .addOption(new Option('--seed <n>', 'seed of the sampling').argParser(integer(0)).default(1))
    .addOption(backendOption())
    .addOption(jsonOption())
    .action(async (folder: string, options: import('./commands/sample.js').SampleOptions) => {
      const { sampleText } = await import('./commands/sample.js');
      await end(sampleText(folder, options));
    });

  program
    .command('backends')
    .description('backends by name: what each needs and what it can do')
    .addOption(jsonOption())
    .action(async (options: { json: boolean }) => {
      const { listBackends } = await import('./commands/backends.js');
      await end(listBackends(options));
    });

  program
    .command('doctor')
    .description('what this machine has, and what is missing')
    .addOption(jsonOption())
    .action(async (options: { json: boolean }) => {
      const { doctor } = await import('./commands/doctor.js');
      await end(doctor(options));
    });

  return program;
};

/** Runs the command that `argv` (Node's own) asks for. */
export const commandLine = async (argv: readonly string[]): Promise<ExitCode> => {
  guardProcess();
  let code: ExitCode = EXIT.done;
  const end = async (work: Work): Promise<void> => {
    const ended = await work();
    code = ended._tag === 'Right' ? ended.right : endOfFault(ended.left);
  };
  try {
    await buildProgram(end).parseAsync([...argv]);
    return code;
  } catch (thrown) {
    return endOfThrow(thrown);
  }
};
