/**
 * The commands that train, and their options. Not here: their work (`commands/`), which is imported when it is called.
 */
import type { Command } from 'commander';
import {
  addBackendOptions,
  allowCpuOption,
  backendOption,
  compileOption,
  precisionOption,
  threadsOption,
} from './options/backend-option.js';
import { addCheckpointOptions } from './options/checkpoint-options.js';
import { addCompareOptions, COMPARE_HELP } from './options/compare-options.js';
import { jsonOption } from './options/json-option.js';
import { addPipelineOptions, PIPELINE_HELP } from './options/pipeline-options.js';
import type { Ending } from './process/exit.js';

const addRun = (program: Command, end: Ending): void => {
  addCheckpointOptions(addBackendOptions(addPipelineOptions(program.command('run'))))
    .description('train, and report the result')
    .option('--out <folder>', 'the run folder (default: runs/NAME-TIME)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${PIPELINE_HELP}\nCtrl-C stops a run cleanly with what it has; a second one ends it at once. \`vcycle resume\` continues it.`,
    )
    .action(async (pipeline: string, options: import('./commands/run.js').RunOptions) => {
      const { run } = await import('./commands/run.js');
      await end(run(pipeline, options));
    });
};

const addRecord = (program: Command, end: Ending): void => {
  addPipelineOptions(program.command('record'))
    .description("run on PyTorch, and keep all that its worker is told, for Python alone to repeat and time (the worker's replay.py)")
    .requiredOption('--to <file>', 'the file that is made')
    .addOption(backendOption('torch-cpu or torch-cuda').default('torch-cpu'))
    .addOption(allowCpuOption())
    .addOption(threadsOption())
    .addOption(precisionOption())
    .addOption(compileOption())
    .addHelpText('after', PIPELINE_HELP)
    .action(async (pipeline: string, options: import('./commands/record.js').RecordOptions) => {
      const { record } = await import('./commands/record.js');
      await end(record(pipeline, options));
    });
};

const addResume = (program: Command, end: Ending): void => {
  addCheckpointOptions(program.command('resume'))
    .description('continue a run that was ended, from its newest whole checkpoint, to the same bits')
    .argument('<run>', 'a run folder')
    .addOption(backendOption('what computes (default: what the run began on)'))
    .addOption(allowCpuOption())
    .addOption(threadsOption())
    .addOption(precisionOption())
    .addOption(compileOption())
    .option('--pipeline <file>', "refuse unless this pipeline file means the run's schedule; says the difference")
    .addOption(jsonOption())
    .action(async (folder: string, options: import('./commands/resume.js').ResumeOptions) => {
      const { resume } = await import('./commands/resume.js');
      await end(resume(folder, options));
    });
};

const addCompare = (program: Command, end: Ending): void => {
  addCompareOptions(addBackendOptions(addPipelineOptions(program.command('compare'), '<pipelines...>')))
    .description('pipelines and baselines over several seeds: which reaches which loss for how many FLOPs')
    .addOption(jsonOption())
    .addHelpText('after', COMPARE_HELP)
    .action(async (pipelines: readonly string[], options: import('./options/compare-options.js').CompareOptions) => {
      const { compare } = await import('./commands/compare.js');
      await end(compare(pipelines, options));
    });
};

const addJob = (program: Command, end: Ending): void => {
  program
    .command('job')
    .description("run one job of a comparison's manifest, unless it is done")
    .argument('<manifest>', 'the manifest.jsonl in the folder of a comparison')
    .argument('<id>', "the job's id")
    .addOption(threadsOption())
    .action(async (manifest: string, id: string, options: import('./compare/jobs.js').JobOptions) => {
      const { job } = await import('./commands/job.js');
      await end(job(manifest, id, options));
    });
};

const addWorker = (program: Command, end: Ending): void => {
  program
    .command('worker', { hidden: true })
    .description('run the jobs that vcycle compare names, one after another')
    .argument('<manifest>', 'the manifest.jsonl in the folder of a comparison')
    .addOption(threadsOption())
    .action(async (manifest: string, options: import('./compare/jobs.js').JobOptions) => {
      const { worker } = await import('./commands/worker.js');
      await end(worker(manifest, options));
    });
};

export const addTrainingCommands = (program: Command, end: Ending): void => {
  addRun(program, end);
  addRecord(program, end);
  addResume(program, end);
  addCompare(program, end);
  addJob(program, end);
  addWorker(program, end);
};
