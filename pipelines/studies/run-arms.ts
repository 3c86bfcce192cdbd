/**
 * Runs a study's arms over seeds and appends one JSON line per run to `runs/studies/STUDY.jsonl`; existing runs are not repeated, so an
 * interrupted study continues. `node dist/pipelines/studies/run-arms.js depth 6`
 */
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { type Dataset, loadDataset, MemoryFolder, type OpenBackend, type Result, run } from 'vcycle';
import { createOnnxCpu } from 'vcycle/backends/onnx';
import { armSchedule } from './arm-schedule.js';
import { fileOf, RUNS, readRuns, refuse } from './read-runs.js';
import { Recorder, type RunLine } from './run-line.js';
import { type Arm, type Study, studies } from './studies.js';

const valueOrExit = <Value>(result: Result<Value, { readonly message: string }>): Value =>
  result.ok ? result.value : refuse(result.fault.message);

const runArm = async (study: Study, arm: Arm, seed: number, data: Dataset, backend: OpenBackend): Promise<RunLine> => {
  const schedule = valueOrExit(armSchedule(study.setting, arm, seed, { data, backend }));
  const recorder = new Recorder();
  const { outcome, seconds } = valueOrExit(
    await run(schedule, data, { backend, folder: new MemoryFolder(), listeners: [recorder.listen] }),
  );
  return recorder.line({ arm: arm.name, seed, schedule, outcome: outcome.kind, seconds });
};

const main = async ([name = '', count = '']: readonly string[]): Promise<void> => {
  const study = studies.get(name);
  const seeds = Number(count);
  if (study === undefined || !Number.isInteger(seeds) || seeds < 1)
    return refuse(`a study (${[...studies.keys()].join(', ')}) and a number of seeds are required (was "${name} ${count}")`);
  const { setting, arms } = study;
  mkdirSync(RUNS, { recursive: true });
  const lines = readRuns(name);
  const done = new Set(lines.map(({ arm, seed }) => `${arm}/${seed}`));
  const backend = valueOrExit(await createOnnxCpu({ threads: 1 }));
  if (!existsSync(setting.text.file)) refuse(`${setting.text.file} is not there; ${setting.text.remedy}`);
  const { data, model } = setting.setup(setting.fineLayers, 1);
  const dataset = valueOrExit(await loadDataset(data, { context: model.context }));
  for (let seed = 1; seed <= seeds; seed++)
    for (const arm of arms) {
      if (done.has(`${arm.name}/${seed}`)) continue;
      const line = await runArm(study, arm, seed, dataset, backend);
      appendFileSync(fileOf(name), `${JSON.stringify(line)}\n`);
      const gigaflops = (line.flops / 1e9).toFixed(1);
      process.stderr.write(`${arm.name}, seed ${seed}: ${line.outcome}, ${line.loss} after ${gigaflops} GFLOP\n`);
    }
};

await main(process.argv.slice(2));
