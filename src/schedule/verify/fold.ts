/**
 * The fold over a schedule's stages: the open levels and what has been trained after each stage, and the sentence of the first stage that does not
 * fit. `dsl/types/fold/leaf-stage.ts` is the same for the compiler. Not here: the setup, requirements for the whole pipeline (`verify.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match, P } from 'ts-pattern';
import { factorFault } from '../bounds/alpha.js';
import { makesLayers } from '../bounds/growth.js';
import { sharedFault } from '../bounds/weights.js';
import { interpolationFault } from '../operators/interpolation.js';
import { inverseFault } from '../operators/matrices.js';
import {
  coarseLayersAndHeads,
  growFault,
  grownSizes,
  type LayersAndHeads,
  layersAndHeads,
  matricesOf,
  operatorFault,
  wayFault,
} from '../operators/operator.js';
import { printOperator } from '../print/stages.js';
import type { BranchStage, Operator, ProlongateStage, RepeatStage, ReplicasStage, RestrictStage, Setup, Stage } from '../schedule.js';
import {
  emptyArm,
  emptyBranch,
  endsElsewhere,
  everyDoesNotDivide,
  growsCoarse,
  growsInArm,
  growsInReplicas,
  growthHasNoTau,
  inStage,
  inside,
  leavesBranch,
  leavesReplicas,
  leavesTooNarrow,
  mixAndCorrection,
  noFinerLevel,
  otherStepsInRound,
  replicasHaveNoEnd,
  replicasInReplicas,
  replicasOnlyTrain,
  roundEndsElsewhere,
} from '../sentences.js';
import { growthFitFault, returnFitFault } from './fit-faults.js';
import { searchFault, tauFault, tauReturnFault } from './tau-faults.js';
import { trainFault } from './train-faults.js';
import { nothingTrained, repeated, type Trained, trainedBy } from './trained.js';

/** An open level, and the restriction that opened it. */
interface Open extends LayersAndHeads {
  readonly restriction?: RestrictStage;
}

/** The open levels, the present one first. */
type Levels = readonly [present: Open, ...finer: readonly Open[]];

/** What is known between two stages. */
interface Folding {
  readonly levels: Levels;
  readonly trained: Trained;
}

/** What is known after the stages, or the sentence of the first stage that does not fit. */
type Folded = E.Either<string, Folding>;

const same = (a: Levels, b: Levels): boolean =>
  a.length === b.length &&
  a.every(
    ({ layers, heads, loops, restriction }, level) =>
      layers === b[level]?.layers && heads === b[level]?.heads && loops === b[level]?.loops && restriction === b[level]?.restriction,
  );

/** The sentence about a prolongation that does not fit its restriction, or nothing. */
const prolongationFault = (prolongate: ProlongateStage, restriction: RestrictStage, fineLayers: number): string | undefined => {
  const factor = 'mix' in prolongate ? mixAndCorrection() : factorFault(prolongate.correction);
  if (factor !== undefined) return inside('prolongate', factor);
  return (
    searchFault(prolongate, restriction) ??
    returnFitFault(prolongate, restriction) ??
    tauReturnFault(prolongate, restriction) ??
    interpolationFault(prolongate, restriction, fineLayers) ??
    claimFault(prolongate, restriction)
  );
};

/** Only matrices of the user's own can violate R·P = I. */
const claimFault = ({ correction: { kind }, interpolation }: ProlongateStage, { operator }: RestrictStage): string | undefined =>
  interpolation === 'own' && kind !== 'correction'
    ? matricesOf(operator)
        .map((matrix) => inverseFault(kind, matrix))
        .find((fault) => fault !== undefined)
    : undefined;

/** The sentence about a restriction to a width at which Muon has no matrices, or nothing. Heads keep their size, and their share of the hidden units. */
const widthFault = (operator: Operator, fine: LayersAndHeads, { model, optimizer }: Setup): string | undefined => {
  if (optimizer.kind !== 'muon') return undefined;
  const share = coarseLayersAndHeads(operator, fine).heads / model.heads;
  if (model.width * share < 2) return leavesTooNarrow(printOperator(operator), 'width 1');
  return model.kind === 'llama' && model.hidden * share < 2 ? leavesTooNarrow(printOperator(operator), '1 hidden unit') : undefined;
};

