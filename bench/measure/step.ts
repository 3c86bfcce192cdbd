/**
 * Training steps on one backend: the runner's own trainer on one level. The batch is random tokens, the same at each step, like the peers',
 * so that a falling loss shows that the timed program learns.
 */
import { parseArgs } from 'node:util';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { trainingBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { Seen } from '../../src/model/level-trace.js';
import { trainingStep } from '../../src/model/training-step.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import { recomputations } from '../../src/schedule/defaults.js';
import { median } from '../median.js';
import { orUnmeasured, Unmeasured } from '../unmeasured.js';
import { childrenPeakMb, modelOf, onBackend, optimizer, peakRssMb, print, sizeNames, wholeNumbers } from './script.js';

const { steps, warmup, ...sizes } = wholeNumbers([...sizeNames, 'steps', 'warmup']);
const model = modelOf(sizes);
/** `--head whole` keeps the complete logits, with which the head in chunks is compared. */
const { values } = parseArgs({ options: { head: { type: 'string', default: 'chunks' }, recompute: { type: 'string' } }, strict: false });
const recompute = recomputations.find((each) => each === values.recompute);

await print(() =>
  onBackend(async (backend) => {
    const rewrites = new Set([...backend.capabilities.rewrites].filter((name) => values.head !== 'whole' || name !== 'headInChunks'));
    const { ranks = 1 } = backend.capabilities;
    const seen: Seen = { rewrites, recompute, ranks };
    const program = trainingStep(model, { layers: model.layers, h: 1 }, sizes.batch / ranks, optimizer, seen);
    const executable = await orUnmeasured(backend.compile(program));
    const stack = await orUnmeasured(() => LevelStack.create(backend, model, optimizer, 1));
    const trainer = new Trainer(stack.store, stack.current, optimizer);
    const batch = await orUnmeasured(TE.fromEither(trainingBatch(tokensDataset(sizes.vocabulary), { ...sizes, seed: 1, step: 0 })));
    const milliseconds: number[] = [];
    const processorMs: number[] = [];
    const losses: number[] = [];
    for (let done = 0; done < warmup + steps; done++) {
      const began = performance.now();
      const used = process.cpuUsage();
      const { loss } = await orUnmeasured(() => trainer.step([{ executable, times: 1 }], batch, optimizer.learningRate.peak));
      const { user, system } = process.cpuUsage(used);
      if (done >= warmup) {
        milliseconds.push(performance.now() - began);
        processorMs.push((user + system) / 1000);
      }
      losses.push(loss);
    }
    // Without a warm-up it may rise again.
    if (!(Math.min(...losses) < (losses[0] ?? Number.NaN)))
      throw new Unmeasured(`the loss must fall on a batch that is seen again and again (was ${losses.join(', ')})`);
    return {
      medianMs: median(milliseconds),
      minMs: Math.min(...milliseconds),
      minProcessorMs: Math.min(...processorMs),
      flops: executable.flops.matmul,
      buckets: program.nodes.filter(({ operation }) => operation === 'allReduce').length,
      peakRssMb: peakRssMb(),
      workerMb: childrenPeakMb(),
      losses,
      device: backend.capabilities.device,
      versions: { node: process.versions.node, ...backend.capabilities.versions },
    };
  }),
);
