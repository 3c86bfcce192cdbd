/**
 * The verifier: the authority on whether a schedule makes sense. It speaks the compiler's sentences (`sentences.ts`), and knows what
 * the compiler cannot: depths that are computed, files, every bound of the setup. Nothing that it refuses reaches a backend.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../fault.js';
import { alphaFault } from './alpha.js';
import { grownLayers, growthFault } from './growth.js';
import { inverseFault, placesFault } from './matrices.js';
import { coarseExtent, denseRestriction, type Extent, matricesOf, operatorFault } from './operator.js';
import type { BranchStage, ProlongateStage, RestrictStage, Schedule, Setup, Stage } from './schedule.js';
import { decode } from './schema.js';
import {
  emptyArm,
  emptyBranch,
  endsCoarse,
  endsElsewhere,
  growsCoarse,
  growsInArm,
  growthHasNoTau,
  headsDoNotDivide,
  inStage,
  inside,
  leavesBranch,
  mustBe,
  noFinerLevel,
  tooManyStages,
} from './sentences.js';
import { searchFault, tauFault, tauReturnFault } from './tau.js';
import { printGrowth } from './text/print.js';
import { trainFault } from './train-faults.js';
import { sharedFault } from './weights.js';

/** Stages that a schedule may have once its repeats are unrolled. */
export const MOST_STAGES = 100_000;

/** An open level, and the restriction that led to it. */
interface Open extends Extent {
  readonly restriction?: RestrictStage;
}

/** The open levels, the present one first. */
type Levels = readonly [present: Open, ...finer: readonly Open[]];

/** Levels after the stages, or the sentence of the first stage that does not fit. */
type Folded = E.Either<string, Levels>;

const same = (a: Levels, b: Levels): boolean =>
  a.length === b.length &&
  a.every(
    ({ layers, heads, restriction }, level) =>
      layers === b[level]?.layers && heads === b[level]?.heads && restriction === b[level]?.restriction,
  );

/** The sentence of a prolongation that does not answer its restriction, or nothing. */
const prolongationFault = (prolongate: ProlongateStage, restriction: RestrictStage, fineLayers: number): string | undefined => {
  const { correction } = prolongate;
  const alpha = correction.kind === 'correction' ? alphaFault(String(correction.alpha)) : undefined;
  if (alpha !== undefined) return inside('prolongate', alpha);
  return (
    searchFault(prolongate, restriction) ??
    tauReturnFault(prolongate, restriction) ??
    matrixReturnFault(prolongate, restriction, fineLayers)
  );
};

/** What only matrices can get wrong on the way back. */
const matrixReturnFault = (
  { correction, interpolation }: ProlongateStage,
  { operator }: RestrictStage,
  fineLayers: number,
): string | undefined => {
  const matrices = matricesOf(operator);
  if (matrices.length === 0) return undefined;
  if (interpolation === 'linear') return placesFault(denseRestriction(operator, fineLayers));
  if (interpolation !== 'own' || correction.kind !== 'total') return undefined;
  return matrices.map(inverseFault).find((fault) => fault !== undefined);
};

const orElse = (fault: string | undefined, at: string, levels: () => Levels): Folded =>
  fault === undefined ? E.right(levels()) : E.left(inStage(at, fault));

/** @param base how many levels were open where the innermost branch began; 0 outside of branches. */
const foldStage = (levels: Levels, stage: Stage, at: string, base: number): Folded =>
  match(stage)
    .returnType<Folded>()
    .with({ kind: 'train' }, () => E.right(levels))
    .with({ kind: 'restrict' }, (restriction) => {
      const [fine] = levels;
      const { operator } = restriction;
      const fault = operatorFault(operator, fine) ?? tauFault(restriction);
      return orElse(fault, at, () => [{ ...coarseExtent(operator, fine), restriction }, ...levels]);
    })
    .with({ kind: 'prolongate' }, (prolongate) => {
      const [{ restriction }, finer, ...rest] = levels;
      if (finer === undefined || restriction === undefined) return E.left(inStage(at, noFinerLevel()));
      if (levels.length === base) return E.left(inStage(at, leavesBranch(base - 1)));
      return orElse(prolongationFault(prolongate, restriction, finer.layers), at, () => [finer, ...rest]);
    })
    .with({ kind: 'grow' }, (grow) => {
      const { growth } = grow;
      const [{ layers, heads }, ...finer] = levels;
      if ('tau' in grow) return E.left(inStage(at, growthHasNoTau()));
      if (base > 0) return E.left(inStage(at, growsInArm()));
      if (finer.length > 0) return E.left(inStage(at, growsCoarse(finer.length)));
      return orElse(growthFault(growth, printGrowth(growth), layers), at, () => [{ layers: grownLayers(growth, layers), heads }]);
    })
    .with({ kind: 'repeat' }, ({ times, stages }) => {
      let now = levels;
      for (let pass = 0; pass < times; pass += 1) {
        const next = foldStages(now, stages, `${at}.`, base);
        // A pass that changes nothing will change nothing again.
        if (E.isLeft(next) || same(next.right, now)) return next;
        now = next.right;
      }
      return E.right(now);
    })
    .with({ kind: 'branch' }, (branch) => foldBranch(levels, branch, at))
    .exhaustive();

