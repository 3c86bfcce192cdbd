/**
 * Writes the training losses of one contender of a comparison, step by step, to a file that remains when the runs are deleted: real curves
 * for tests. `node dist/pipelines/studies/curves.js shakespeare-adamw fine` reads `runs/studies/shakespeare-adamw`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { Folder } from '../../src/files/folder.js';
import { readRun } from '../../src/report/run/read-run.js';
import { RUNS, refuse } from './read-runs.js';

interface Line {
  readonly id: string;
  readonly arm: string;
}

const main = async ([setting = '', contender = '']: readonly string[]): Promise<void> => {
  const folder = join(RUNS, setting);
  const lines = readFileSync(join(folder, 'manifest.jsonl'), 'utf8').trim().split('\n');
  const jobs = lines.map((line): Line => JSON.parse(line)).filter(({ arm }) => arm === contender);
  if (jobs.length === 0) return refuse(`${folder} has no runs of "${contender}"; README.md says which command makes them`);
  const runs = await Promise.all(
    jobs.map(async ({ id }) => {
      const read = await readRun(Folder.at(join(folder, 'jobs', id)))();
      return E.isRight(read) ? read.right : refuse(read.left.message);
    }),
  );
  const bySeed = [...runs].sort((a, b) => a.started.schedule.setup.seed - b.started.schedule.setup.seed);
  const written = {
    setting,
    contender,
    backend: bySeed[0]?.started.backend,
    flops: bySeed[0]?.steps.at(-1)?.flops,
    seeds: bySeed.map(({ started }) => started.schedule.setup.seed),
    losses: bySeed.map(({ steps }) => steps.map(({ loss }) => Number(loss.toFixed(4)))),
  };
  writeFileSync(`pipelines/studies/results/paper/${setting}-${contender}-losses.json`, `${JSON.stringify(written)}\n`);
};

await main(process.argv.slice(2));