/** Constants of the fold. */
interface Around {
  readonly setup: Setup;
  /** The number of levels that were open where the innermost branch, or replicas, began; 0 outside of them. */
  readonly base: number;
  /** Whether these are replicas, and whether any are around. */
  readonly baseOf?: 'branch' | 'replicas';
  readonly inReplicas?: boolean;
}

const leaves = ({ baseOf }: Around): ((level: number) => string) => (baseOf === 'replicas' ? leavesReplicas : leavesBranch);

const orElse = (fault: string | undefined, at: string, after: () => Folding): Folded =>
  fault === undefined ? E.right(after()) : E.left(inStage(at, fault));

const foldStage = (now: Folding, stage: Stage, at: string, around: Around): Folded => {
  const { levels, trained } = now;
  const level = levels.length - 1;
  return match(stage)
    .returnType<Folded>()
    .with({ kind: 'train' }, (train) =>
      orElse(
        around.inReplicas === true && train.until !== undefined
          ? replicasHaveNoEnd()
          : trainFault(train, { level, layers: levels[0].layers, hasTau: levels[0].restriction?.tau !== undefined }, trained, around.setup),
        at,
        () => ({
          levels,
          trained: trainedBy(train, level, trained, around.setup),
        }),
      ),
    )
    .with({ kind: 'evaluate' }, () => E.right(now))
    .with({ kind: 'restrict' }, (restriction) => {
      const [fine] = levels;
      const { operator } = restriction;
      const fault = operatorFault(operator, fine) ?? widthFault(operator, fine, around.setup) ?? tauFault(restriction);
      return orElse(fault, at, () => ({ levels: [{ ...coarseLayersAndHeads(operator, fine), restriction }, ...levels], trained }));
    })
    .with({ kind: 'prolongate' }, (prolongate) => {
      const [{ restriction }, finer, ...rest] = levels;
      if (finer === undefined || restriction === undefined) return E.left(inStage(at, noFinerLevel()));
      if (levels.length === around.base) return E.left(inStage(at, leaves(around)(around.base - 1)));
      return orElse(prolongationFault(prolongate, restriction, finer.layers), at, () => ({ levels: [finer, ...rest], trained }));
    })
    .with({ kind: 'grow' }, (grow) => {
      const { growth } = grow;
      const [present] = levels;
      const { model } = around.setup;
      if ('tau' in grow) return E.left(inStage(at, inside('grow', growthHasNoTau())));
      if (around.base > 0) return E.left(inStage(at, around.inReplicas === true ? growsInReplicas() : growsInArm()));
      if (level > 0) return E.left(inStage(at, growsCoarse(level)));
      // What holds of any network first: the compiler may know no more.
      const fault = wayFault(grow) ?? growthFitFault(grow) ?? growFault(growth, present, model.width / model.heads);
      return orElse(fault, at, () => ({
        levels: [grownSizes(growth, present)],
        trained: { ...trained, grown: trained.grown || makesLayers(growth) },
      }));
    })
    .with({ kind: 'repeat' }, (repeat) => foldRepeat(now, repeat, at, around))
    .with({ kind: 'branch' }, (branch) => foldBranch(now, branch, at, around))
    .with({ kind: 'replicas' }, (replicas) => foldReplicas(now, replicas, at, around))
    .exhaustive();
};

/** Whether nothing in the stages depends on what was trained before them. */
const isPlain = (stages: readonly Stage[]): boolean =>
  stages.every((stage) =>
    match(stage)
      .with({ kind: P.union('repeat', 'replicas') }, (holder) => isPlain(holder.stages))
      .with({ kind: 'branch' }, ({ arms }) => arms.every(isPlain))
      .with({ kind: 'train' }, ({ until, only }) => until === undefined && only === undefined)
      .with({ kind: P.union('evaluate', 'restrict', 'prolongate', 'grow') }, () => true)
      .exhaustive(),
  );

const foldRepeat = (begins: Folding, { times, stages }: RepeatStage, at: string, around: Around): Folded => {
  const plain = isPlain(stages);
  let now = begins;
  for (let pass = 1; pass <= times; pass += 1) {
    const next = foldStages(now, stages, `${at}.`, around);
    if (E.isLeft(next)) return next;
    const { levels, trained } = next.right;
    // A pass that changes no levels will not change any in the next repetition.
    if (plain && same(levels, now.levels)) return E.right({ levels, trained: repeated(now.trained, trained, times - pass) });
    now = next.right;
  }
  return E.right(now);
};

