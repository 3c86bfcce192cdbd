/**
 * Training steps on one backend: the runner's own trainer over one level. The batch is random tokens, the same at each step, as the
 * peers have it, so that a falling loss shows that what was timed learns.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError, Executable } from '../../src/backend.js';
import { trainingBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { type Fault, runFault } from '../../src/fault.js';
import { trainingStep } from '../../src/model/training-step.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import { median } from '../median.js';
import { modelOf, onBackend, optimizer, peakRssMb, print, sizeNames, wholeNumbers } from './script.js';

const { steps, warmup, ...sizes } = wholeNumbers([...sizeNames, 'steps', 'warmup']);
const model = modelOf(sizes);

interface Timed {
  readonly milliseconds: readonly number[];
  readonly losses: readonly number[];
}

const time = async (executable: Executable, trainer: Trainer): Promise<E.Either<BackendError | Fault, Timed>> => {
  const batch = trainingBatch(tokensDataset(sizes.vocabulary), { ...sizes, seed: 1, step: 0 });
  if (E.isLeft(batch)) return batch;
  const milliseconds: number[] = [];
  const losses: number[] = [];
  for (let done = 0; done < warmup + steps; done++) {
    const began = performance.now();
    const result = await trainer.step({ kind: 'whole', step: executable }, batch.right, optimizer.learningRate.peak);
    if (E.isLeft(result)) return result;
    if (done >= warmup) milliseconds.push(performance.now() - began);
    losses.push(result.right.loss);
  }
  return E.right({ milliseconds, losses });
};

const learned = ({ losses }: Timed): boolean => (losses.at(-1) ?? Number.NaN) < (losses[0] ?? Number.NaN);

const measured = (backend: Backend): TE.TaskEither<BackendError | Fault, object> =>
  pipe(
    TE.Do,
    TE.bind('executable', () => backend.compile(trainingStep(model, { layers: model.layers, h: 1 }, sizes.batch, optimizer))),
    TE.bindW('stack', () => () => LevelStack.create(backend, model, optimizer, 1)),
    TE.bind(
      'timed',
      ({ executable, stack }) =>
        () =>
          time(executable, new Trainer(stack.store, stack.current, optimizer)),
    ),
    TE.filterOrElseW(
      ({ timed }) => learned(timed),
      ({ timed }) => runFault(`the loss must fall on a batch that is seen again and again (was ${timed.losses.join(', ')})`),
    ),
    TE.map(({ executable, timed }) => ({
      medianMs: median(timed.milliseconds),
      minMs: Math.min(...timed.milliseconds),
      flops: executable.flops.matmul,
      peakRssMb: peakRssMb(),
      losses: timed.losses,
      device: backend.capabilities.device,
      versions: { node: process.versions.node, ...backend.capabilities.versions },
    })),
  );

await print(onBackend(measured));
