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
} from '../operators/operator.js';
import { printOperator } from '../print/stages.js';
import type { BranchStage, Operator, ProlongateStage, RepeatStage, RestrictStage, Setup, Stage } from '../schedule.js';
import {
  emptyArm,
  emptyBranch,
  endsElsewhere,
  growsCoarse,
  growsInArm,
  growthHasNoTau,
  inStage,
  inside,
  leavesBranch,
  leavesTooNarrow,
  mixAndCorrection,
  noFinerLevel,
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

/** The sentence about a restriction to a width at which Muon has no matrices, or nothing. Heads keep their size. */
const widthFault = (operator: Operator, fine: LayersAndHeads, { model, optimizer }: Setup): string | undefined => {
  const width = (model.width / model.heads) * coarseLayersAndHeads(operator, fine).heads;
  return optimizer.kind === 'muon' && width < 2 ? leavesTooNarrow(printOperator(operator)) : undefined;
};

/** Constants of the fold: the setup, and the number of levels that were open where the innermost branch began (0 outside branches). */
interface Around {
  readonly setup: Setup;
  readonly base: number;
}

const orElse = (fault: string | undefined, at: string, after: () => Folding): Folded =>
  fault === undefined ? E.right(after()) : E.left(inStage(at, fault));

const foldStage = (now: Folding, stage: Stage, at: string, around: Around): Folded => {
  const { levels, trained } = now;
  const level = levels.length - 1;
  return match(stage)
    .returnType<Folded>()
    .with({ kind: 'train' }, (train) =>
      orElse(
        trainFault(train, { level, layers: levels[0].layers, hasTau: levels[0].restriction?.tau !== undefined }, trained, around.setup),
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
      if (levels.length === around.base) return E.left(inStage(at, leavesBranch(around.base - 1)));
      return orElse(prolongationFault(prolongate, restriction, finer.layers), at, () => ({ levels: [finer, ...rest], trained }));
    })
    .with({ kind: 'grow' }, (grow) => {
      const { growth } = grow;
      const [present] = levels;
      const { model } = around.setup;
      if ('tau' in grow) return E.left(inStage(at, inside('grow', growthHasNoTau())));
      if (around.base > 0) return E.left(inStage(at, growsInArm()));
      if (level > 0) return E.left(inStage(at, growsCoarse(level)));
      return orElse(growFault(grow, present, model.width / model.heads) ?? growthFitFault(grow), at, () => ({
        levels: [grownSizes(growth, present)],
        trained: { ...trained, grown: trained.grown || makesLayers(growth) },
      }));
    })
    .with({ kind: 'repeat' }, (repeat) => foldRepeat(now, repeat, at, around))
    .with({ kind: 'branch' }, (branch) => foldBranch(now, branch, at, around))
    .exhaustive();
};

/** Whether nothing in the stages depends on what was trained before them. */
const isPlain = (stages: readonly Stage[]): boolean =>
  stages.every((stage) =>
    match(stage)
      .with({ kind: 'repeat' }, (repeat) => isPlain(repeat.stages))
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
const foldBranch = ({ levels, trained }: Folding, { arms, shared }: BranchStage, at: string, { setup }: Around): Folded => {
  const fault = arms.length === 0 ? emptyBranch() : sharedFault(shared, arms.length);
  if (fault !== undefined) return E.left(inStage(at, fault));
  const base = levels.length;
  let now: Folding = { levels, trained };
  for (const [index, stages] of arms.entries()) {
    const arm = index + 1;
    if (stages.length === 0) return E.left(inStage(at, emptyArm(arm)));
    const ended = foldStages(now, stages, `${at}.${arm}.`, { setup, base });
    if (E.isLeft(ended)) return ended;
    const level = ended.right.levels.length - 1;
    if (level !== base - 1) return E.left(inStage(at, endsElsewhere(arm, base - 1, level)));
    now = { levels, trained: ended.right.trained };
  }
  return E.right(now);
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
