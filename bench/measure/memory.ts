/**
 * Memory of a long run on one backend, through the runner: once it has settled and at the last step, the resident size, what the
 * backend keeps for its callers and for reuse, and how many tensors tfjs holds; and the peak.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { pipeline, train } from '../../dsl/index.js';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { type Fault, runFault } from '../../src/fault.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { run } from '../../src/runner/run.js';
import { median } from '../median.js';
import { onBackend, peakRssMb, print, setupOf, sizeNames, wholeNumbers } from './script.js';

/** Steps over which the resident size is taken, each after a collection: garbage that waits for one is no growth. */
const WINDOW = 10;
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
/** Of a runtime that does not say how many tensors it holds. */
const UNKNOWN = -1;
const { steps, settled, ...sizes } = wholeNumbers([...sizeNames, 'steps', 'settled']);
const { vocabulary } = sizes;

const setup = setupOf(sizes);

const measured = (backend: Backend): TE.TaskEither<Fault, object> => {
  const sizesMb: number[] = [];
  const keptBytes: number[] = [];
  const tensors: number[] = [];
  const around = (last: number): number => median(sizesMb.slice(last - WINDOW, last));
  const isRead = (step: number): boolean => [settled, steps].some((last) => step > last - WINDOW && step <= last);
  const look = (event: RunEvent): void => {
    if (event.kind !== 'step') return;
    if (isRead(event.step)) collectGarbage();
    const { held, pooled } = backend.memory();
    sizesMb.push(process.memoryUsage.rss() / 1e6);
    keptBytes.push(held + pooled);
    tensors.push('tensors' in backend && typeof backend.tensors === 'function' ? backend.tensors() : UNKNOWN);
  };
  return pipe(
    TE.fromTask<string, Fault>(() => mkdtemp(join(tmpdir(), 'vcycle-bench-'))),
    TE.flatMap((folder) =>
      pipe(
        run(pipeline(setup, train(steps)), tokensDataset(vocabulary), {
          backend,
          folder: onDisk(join(folder, 'run')),
          listeners: [look],
        }),
        TE.chainFirstTaskK(() => () => rm(folder, { recursive: true, force: true })),
      ),
    ),
    TE.filterOrElse(
      ({ outcome }) => outcome.kind === 'finished',
      ({ outcome }) => runFault(`the run must finish (was ${JSON.stringify(outcome)})`),
    ),
    TE.map(() => ({
      settledMb: around(settled),
      lastMb: around(steps),
      peakRssMb: peakRssMb(),
      settledBytes: keptBytes[settled - 1],
      lastBytes: keptBytes[steps - 1],
      settledTensors: tensors[settled - 1],
      lastTensors: tensors[steps - 1],
    })),
  );
};

await print(onBackend(measured));
