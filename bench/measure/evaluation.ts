/** Evaluations on one backend: the runner's own, of one batch of random tokens at a time. Not here: training steps (`step.ts`). */
import { parseArgs } from 'node:util';
import { trainingBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { evaluation } from '../../src/model/level-programs.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import { median } from '../median.js';
import { orUnmeasured } from '../unmeasured.js';
import { modelOf, onBackend, optimizer, peakRssMb, print, sizeNames, wholeNumbers } from './script.js';

const { steps, warmup, ...sizes } = wholeNumbers([...sizeNames, 'steps', 'warmup']);
const model = modelOf(sizes);
/** `--head whole` keeps the complete logits, with which the head in chunks is compared. */
const { values } = parseArgs({ options: { head: { type: 'string', default: 'chunks' } }, strict: false });

await print(() =>
  onBackend(async (backend) => {
    const rewrites = new Set([...backend.capabilities.rewrites].filter((name) => values.head !== 'whole' || name !== 'headInChunks'));
    const program = evaluation(model, { layers: model.layers, h: 1 }, sizes.batch, { rewrites });
    const executable = await orUnmeasured(backend.compile(program));
    const stack = await orUnmeasured(() => LevelStack.create(backend, model, optimizer, 1));
    const trainer = new Trainer(stack.store, stack.current, optimizer);
    const batch = trainingBatch(tokensDataset(sizes.vocabulary), { ...sizes, seed: 1, step: 0 });
    const milliseconds: number[] = [];
    let loss = Number.NaN;
    for (let done = 0; done < warmup + steps; done++) {
      const began = performance.now();
      loss = await orUnmeasured(() => trainer.evaluate(executable, [batch]));
      if (done >= warmup) milliseconds.push(performance.now() - began);
    }
    return {
      medianMs: median(milliseconds),
      minMs: Math.min(...milliseconds),
      flops: executable.flops.matmul,
      peakRssMb: peakRssMb(),
      loss,
      device: backend.capabilities.device,
      versions: { node: process.versions.node, ...backend.capabilities.versions },
    };
  }),
);
