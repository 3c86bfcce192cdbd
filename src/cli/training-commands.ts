/**
 * The commands that train, and their options. Not here: their work (`commands/`), which is imported on demand.
 */
import { type Command, Option } from 'commander';
import { integer, someText } from './options/argument-numbers.js';
import { addBackendOptions, addBranchesOption, backendOption, threadsOption } from './options/backend-option.js';
import { addCheckpointOptions } from './options/checkpoint-options.js';
import { addCompareOptions, COMPARE_HELP } from './options/compare-options.js';
import { jsonOption } from './options/json-option.js';
import { addNodeOptions } from './options/node-options.js';
import { addPipelineOptions, PIPELINE_HELP, setOption } from './options/pipeline-options.js';
import { addSearchOptions, SEARCH_HELP } from './options/search-options.js';
import { addStateOptions, keepStatesOption, RUN_STATES, statesOption } from './options/state-options.js';
import type { Doing } from './process/exit.js';
import { keepYoungGenerationSmall } from './process/young-generation.js';

const addRun = (program: Command, does: Doing): void => {
  addStateOptions(
    addNodeOptions(addCheckpointOptions(addBranchesOption(addBackendOptions(addPipelineOptions(program.command('run')))))),
    RUN_STATES,
  )
    .description('train, and report the result')
    .option('--out <folder>', 'the run folder (default: runs/NAME-TIME)')
    .option('--reuse', 'begin with the state that another run has kept after the same stages, to the same bits; and keep states')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${PIPELINE_HELP}\nCtrl-C stops a run cleanly and keeps what it has; a second one ends it at once. \`vcycle resume\` continues it.`,
    )
    .action(does(async () => (await import('./commands/run.js')).run));
};

const addRecord = (program: Command, does: Doing): void => {
  const command = addPipelineOptions(program.command('record')).requiredOption('--to <file>', 'the file to create');
  addBackendOptions(command, backendOption('torch-cpu or torch-cuda').default('torch-cpu'))
    .description("run on PyTorch and record it, so that Python alone can replay and time it (with the worker's replay.py)")
    .addHelpText('after', PIPELINE_HELP)
    .action(does(async () => (await import('./commands/record.js')).record));
};

const addResume = (program: Command, does: Doing): void => {
  const command = addCheckpointOptions(program.command('resume')).argument('<run>', 'a run folder');
  addStateOptions(
    addNodeOptions(addBranchesOption(addBackendOptions(command, backendOption('what computes (default: what the run began on)')))),
    RUN_STATES,
  )
    .description('continue a run that was ended, from its newest intact checkpoint, to the same bits')
    .option('--pipeline <file>', "refuse unless this pipeline file means the run's schedule; says the difference")
    .option('--reuse', 'keep the states after its stages for other runs, as run --reuse does')
    .addOption(jsonOption())
    .action(does(async () => (await import('./commands/resume.js')).resume));
};

const RERUN_HELP = `
Stages are counted as \`vcycle plan RUN\` lists them, without the lines of evaluations. The state before STAGE must have
been kept (\`run --reuse\`, \`compare\`). Without --tail, --set gives other numbers to the names in the text of the run.
  $ vcycle rerun runs/a --from 4 --set m=800
  $ vcycle rerun runs/a --from 3 --tail 'prolongate >> train(m)' --set m=800`;

const addRerun = (program: Command, does: Doing): void => {
  const command = addCheckpointOptions(program.command('rerun')).argument('<run>', 'a run folder');
  addStateOptions(
    addBranchesOption(addBackendOptions(command, backendOption('what computes (default: what the run began on)'))),
    `${RUN_STATES}; of a job, those of its comparison`,
  )
    .description('a new run with the first stages of another one, which are not trained again, and other stages after them')
    .addOption(new Option('--from <stage>', 'the first stage that is new (1, 2, …)').argParser(integer(1)).makeOptionMandatory())
    .addOption(
      new Option('--tail <stages>', "the stages from there on, as text (default: the run's own)").argParser(someText).conflicts('pipeline'),
    )
    .addOption(setOption())
    .option('--pipeline <file>', 'a pipeline file that begins with the same setup and stages, instead of a tail')
    .option('--out <folder>', 'the run folder (default: runs/NAME-TIME)')
    .addOption(jsonOption())
    .addHelpText('after', RERUN_HELP)
    .action(does(async () => (await import('./commands/rerun.js')).rerun));
};

const addCompare = (program: Command, does: Doing): void => {
  addStateOptions(
    addCompareOptions(addBackendOptions(addPipelineOptions(program.command('compare'), '<pipelines...>'))),
    'states in the folder of the comparison',
  )
    .option('--no-reuse', 'train stages that several runs begin with once for each of them')
    .description('pipelines and baselines over several seeds: which reaches which loss for how many FLOPs')
    .addOption(jsonOption())
    .addHelpText('after', COMPARE_HELP)
    .action(does(async () => (await import('./commands/compare.js')).compare));
};

const addSearch = (program: Command, does: Doing): void => {
  addStateOptions(addSearchOptions(addBackendOptions(addPipelineOptions(program.command('search')))), 'states in the folder of the search')
    .option('--no-reuse', 'train stages that several runs begin with once for each of them')
    .description("the best numbers for the free names of a pipeline's text, within a budget of FLOPs")
    .addOption(jsonOption())
    .addHelpText('after', SEARCH_HELP)
    .action(does(async () => (await import('./commands/search.js')).search));
};

const addJob = (program: Command, does: Doing): void => {
  program
    .command('job')
    .description("run one job of a comparison's manifest, unless it is done")
    .argument('<manifest>', 'the manifest.jsonl in the folder of a comparison')
    .argument('<id>', "the job's id")
    .addOption(threadsOption())
    .addOption(statesOption('none'))
    .addOption(keepStatesOption())
    .option(
      '--go-on',
      'under Slurm: at the signal USR1, which announces the time limit, stop with what there is, and queue this task again',
    )
    .action(does(async () => (await import('./commands/job.js')).job));
};

const addWorker = (program: Command, does: Doing): void => {
  program
    .command('worker', { hidden: true })
    .description('run the jobs that vcycle compare names, one after another')
    .argument('<manifest>', 'the manifest.jsonl in the folder of a comparison')
    .addOption(threadsOption())
    .addOption(statesOption('none'))
    .addOption(keepStatesOption())
    .action(does(async () => (await import('./commands/worker.js')).worker));
};

export const addTrainingCommands = (program: Command, anyCommandDoes: Doing): void => {
  const does: Doing = (load) =>
    anyCommandDoes(() => {
      keepYoungGenerationSmall();
      return load();
    });
  addRun(program, does);
  addRecord(program, does);
  addResume(program, does);
  addRerun(program, does);
  addCompare(program, does);
  addSearch(program, does);
  addJob(program, does);
  addWorker(program, does);
};
