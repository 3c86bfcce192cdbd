/**
 * The verifier: the authority on whether a schedule makes sense. It uses the compiler's sentences (`../sentences.ts`), and checks what the compiler
 * cannot: computed depths, files, every bound of the setup. Nothing that it refuses reaches a backend.
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../../fault.js';
import { decode } from '../json/schema.js';
import type { ReplicasStage, Schedule, Setup, Stage } from '../schedule.js';
import { accumulateDoesNotDivide, completePNeedsAdamw, endsCoarse, mustBe, tooManyStages, tooNarrowForMuon } from '../sentences.js';
import { levelAfter } from './fold.js';
import { modelFault } from './model-fault.js';
import { rateFault } from './train-faults.js';

/** Stages that a schedule may have once its repeats are unrolled. */
export const MOST_STAGES = 100_000;

/** Each round counts as a branch. */
const replicasCount = ({ replicas, every, rounds, stages }: ReplicasStage): number =>
  rounds === undefined
    ? stages.reduce((count, stage) => count + (stage.kind === 'train' ? (stage.steps / every) * (1 + 2 * replicas) : 0), 0)
    : rounds * (1 + replicas * (1 + unrolledCount(stages)));

/** A branch counts as its arms, plus one stage for the beginning of each and one for the merge. */
const unrolledCount = (stages: readonly Stage[]): number =>
  stages.reduce(
    (count, stage) =>
      count +
      match(stage)
        .with({ kind: 'repeat' }, ({ times, stages: inner }) => times * unrolledCount(inner))
        .with({ kind: 'replicas' }, replicasCount)
        .with({ kind: 'branch' }, ({ arms }) => arms.reduce((sum, arm) => sum + 1 + unrolledCount(arm), 1))
        .otherwise(() => 1),
    0,
  );

const wrongValue = (path: string, what: string, was: number): Fault => inputFault(mustBe(path, what, was), path);

/** Consistency of the setup's values. */
const setupFault = ({ model, data, optimizer, batch, accumulate = 1 }: Setup): Fault | undefined => {
  const rate = optimizer.learningRate;
  const wrong = modelFault(model);
  if (wrong !== undefined) return inputFault(`setup.model.${wrong.sentence}`, `setup.model.${wrong.key}`);
  if (model.parametrisation !== undefined && optimizer.kind !== 'adamw')
    return inputFault(`setup.optimizer.${completePNeedsAdamw(optimizer.kind)}`, 'setup.optimizer.kind');
  const narrow = model.width < 2 ? 'width' : model.kind === 'llama' && model.hidden < 2 ? 'hidden' : undefined;
  if (optimizer.kind === 'muon' && narrow !== undefined)
    return inputFault(`setup.model.${tooNarrowForMuon(narrow)}`, `setup.model.${narrow}`);
  if (batch % accumulate !== 0) return inputFault(`setup.${accumulateDoesNotDivide(accumulate, batch)}`, 'setup.accumulate');
  const floor = rateFault(rate, 'setup.optimizer.learningRate');
  if (floor !== undefined) return inputFault(floor, 'setup.optimizer.learningRate.floor');
  if (data.kind === 'tokens' && model.vocabulary !== undefined && model.vocabulary !== data.vocabulary) {
    return wrongValue('setup.model.vocabulary', `the data's vocabulary ${data.vocabulary}`, model.vocabulary);
  }
  return undefined;
};

/** The one value of the setup that a sentence about a stage may name. */
const EVERY = 'setup.evaluation.every';

const stageFault = (sentence: string): Fault => inputFault(sentence, sentence.includes(EVERY) ? EVERY : undefined);

const meaningFault = ({ setup, stages }: Schedule): Fault | undefined => {
  const wrong = setupFault(setup);
  if (wrong !== undefined) return wrong;
  const count = unrolledCount(stages);
  if (count > MOST_STAGES) return inputFault(tooManyStages(MOST_STAGES, count));
  const ended = levelAfter(setup, stages);
  if (E.isLeft(ended)) return stageFault(ended.left);
  return ended.right === 0 ? undefined : inputFault(endsCoarse(ended.right));
};

/**
 * Checks shape (`decode`), then meaning.
 *
 * @param value the value of `pipeline` (a schedule, or an `Invalid`), or parsed JSON.
 * @returns the same value as a schedule, or an input fault with one sentence.
 * @example
 * verify(pipeline(setup, prolongate)) // left: 'stage 1, prolongate: no finer level is open (was at level 0); put a restrict before it'
 */
export const verify = (value: unknown): E.Either<Fault, Schedule> => {
  const schedule = decode(value);
  if (E.isLeft(schedule)) return schedule;
  const fault = meaningFault(schedule.right);
  return fault === undefined ? schedule : E.left(fault);
};
