/**
 * `npm run bench:recompute`: training steps on `onnx-cpu` that keep all activations, and steps that compute some or all of them a second time, in
 * rounds; and what the plan says of their memory. On one thread, by processor time, which depends least on what else a machine does. Writes the table of
 * bench/README.md; `-- --rounds 1` for fewer. Not here: what is measured (`measure/step.ts`).
 */
import { parseArgs } from 'node:util';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { adamw, gpt, pipeline, tokens, train } from '../dsl/index.js';
import { withBackend } from '../src/cli/backends/registry.js';
import { planSchedule, type TracedPlan } from '../src/plan/plan-schedule.js';
import { recomputations } from '../src/schedule/defaults.js';
import { measure, sizeOptions } from './child.js';
import { intoOwnBlock } from './each-backend.js';
import { median } from './median.js';
import type { Sizes } from './settings.js';
import { orUnmeasured, say, script } from './unmeasured.js';

const SMALL = { layers: 8, heads: 8, width: 256, context: 128, batch: 16, vocabulary: 65 };

const SETTINGS: readonly (readonly [name: string, sizes: Sizes])[] = [
  ['8 × 256, context 128, batch 16', SMALL],
  ['8 × 256, context 512, batch 16', { ...SMALL, context: 512 }],
  ['12 × 256, context 256, batch 4, vocabulary 50,257', { ...SMALL, layers: 12, context: 256, batch: 4, vocabulary: 50_257 }],
];

const WAYS = [undefined, ...recomputations] as const;
type Way = (typeof WAYS)[number];

const STEPS = ['--steps', '1', '--warmup', '1', '--threads', '1'];
const NAMES = ['minProcessorMs', 'peakRssMb'] as const;

const step = async (sizes: Sizes, way: Way) =>
  (await measure('step', [...sizeOptions(sizes), ...STEPS, ...(way === undefined ? [] : ['--recompute', way])], NAMES)).values;

const planOf = (sizes: Sizes, way: Way): Promise<TracedPlan> => {
  const { layers, heads, width, context, batch, vocabulary } = sizes;
  const setup = { model: gpt({ layers, heads, width, context }), data: tokens(vocabulary), optimizer: adamw(), batch, seed: 1 };
  const schedule = pipeline({ ...setup, ...(way === undefined ? {} : { recompute: way }) }, train(1));
  return orUnmeasured(
    withBackend({ backend: 'onnx-cpu', allowCpu: false }, ({ capabilities }) =>
      TE.fromEither(planSchedule(schedule, { vocabulary: sizes.vocabulary, capabilities })),
    ),
  );
};

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

await script(async () => {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
  const rows: string[] = [];
  for (const [name, sizes] of SETTINGS) {
    const rounds: (readonly Awaited<ReturnType<typeof step>>[])[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const steps: Awaited<ReturnType<typeof step>>[] = [];
      for (const way of WAYS) steps.push(await step(sizes, way));
      say(`${name}, round ${round + 1}: ${steps.map(({ minProcessorMs }) => `${minProcessorMs.toFixed(0)} ms`).join(', ')}`);
      rounds.push(steps);
    }
    for (const [place, way] of WAYS.entries()) {
      const over = (of: (own: (typeof rounds)[number][number], kept: (typeof rounds)[number][number]) => number): number =>
        median(rounds.flatMap((each) => (each[place] === undefined || each[0] === undefined ? [] : [of(each[place], each[0])])));
      const plan = await planOf(sizes, way);
      const peak = over(({ peakRssMb }) => peakRssMb);
      const cells = [
        way === undefined ? name : `with \`recompute: '${way}'\``,
        over(({ minProcessorMs }) => minProcessorMs).toFixed(0),
        `${over((own, kept) => own.minProcessorMs / kept.minProcessorMs).toFixed(2)}×`,
        peak.toFixed(0),
        `${over((own, kept) => own.peakRssMb / kept.peakRssMb).toFixed(2)}×`,
        megabytes(plan.stepBytes),
      ];
      rows.push(`| ${cells.join(' | ')} |`);
    }
  }
  await intoOwnBlock('bench/README.md', 'bench:recompute', [
    '| a training step | processor time: ms | | peak memory: MB | | values, planned: MB |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ]);
});
