/**
 * Memory of a long run on one backend, through the runner: the resident size, what the backend keeps for its callers and for reuse, and the
 * number of tfjs's tensors, once it has settled and at the last step; and the peak.
 */
import { tmpdir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pipeline, train } from '../../dsl/index.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { median } from '../median.js';
import { Unmeasured } from '../unmeasured.js';
import { onBackend, peakRssMb, print, runOnce, setupOf, sizeNames, wholeNumbers } from './script.js';

/** The number of steps over which the resident size is taken, each after a garbage collection, since garbage is not growth. */
const WINDOW = 10;
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
/** The number of tensors for a runtime that does not report it. */
const UNKNOWN = -1;
const { steps, settled, ...sizes } = wholeNumbers([...sizeNames, 'steps', 'settled']);
const { vocabulary } = sizes;

await print(() =>
  onBackend(async (backend) => {
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
    const schedule = pipeline(setupOf(sizes), train(steps));
    const { summary } = await runOnce(tmpdir(), schedule, tokensDataset(vocabulary), { backend, listeners: [look] });
    const { outcome } = summary;
    if (outcome.kind !== 'finished') throw new Unmeasured(`the run must finish (was ${JSON.stringify(outcome)})`);
    return {
      settledMb: around(settled),
      lastMb: around(steps),
      peakRssMb: peakRssMb(),
      settledBytes: keptBytes[settled - 1],
      lastBytes: keptBytes[steps - 1],
      settledTensors: tensors[settled - 1],
      lastTensors: tensors[steps - 1],
    };
  }),
);
