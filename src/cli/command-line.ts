/**
 * The commands and their options. Each command's work is imported when it is called. Not here: any of that work (`commands/`).
 */
import { Argument, Command, Option } from 'commander';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../fault.js';
import type { BackendChoice } from './backends/registry.js';
import { integer, number } from './options/argument-numbers.js';
import { addBackendOptions, allowCpuOption, backendOption, threadsOption } from './options/backend-option.js';
import { addCheckpointOptions } from './options/checkpoint-options.js';
import { addCompareOptions, COMPARE_HELP } from './options/compare-options.js';
import { givenOnce } from './options/given-once.js';
import { addPipelineOptions, PIPELINE_HELP, type PipelineOptions } from './options/pipeline-options.js';
import { EXIT, type ExitCode, endOfFault, endOfThrow, guardProcess } from './process/exit.js';
import { guardOutput } from './process/output.js';
import { manifest } from './process/own-package.js';
import { complain } from './process/print.js';
import { addRunsCommands } from './runs-commands.js';

const jsonOption = (): Option => new Option('--json', 'print data alone on stdout').default(false);

const CHECK_HELP = `
Every other command strips types and leaves them unchecked. TypeScript is the
one that is installed where the file lies (5.0 or newer), under the nearest
tsconfig.json; where there is none only the verifier is asked, and that is said.
Exit 2 where a file is wrong.`;

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

  addBackendOptions(addPipelineOptions(program.command('plan'), '<pipelines...>'))
    .description('cost of every stage before anything runs; several pipelines in one table')
    .addOption(jsonOption())
    .addHelpText('after', PIPELINE_HELP)
    .action(async (pipelines: readonly string[], options: PipelineOptions & BackendChoice & { json: boolean }) => {
      const { plan } = await import('./commands/plan.js');
      await end(plan(pipelines, options));
    });

  addPipelineOptions(program.command('compile'))
    .description('the schedule that a pipeline means, as JSON')
    .addOption(new Option('--text', "print the stages' canonical text form instead").default(false).conflicts(['programs', 'json']))
    .addOption(
      new Option('--programs', 'print the training step of each level instead, operation by operation').default(false).conflicts('json'),
    )
    .addOption(jsonOption())
    .addHelpText('after', PIPELINE_HELP)
    .action(async (pipeline: string, options: PipelineOptions & { text: boolean; programs: boolean; json: boolean }) => {
      const { compile } = await import('./commands/compile.js');
      await end(compile(pipeline, options));
    });

  program
    .command('check')
    .description("whether pipeline files are right: their types by the project's own TypeScript, and the verifier")
    .argument('<files...>', 'pipeline files (.ts, .js, or a schedule as .json)')
    .addOption(jsonOption())
    .addHelpText('after', CHECK_HELP)
    .action(async (files: readonly string[], options: import('./commands/check.js').CheckOptions) => {
      const { check } = await import('./commands/check.js');
      await end(check(files, options));
    });

  addCheckpointOptions(addBackendOptions(addPipelineOptions(program.command('run'))))
    .description('train, and say what came of it')
    .option('--out <folder>', 'the run folder (default: runs/NAME-TIME)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${PIPELINE_HELP}\nCtrl-C stops a run cleanly with what it has; a second one ends it at once. \`vcycle resume\` goes on with it.`,
    )
    .action(async (pipeline: string, options: import('./commands/run.js').RunOptions) => {
      const { run } = await import('./commands/run.js');
      await end(run(pipeline, options));
    });

  addCheckpointOptions(program.command('resume'))
    .description('go on with a run that was ended, from its newest whole checkpoint, to the same bits')
    .argument('<run>', 'a run folder')
    .addOption(backendOption('what computes (default: what the run began on)'))
    .addOption(allowCpuOption())
    .addOption(threadsOption())
    .option('--pipeline <file>', "refuse unless this pipeline file means the run's schedule; says the difference")
    .addOption(jsonOption())
    .action(async (folder: string, options: import('./commands/resume.js').ResumeOptions) => {
      const { resume } = await import('./commands/resume.js');
      await end(resume(folder, options));
    });

  addCompareOptions(addBackendOptions(addPipelineOptions(program.command('compare'), '<pipelines...>')))
    .description('pipelines and baselines over several seeds: who reaches which loss for how many FLOPs')
    .addOption(jsonOption())
    .addHelpText('after', COMPARE_HELP)
    .action(async (pipelines: readonly string[], options: import('./options/compare-options.js').CompareOptions) => {
      const { compare } = await import('./commands/compare.js');
      await end(compare(pipelines, options));
    });

  program
    .command('job')
    .description("do one job of a comparison's manifest, unless it is done")
    .argument('<manifest>', 'the manifest.jsonl in the folder of a comparison')
    .argument('<id>', "the job's id")
    .addOption(threadsOption())
    .action(async (manifest: string, id: string, options: import('./compare/jobs.js').JobOptions) => {
      const { job } = await import('./commands/job.js');
      await end(job(manifest, id, options));
    });

  program
    .command('worker', { hidden: true })
    .description('do the jobs that vcycle compare names, one after another')
    .argument('<manifest>', 'the manifest.jsonl in the folder of a comparison')
    .addOption(threadsOption())
    .action(async (manifest: string, options: import('./compare/jobs.js').JobOptions) => {
      const { worker } = await import('./commands/worker.js');
      await end(worker(manifest, options));
    });

  addRunsCommands(program, end);

  addBackendOptions(program.command('sample'))
    .description('text from a trained model')
    .argument('<run>', 'a run folder, a model folder inside one, or a model file')
    .option('--prompt <text>', 'what the text begins with (default: a line break, or the first character that the model knows)')
    .addOption(new Option('--tokens <n>', 'tokens to sample').argParser(integer(1)).default(400))
    .addOption(new Option('--temperature <t>', '0 takes the likeliest token each time').argParser(number(0)).default(0.8))
    .addOption(new Option('--top-k <k>', 'sample among the k likeliest tokens; 0 among all').argParser(integer(0)).default(0))
    .addOption(new Option('--seed <n>', 'seed of the sampling').argParser(integer(0)).default(1))
    .addOption(jsonOption())
    .action(async (folder: string, options: import('./commands/sample.js').SampleOptions) => {
      const { sampleText } = await import('./commands/sample.js');
      await end(sampleText(folder, options));
    });

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

  program
    .command('doctor')
    .description('what this machine has, and what is missing')
    .addOption(allowCpuOption())
    .addOption(jsonOption())
    .action(async (options: import('./commands/doctor.js').DoctorOptions) => {
      const { doctor } = await import('./commands/doctor.js');
      await end(doctor(options));
    });

  program
    .command('setup')
    .description("install what a backend needs and npm cannot bring along, into the user's own cache")
    .addArgument(new Argument('<backend...>', 'what to set up').choices(['tfjs-node', 'tfjs-cuda', 'torch']))
    .addOption(
      new Option('--allow-cpu', 'for tfjs-cuda: TensorFlow for the CPU alone, a tenth of the download').default(false).conflicts('remove'),
    )
    .addOption(new Option('--again', 'anew, whatever is there').default(false).conflicts('remove'))
    .addOption(new Option('--remove', 'take away what was set up').default(false))
    .action(
      async (backends: Parameters<typeof import('./commands/setup.js').setup>[0], options: import('./commands/setup.js').SetupOptions) => {
        const { setup } = await import('./commands/setup.js');
        await end(setup(backends, options));
      },
    );

  givenOnce(program);
  return program;
};

/** Runs the command that `argv` (Node's own) asks for. */
export const commandLine = async (argv: readonly string[]): Promise<ExitCode> => {
  guardProcess();
  guardOutput();
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
