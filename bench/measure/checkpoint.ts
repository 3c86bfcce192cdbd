/**
 * What a checkpoint costs: a run on `onnx-cpu` that writes one after every step. From the end of a step to the word that its checkpoint is
 * on disk: taken from the backend, encoded, hashed, written, synced. Beside it the same run's own step.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { pipeline, train } from '../../dsl/index.js';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { Fault } from '../../src/fault.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { run } from '../../src/runner/run.js';
import { median } from '../median.js';
import { print, setupOf, sizeNames, wholeNumbers } from './script.js';

const { steps, ...sizes } = wholeNumbers([...sizeNames, 'steps']);
const { vocabulary } = sizes;

const schedule = pipeline(setupOf(sizes), train(steps + 1));

const measured = async (backend: Backend): Promise<E.Either<Fault, object>> => {
  // Beside what was built, as runs are on a disk: the system's temporary folder may live in memory.
  const folder = await mkdtemp(join('dist', 'vcycle-bench-'));
  const waits: number[] = [];
  const own: number[] = [];
  let stepped = 0;
  const listen = (event: RunEvent): void => {
    if (event.kind === 'step') {
      own.push(event.seconds * 1000);
      stepped = performance.now();
    }
    // The last step's is preceded by an evaluation.
    if (event.kind === 'checkpointed' && event.step > 0 && event.step <= steps) waits.push(performance.now() - stepped);
  };
  const summary = await run(schedule, tokensDataset(vocabulary), {
    backend,
    folder: onDisk(join(folder, 'run')),
    listeners: [listen],
    checkpoints: { every: 1, keep: 2 },
  })();
  await rm(folder, { recursive: true, force: true });
  return E.map(() => ({ checkpointMs: median(waits), ownStepMs: median(own) }))(summary);
};

await print(
  pipe(
    createOnnxCpu(),
    TE.flatMap(
      (backend): TE.TaskEither<{ readonly message: string }, object> =>
        () =>
          measured(backend),
    ),
  ),
);
