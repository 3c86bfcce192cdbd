/**
 * Runs a study's arms over seeds and appends one JSON line a run to `runs/studies/STUDY.jsonl`; what stands there already is not run again, so
 * that a study that was cut off continues. `node dist/pipelines/studies/run-arms.js depth 6`
 */
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { type Backend, type Dataset, type Fault, loadDataset, MemoryFolder, run } from 'vcycle';
import { createOnnxCpu } from 'vcycle/backends/onnx';
import { armSchedule } from './arm-schedule.js';
import { fileOf, RUNS, readRuns } from './read-runs.js';
import { Recorder, type RunLine } from './run-line.js';
import { type Arm, type Study, studies } from './studies.js';

const say = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

const right = <A>(either: E.Either<Fault | { readonly message: string }, A>): A => {
  if (E.isRight(either)) return either.right;
  say(`error: ${either.left.message}`);
  process.exit(2);
};

const runArm = async (study: Study, arm: Arm, seed: number, dataset: Dataset, backend: Backend): Promise<RunLine> => {
  const { vocabulary } = dataset;
  const schedule = right(armSchedule(study.setting, arm, seed, { vocabulary, capabilities: backend.capabilities }));
  const recorder = new Recorder();
  const { outcome, seconds } = right(await run(schedule, dataset, { backend, folder: new MemoryFolder(), listeners: [recorder.listen] })());
  return recorder.line({ arm: arm.name, seed, schedule, outcome: outcome.kind, seconds });
};

const main = async ([name = '', count = '']: readonly string[]): Promise<void> => {
  const study = studies.get(name);
  const seeds = Number(count);
  if (study === undefined || !Number.isInteger(seeds) || seeds < 1) {
    say(`error: a study (${[...studies.keys()].join(', ')}) and a number of seeds are required (was "${name} ${count}")`);
    process.exit(2);
  }
  const { setting, arms } = study;
  mkdirSync(RUNS, { recursive: true });
  const lines = readRuns(name);
  const done = new Set(lines.map(({ arm, seed }) => `${arm}/${seed}`));
  const backend = right(await createOnnxCpu({ threads: 1 })());
  if (!existsSync(setting.text.file)) {
    say(`error: ${setting.text.file} is not there; ${setting.text.remedy}`);
    process.exit(2);
  }
  const { data, model } = setting.setup(setting.fineLayers, 1);
  const dataset = right(await loadDataset(data, { context: model.context })());
  for (let seed = 1; seed <= seeds; seed++)
    for (const arm of arms) {
      if (done.has(`${arm.name}/${seed}`)) continue;
      const line = await runArm(study, arm, seed, dataset, backend);
      appendFileSync(fileOf(name), `${JSON.stringify(line)}\n`);
      say(`${arm.name}, seed ${seed}: ${line.outcome}, ${line.loss} after ${(line.flops / 1e9).toFixed(1)} GFLOP`);
    }
};

await main(process.argv.slice(2));
