/**
 * A learnt transfer (LiGO, Wang et al. 2023): the coefficients by which layers are made of layers, in double precision on the host, take steps of
 * gradient descent on the loss of the network that they make, each on the next training batch. The levels stay as they are meanwhile. Not here: the
 * derivatives (`src/transfer/learnt.ts`), the transfer that then moves the layers (`../stage-machine.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError, DeviceTensor } from '../../backend.js';
import type { Batch } from '../../data/batches.js';
import type { Fault } from '../../fault.js';
import { layerParameterName } from '../../model/parameters.js';
import { type LearningWork, learningWork } from '../../plan/work.js';
import { gridOf } from '../../schedule/grid.js';
import { isMade, weightsOf, withWeights } from '../../transfer/learnt.js';
import type { Blend, ResolvedFit, ResolvedGrowth, ResolvedProlongation, ResolvedVisit } from '../../transfer/resolved.js';
import type { FitResult } from '../events/events.js';
import { type Level, parametersOf, releaseCell } from '../levels/cell.js';
import type { RunState } from '../state/run-state.js';
import { failedWith, type Stop } from '../state/stop.js';
import { GradientSums, zeroSums } from './gradient-sums.js';
import { nextBatches } from './next-batches.js';
import { mustStop } from './stops.js';
import { batchTensor } from './trainer.js';

/** The visit with the transfer that was learnt. */
interface Learnt {
  readonly visit: ResolvedVisit;
  readonly fit?: FitResult;
}

type Learning = (ResolvedGrowth | ResolvedProlongation) & { readonly fit: ResolvedFit };

/** For each layer that is made of layers, in their order, a number for each of these. */
type Rows = readonly (readonly number[])[];

/** The loss of the network that some coefficients make, and its derivatives by them. */
interface Look {
  readonly loss: number;
  readonly slopes: Rows;
}

type Failing<A> = Promise<E.Either<BackendError | Fault, A>>;

const held = (tensors: ReadonlyMap<string, DeviceTensor>, name: string): DeviceTensor => {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`a fit asks for ${name}`);
  return tensor;
};

/** Adds the loss and the gradient of a level, as means over a batch, which comes in microbatches. */
const addGradient = async (
  run: RunState,
  { gradient: work }: LearningWork,
  level: Level,
  batches: Iterator<E.Either<Fault, Batch>>,
  sums: GradientSums,
): Failing<void> => {
  const executable = await run.programs.get(work);
  if (E.isLeft(executable)) return executable;
  const parameters = parametersOf(level);
  for (let part = 0; part < work.times; part += 1) {
    const drawn = batches.next();
    if (drawn.done === true) throw new Error('a fit has a batch for each of its steps');
    const batch = drawn.value;
    if (E.isLeft(batch)) return batch;
    const added = await sums.add(
      executable.right,
      (input, type) => (input.role === 'batch' ? batchTensor(type, input, batch.right) : held(parameters, input.name)),
      1 / work.times,
    );
    if (E.isLeft(added)) return added;
  }
  return E.right(undefined);
};

const lookAt = async (
  run: RunState,
  visit: ResolvedVisit,
  transfer: Learning,
  work: LearningWork,
  weights: Rows,
  batches: Iterator<E.Either<Fault, Batch>>,
): Failing<Look> => {
  const { stack } = run.given;
  const { store, transfers } = stack;
  const { sources, stays } = stack.about(transfer);
  const made: Blend = { ...work.made, recipes: withWeights(work.made.recipes, weights) };
  const program = await run.programs.get(work.gradient);
  if (E.isLeft(program)) return program;
  const zeros = await zeroSums(store, program.right.program);
  if (E.isLeft(zeros)) return zeros;
  const cells = await transfers.apply(made, sources);
  if (E.isLeft(cells)) return cells;
  const sums = new GradientSums(store, zeros.right);
  // The objective of a level with a tau of its own has the linear term, too.
  if (stays.tau !== undefined) sums.restart(parametersOf(stays.tau));
  const added = await addGradient(run, work, { ...gridOf(visit), ...stays, cells: cells.right }, batches, sums);
  for (const cell of cells.right) releaseCell(store, cell);
  if (E.isLeft(added)) return added;
  const loss = await store.backend.download(held(sums.sums, 'loss'))();
  if (E.isLeft(loss)) return loss;
  const slopes: (readonly number[])[] = [];
  for (const [layer, recipe] of made.recipes.entries()) {
    if (!isMade(recipe)) continue;
    const found = await transfers.slopes(made, sources, layer, (name) => held(sums.sums, layerParameterName(layer, name)));
    if (E.isLeft(found)) return found;
    slopes.push(found.right);
  }
  sums.release();
  return E.right({ loss: loss.right.data[0] ?? Number.NaN, slopes });
};

const descended = (weights: Rows, slopes: Rows, rate: number): Rows =>
  weights.map((row, layer) => row.map((weight, term) => weight - rate * (slopes[layer]?.[term] ?? Number.NaN)));

/** What is beyond the numbers of a backend, or nothing. */
const beyond = (loss: number, weights: Rows): string | undefined => {
  if (!Number.isFinite(loss)) return `the loss is ${loss}`;
  const large = weights.flat().find((weight) => !Number.isFinite(Math.fround(weight)));
  return large === undefined ? undefined : `a coefficient is ${large}`;
};

/** Before a transfer: what it learns, if it learns. */
export const learn = async (run: RunState, visit: ResolvedVisit): Promise<E.Either<Stop, Learnt>> => {
  const work = learningWork(visit);
  const { transfer } = visit;
  if (work === undefined || transfer === undefined || !('fit' in transfer) || transfer.fit === undefined) return E.right({ visit });
  const learning: Learning = { ...transfer, fit: transfer.fit };
  const { rate, steps } = transfer.fit;
  const batches = nextBatches(run, { ...work.gradient, times: steps * work.gradient.times })[Symbol.iterator]();
  const losses: number[] = [];
  let weights = weightsOf(work.made.recipes);
  for (let step = 0; step < steps; step += 1) {
    // The levels are as at the last checkpoint, from which the run then continues.
    if (mustStop(run, visit)) return E.left({ kind: 'interrupted', stage: visit.index, step: run.step });
    const look = await lookAt(run, visit, learning, work, weights, batches);
    if (E.isLeft(look)) return E.left(failedWith(look.left));
    const { loss, slopes } = look.right;
    weights = descended(weights, slopes, rate);
    losses.push(loss);
    const wrong = beyond(loss, weights);
    if (wrong !== undefined)
      return E.left(run.diverged(visit.index, run.step, `in step ${step + 1} of the fit ${wrong}, where it must be finite`, LOWER));
  }
  const layers: Blend = { ...transfer.layers, recipes: withWeights(transfer.layers.recipes, weights) };
  const [first = Number.NaN] = losses;
  const fit: FitResult = { steps, first, last: losses.at(-1) ?? first, matrix: weights };
  return E.right({ visit: { ...visit, transfer: { ...learning, layers } }, fit });
};

const LOWER = 'lower the rate of the fit';