/** Every arm begins with the same levels and comes back to them. */
const foldBranch = (levels: Levels, { arms, shared }: BranchStage, at: string): Folded => {
  const fault = arms.length === 0 ? emptyBranch() : sharedFault(shared, arms.length);
  if (fault !== undefined) return E.left(inStage(at, fault));
  const base = levels.length;
  for (const [index, stages] of arms.entries()) {
    const arm = index + 1;
    if (stages.length === 0) return E.left(inStage(at, emptyArm(arm)));
    const ended = foldStages(levels, stages, `${at}.${arm}.`, base);
    if (E.isLeft(ended)) return ended;
    const level = ended.right.length - 1;
    if (level !== base - 1) return E.left(inStage(at, endsElsewhere(arm, base - 1, level)));
  }
  return E.right(levels);
};

const foldStages = (levels: Levels, stages: readonly Stage[], prefix: string, base: number): Folded => {
  let now = levels;
  for (const [index, stage] of stages.entries()) {
    const next = foldStage(now, stage, `${prefix}${index + 1}`, base);
    if (E.isLeft(next)) return next;
    now = next.right;
  }
  return E.right(now);
};

/** A branch counts as its arms, with one stage more for the beginning of each and one for the merge. */
const unrolledCount = (stages: readonly Stage[]): number =>
  stages.reduce(
    (count, stage) =>
      count +
      match(stage)
        .with({ kind: 'repeat' }, ({ times, stages: inner }) => times * unrolledCount(inner))
        .with({ kind: 'branch' }, ({ arms }) => arms.reduce((sum, arm) => sum + 1 + unrolledCount(arm), 1))
        .otherwise(() => 1),
    0,
  );

/** What the setup's values say about each other. */
const setupFault = ({ model, data, optimizer }: Setup): string | undefined => {
  const rate = optimizer.learningRate;
  if (model.width % model.heads !== 0) return inside('setup.model', headsDoNotDivide(model.heads, model.width));
  if (rate.kind !== 'constant' && rate.floor > rate.peak) {
    return mustBe('setup.optimizer.learningRate.floor', `at most the peak ${rate.peak}`, rate.floor);
  }
  if (data.kind === 'tokens' && model.vocabulary !== undefined && model.vocabulary !== data.vocabulary) {
    return mustBe('setup.model.vocabulary', `the data's vocabulary ${data.vocabulary}`, model.vocabulary);
  }
  return undefined;
};

const meaningFault = (schedule: Schedule): string | undefined => {
  const { setup, stages } = schedule;
  const wrong = setupFault(setup);
  if (wrong !== undefined) return wrong;
  const count = unrolledCount(stages);
  if (count > MOST_STAGES) return tooManyStages(MOST_STAGES, count);
  const folded = foldStages([setup.model], stages, '', 0);
  if (E.isLeft(folded)) return folded.left;
  const level = folded.right.length - 1;
  return level === 0 ? trainFault(schedule) : endsCoarse(level);
};

/**
 * Checks shape (`decode`), then meaning.
 *
 * @param value what came in: what `pipeline` gave (a schedule, or an `Invalid`), or parsed JSON.
 * @returns the same value as a schedule, or an input fault with one sentence.
 * @example
 * verify(pipeline(setup, prolongate)) // left: 'stage 1, prolongate: no finer level is open (was at level 0); put a restrict before it'
 */
export const verify = (value: unknown): E.Either<Fault, Schedule> =>
  pipe(
    decode(value),
    E.chain((schedule) => {
      const fault = meaningFault(schedule);
      return fault === undefined ? E.right(schedule) : E.left(inputFault(fault));
    }),
  );
