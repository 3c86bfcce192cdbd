/**
 * `npm run bench:head`: a training step at GPT-2's vocabulary on `onnx-cpu`, with the head in chunks and with complete logits, beside
 * PyTorch, in rounds; and the memory for each additional token, of a model that consists almost entirely of its head. Writes the table of
 * bench/README.md. `VCYCLE_PYTHON` names a Python with PyTorch; the default is `bench/.venv`. Not here: what is measured
 * (`measure/step.ts`, `peers/torch_step.py`).
 */
import { join } from 'node:path';
import { recomputations } from '../src/schedule/defaults.js';
import { measure, type Report, report, sizeOptions } from './child.js';
import { intoOwnBlock } from './each-backend.js';
import { median } from './median.js';
import { torchPython } from './python.js';
import type { Maybe } from './results.js';
import { maybe, say, script } from './unmeasured.js';

const SIZES = { layers: 12, heads: 8, width: 256, context: 256, batch: 4, vocabulary: 50_257 };
const ROUNDS = 3;
const STEPS = ['--steps', '3', '--warmup', '1'];
/**
 * One layer, measured at this batch and at one eight times as large: the additional memory is the layer's, unless complete logits are in
 * memory.
 */
const SHALLOW = { ...SIZES, layers: 1, batch: 2 };
const DEEP_BATCH = 8 * SHALLOW.batch;
const FEW_STEPS = ['--steps', '1', '--warmup', '1'];

const NAMES = ['minMs', 'peakRssMb'] as const;
type Step = Report<(typeof NAMES)[number]>['values'];

const TORCH = join('bench', 'peers', 'torch_step.py');

interface Contestant {
  readonly name: string;
  readonly step: () => Promise<Step>;
}

const ours = async (sizes: typeof SIZES, steps: readonly string[], head: 'chunks' | 'whole', ...more: readonly string[]): Promise<Step> =>
  (await measure('step', [...sizeOptions(sizes), ...steps, '--head', head, ...more], NAMES)).values;

const contestantsWith = (python: string): readonly Contestant[] => {
  const torch = async (...options: readonly string[]): Promise<Step> =>
    (await report(python, [TORCH, ...sizeOptions(SIZES), ...STEPS, ...options], NAMES)).values;
  return [
    { name: 'vcycle', step: () => ours(SIZES, STEPS, 'chunks') },
    ...recomputations.map((way) => ({
      name: `vcycle, \`recompute: '${way}'\``,
      step: () => ours(SIZES, STEPS, 'chunks', '--recompute', way),
    })),
    { name: 'vcycle, logits as a whole', step: () => ours(SIZES, STEPS, 'whole') },
    { name: 'PyTorch eager', step: () => torch('--optimizer', 'default') },
    { name: 'torch.compile, fused AdamW', step: () => torch('--compile') },
  ];
};

const evaluationsWith = (python: string): readonly Contestant[] => {
  const own = (head: 'chunks' | 'whole') => async (): Promise<Step> =>
    (await measure('evaluation', [...sizeOptions(SIZES), ...STEPS, '--head', head], NAMES)).values;
  return [
    { name: 'vcycle', step: own('chunks') },
    { name: 'vcycle, logits as a whole', step: own('whole') },
    {
      name: 'PyTorch eager',
      step: async () => (await report(python, [TORCH, ...sizeOptions(SIZES), ...STEPS, '--evaluate'], NAMES)).values,
    },
  ];
};

/** The rows of contestants that were measured in turn, in rounds. */
const rowsOf = async (contestants: readonly Contestant[]): Promise<readonly string[]> => {
  const results = contestants.map((): Maybe<Step>[] => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [place, { name, step }] of contestants.entries()) {
      const measured = await maybe(step());
      say(`round ${round + 1}: ${name} ${measured.kind === 'measured' ? `${measured.minMs.toFixed(0)} ms` : measured.reason}`);
      results[place]?.push(measured);
    }
  return contestants.map(({ name }, place) => rowOf(name, results[place] ?? [], results[0] ?? []));
};

/** Ratios within each round, and their median over the rounds. */
const rowOf = (name: string, steps: readonly Maybe<Step>[], mine: readonly Maybe<Step>[]): string => {
  const pairs = steps.flatMap((step, round) => {
    const own = mine[round];
    return step.kind === 'measured' && own?.kind === 'measured' ? [{ step, own }] : [];
  });
  const [skipped] = steps.flatMap((step) => (step.kind === 'skipped' ? [step.reason] : []));
  if (pairs.length === 0) return `| ${name} | skipped: ${skipped} | | | |`;
  const over = (of: (pair: (typeof pairs)[number]) => number): number => median(pairs.map(of));
  const cells = [
    over(({ step }) => step.minMs).toFixed(0),
    `${over(({ step, own }) => own.minMs / step.minMs).toFixed(2)}×`,
    over(({ step }) => step.peakRssMb).toFixed(0),
    `${over(({ step, own }) => own.peakRssMb / step.peakRssMb).toFixed(2)}×`,
  ];
  return `| ${[name, ...cells].join(' | ')} |`;
};

/** Kilobytes of peak memory for each additional token. */
const perToken = async (head: 'chunks' | 'whole'): Promise<string> => {
  const few = await ours(SHALLOW, FEW_STEPS, head);
  const many = await ours({ ...SHALLOW, batch: DEEP_BATCH }, FEW_STEPS, head);
  const tokens = (DEEP_BATCH - SHALLOW.batch) * SHALLOW.context;
  const cells = [few.peakRssMb, many.peakRssMb, (1000 * (many.peakRssMb - few.peakRssMb)) / tokens].map((number) => number.toFixed(0));
  return `| ${[head === 'chunks' ? 'vcycle' : 'vcycle, logits as a whole', ...cells].join(' | ')} |`;
};

await script(async () => {
  const python = process.env.VCYCLE_PYTHON ?? (await torchPython()).path;
  await intoOwnBlock('bench/README.md', 'bench:head', [
    '| a step of 12 × 256, vocabulary 50,257 | shortest: ms | ours by it | peak memory: MB | ours by it |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...(await rowsOf(contestantsWith(python))),
    '',
    '| an evaluation of the same batch | shortest: ms | ours by it | peak memory: MB | ours by it |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...(await rowsOf(evaluationsWith(python))),
    '',
    `| one layer | peak, ${SHALLOW.batch * SHALLOW.context} tokens: MB | peak, ${DEEP_BATCH * SHALLOW.context} tokens: MB | a token more: kB |`,
    '| --- | ---: | ---: | ---: |',
    await perToken('chunks'),
    await perToken('whole'),
  ]);
});
