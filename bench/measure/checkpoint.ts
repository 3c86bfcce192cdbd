/**
 * The cost of a checkpoint: a run on `onnx-cpu` that writes one after every step. Measured from the end of a step until its checkpoint is
 * reported to be on disk: taken from the backend, encoded, hashed, written, synced. Also the same run's own step.
 */
import { pipeline, train } from '../../dsl/index.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { median } from '../median.js';
import { onBackend, print, runOnce, setupOf, sizeNames, wholeNumbers } from './script.js';

const { steps, ...sizes } = wholeNumbers([...sizeNames, 'steps']);
const { vocabulary } = sizes;

await print(() =>
  onBackend(async (backend) => {
    const waits: number[] = [];
    const own: number[] = [];
    let stepped = 0;
    const listen = (event: RunEvent): void => {
      if (event.kind === 'step') {
        own.push(event.seconds * 1000);
        stepped = performance.now();
      }
      // The last step's is excluded, since an evaluation precedes it.
      if (event.kind === 'checkpointed' && event.step > 0 && event.step <= steps) waits.push(performance.now() - stepped);
    };
    // Beside the build output, on a disk like real runs: the system's temporary folder may be in memory.
    await runOnce('dist', pipeline(setupOf(sizes), train(steps + 1)), tokensDataset(vocabulary), {
      backend,
      listeners: [listen],
      checkpoints: { every: 1, keep: 2 },
    });
    return { checkpointMs: median(waits), ownStepMs: median(own) };
  }),
);