/** Every arm begins with the same levels and returns to them; what has been trained includes the arms before it. */
const foldBranch = ({ levels, trained }: Folding, { arms, shared }: BranchStage, at: string, around: Around): Folded => {
  const fault = arms.length === 0 ? emptyBranch() : sharedFault(shared, arms.length);
  if (fault !== undefined) return E.left(inStage(at, fault));
  const base = levels.length;
  let now: Folding = { levels, trained };
  for (const [index, stages] of arms.entries()) {
    const arm = index + 1;
    if (stages.length === 0) return E.left(inStage(at, emptyArm(arm)));
    const ended = foldStages(now, stages, `${at}.${arm}.`, { ...around, base, baseOf: 'branch' });
    if (E.isLeft(ended)) return ended;
    const level = ended.right.levels.length - 1;
    if (level !== base - 1) return E.left(inStage(at, endsElsewhere(arm, base - 1, level)));
    now = { levels, trained: ended.right.trained };
  }
  return E.right(now);
};

/** The sentence about training that cannot be cut into rounds, with its place, or nothing. */
const cutFault = ({ every, stages }: ReplicasStage, at: string): string | undefined => {
  for (const [index, stage] of stages.entries()) {
    // Rounds would not help these.
    if (stage.kind === 'replicas') return inStage(`${at}.${index + 1}`, replicasInReplicas());
    if (stage.kind === 'grow') return inStage(`${at}.${index + 1}`, growsInReplicas());
    if (stage.kind !== 'train') return inStage(`${at}.${index + 1}`, replicasOnlyTrain(stage.kind));
    if (stage.until !== undefined) return inStage(`${at}.${index + 1}`, replicasHaveNoEnd());
    if (stage.steps % every !== 0) return inStage(at, everyDoesNotDivide(every, stage.steps));
  }
  return undefined;
};

const stepsOf = (stages: readonly Stage[]): number => stages.reduce((sum, stage) => sum + (stage.kind === 'train' ? stage.steps : 0), 0);

/** All replicas take the same steps, in each round; what has been trained includes all of them. */
const foldReplicas = (begins: Folding, stage: ReplicasStage, at: string, around: Around): Folded => {
  const { replicas, every, rounds, stages } = stage;
  if (around.inReplicas === true) return E.left(inStage(at, replicasInReplicas()));
  const uncut = rounds === undefined ? cutFault(stage, at) : undefined;
  if (uncut !== undefined) return E.left(uncut);
  const { levels, trained } = begins;
  const ofRound = rounds === undefined ? stages.map((each) => ({ ...each, steps: every })) : stages;
  const within: Around = { ...around, base: levels.length, baseOf: 'replicas', inReplicas: true };
  const ended = foldStages(begins, ofRound, `${at}.`, within);
  if (E.isLeft(ended)) return ended;
  const level = ended.right.levels.length - 1;
  if (level !== levels.length - 1) return E.left(inStage(at, roundEndsElsewhere(levels.length - 1, level)));
  const after = ended.right.trained;
  const steps = after.steps.most - trained.steps.most;
  if (rounds !== undefined && steps !== every) return E.left(inStage(at, otherStepsInRound(steps, every)));
  const all = replicas * (rounds === undefined ? stepsOf(stages) : rounds * every);
  return E.right({ levels, trained: { ...after, steps: { least: trained.steps.least + all, most: trained.steps.most + all } } });
};

const foldStages = (begins: Folding, stages: readonly Stage[], prefix: string, around: Around): Folded => {
  let now = begins;
  for (const [index, stage] of stages.entries()) {
    const next = foldStage(now, stage, `${prefix}${index + 1}`, around);
    if (E.isLeft(next)) return next;
    now = next.right;
  }
  return E.right(now);
};

/** The level after all stages of a pipeline, or the sentence of the first one that does not fit, with its place. */
export const levelAfter = (setup: Setup, stages: readonly Stage[]): E.Either<string, number> =>
  E.map(({ levels }: Folding) => levels.length - 1)(
    foldStages({ levels: [layersAndHeads(setup.model)], trained: nothingTrained }, stages, '', { setup, base: 0 }),
  );
