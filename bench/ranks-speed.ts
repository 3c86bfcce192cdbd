/**
 * `npm run bench:ranks`: a training step on two ranks of one thread each, beside one process of two threads; and, with messages that are delayed by an
 * artificial 5 ms each, how much of the delays the backward pass hides. Ratios within a round, medians over the rounds.
 */
import { measure, sizeOptions } from './child.js';
import { intoOwnBlock } from './each-backend.js';
import { median } from './median.js';
import { torchPython } from './python.js';
import { LARGE, nameOf } from './settings.js';
import { say, script } from './unmeasured.js';

const ROUNDS = 3;
const STEPS = '8';
const DELAY_MS = 5;

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

await script(async () => {
  const VCYCLE_PYTHON = process.env.VCYCLE_PYTHON ?? (await torchPython()).path;
  const step = async (options: readonly string[], delay = 0): Promise<{ readonly minMs: number; readonly buckets: number }> => {
    const args = [...sizeOptions(LARGE.sizes), '--backend', 'torch-cpu', '--steps', STEPS, '--warmup', '2', ...options];
    const extra = { VCYCLE_PYTHON, ...(delay === 0 ? {} : { VCYCLE_RANKS_DELAY_MS: `${delay}` }) };
    return (await measure('step', args, ['minMs', 'buckets'], extra)).values;
  };
  const ranks = ['--ranks', '2', '--threads', '1'];
  const rounds: { readonly one: number; readonly two: number; readonly delayed: number; readonly buckets: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { minMs: one } = await step(['--threads', '2']);
    const { minMs: two, buckets } = await step(ranks);
    const { minMs: delayed } = await step(ranks, DELAY_MS);
    say(`round ${round + 1}: ${one.toFixed(0)} ms, ranks ${two.toFixed(0)} ms, delayed ${delayed.toFixed(0)} ms`);
    rounds.push({ one, two, delayed, buckets });
  }
  const of = (figure: (round: (typeof rounds)[number]) => number): number => median(rounds.map(figure));
  const hidden = of(({ two, delayed, buckets }) => 1 - (delayed - two) / (buckets * DELAY_MS));
  await intoOwnBlock('bench/README.md', 'bench:ranks', [
    `| a step of ${nameOf(LARGE.sizes)} on torch-cpu | shortest: ms | throughput by one process's |`,
    '| --- | ---: | ---: |',
    `| one process, two threads | ${of(({ one }) => one).toFixed(0)} | 1.00× |`,
    `| two ranks, one thread each | ${of(({ two }) => two).toFixed(0)} | ${of(({ one, two }) => one / two).toFixed(2)}× |`,
    `| the same, ${of(({ buckets }) => buckets)} messages delayed by ${DELAY_MS} ms each | ${of(({ delayed }) => delayed).toFixed(0)} | ${percent(hidden)} of the delays hidden |`,
  ]);
});
