/**
 * A transfer, resolved once: the meaning of a stage of a verified schedule for a number of layers and a width, as matrices, recipes and policies. The
 * plan costs it, the runner executes it, tables count it, and a run that stops is closed by it. The verifier, the compiler's types and the laws
 * (`src/laws/follow.ts`) do not use it: they check it independently. Not here: tensors and programs (`recipe-programs.ts`).
 */
import { match, P } from 'ts-pattern';
import { defaults } from '../schedule/defaults.js';
import { type Grid, gridKey } from '../schedule/grid.js';
import type { Fit, GrowStage, MomentsPolicy, ProlongateStage, RestrictStage, Schedule } from '../schedule/schedule.js';
import { closing } from '../schedule/walk/closing.js';
import type { Round } from '../schedule/walk/replicas.js';
import { type Visit, walk } from '../schedule/walk/walk.js';
import { ArmContents } from './branch-merges.js';
import { identity } from './layer-matrix.js';
import type { LevelWidth } from './layer-tensor.js';
import { isMade, openRecipes } from './learnt.js';
import { type MergeRecipes, mergeMoments } from './merge.js';
import { carried, momentsTransfer } from './moments.js';
import { groupingsOf, prolongationOf, type Transfer, transferOf } from './operators.js';
import { gradientRecipes, growthRecipes, prolongationRecipes, type Recipe, restrictionRecipes } from './recipe.js';
import type {
  Blend,
  ResolvedFit,
  ResolvedGrowth,
  ResolvedMerge,
  ResolvedOuter,
  ResolvedProlongation,
  ResolvedRestriction,
  ResolvedTransfer,
  ResolvedVisit,
} from './resolved.js';
import type { Resizing } from './width.js';

/** The shared layers, as a transfer over layers sees them: a single layer that moves and returns. */
const one = identity(1);

const widthOf = ({ heads, width }: LevelWidth): LevelWidth => ({ heads, width });

/** @param wide the wider level. */
const resizingOf = (direction: Resizing['direction'], transfer: Transfer, wide: LevelWidth, policy: MomentsPolicy): Resizing => ({
  direction,
  groupings: groupingsOf(transfer),
  headSize: wide.width / wide.heads,
  rescale: policy === 'rescale',
});

/** What is learnt: nothing on no steps, nor where no layer is made of others. */
const fitOf = (fit: Fit | undefined, recipes: readonly Recipe[], at: LevelWidth): { readonly fit?: ResolvedFit } =>
  fit === undefined || fit.steps === 0 || !recipes.some(isMade)
    ? {}
    : { fit: { ...fit, parameters: { of: 'parameters', recipes, moments: carried, at } } };

/** @param sources the number of layers that the recipes may read. */
const learnable = (fit: Fit | undefined, recipes: readonly Recipe[], sources: number): readonly Recipe[] =>
  fit === undefined || fit.steps === 0 ? recipes : openRecipes(recipes, sources);

export const resolveRestriction = (
  stage: RestrictStage,
  from: Grid,
  to: Pick<Grid, 'layers' | 'h' | 'loops'>,
  keepsShared = false,
): ResolvedRestriction => {
  const transfer = transferOf(stage.operator, from.layers);
  const at = widthOf(from);
  // The step size does not scale the shared layers.
  const shared: Blend = { of: 'shared', recipes: restrictionRecipes(one), moments: momentsTransfer(stage, from, from), at };
  const resizing = resizingOf('narrow', transfer, from, stage.moments);
  const gradient: Blend = { of: 'parameters', recipes: gradientRecipes(transfer.prolongation), moments: carried, at };
  return {
    kind: 'restrict',
    transfer,
    layers: { of: 'layers', recipes: restrictionRecipes(transfer.restriction), moments: momentsTransfer(stage, from, to), at },
    ...(transfer.narrowing === 1 ? {} : { width: { shared, resizing, at, cells: { layers: to.layers, shared: 1 } } }),
    ...(stage.tau === undefined ? {} : { tau: { batches: stage.tau.batches, gradient } }),
    keepsShared,
  };
};

/** @param transfer the transfer of the matching restriction. */
export const resolveProlongation = (stage: ProlongateStage, from: Grid, to: Grid, transfer: Transfer): ResolvedProlongation => {
  const { correction, interpolation, lineSearch, fit } = stage;
  const at = widthOf(to);
  const corrects = correction.kind === 'correction';
  const times = corrects ? 2 : 1;
  const given = prolongationRecipes(prolongationOf(interpolation, transfer), transfer.restriction, correction);
  const recipes = learnable(fit, given, from.layers);
  const shared: Blend = {
    of: 'shared',
    recipes: prolongationRecipes(one, one, correction),
    moments: momentsTransfer(stage, from, from),
    at,
  };
  const resizing = resizingOf('widen', transfer, to, stage.moments);
  // Moments of the shared layers move with their weights' step.
  const step: Blend = { of: 'shared', recipes: [{ kind: 'correct', share: 1, terms: [{ column: 0, weight: 1 }] }], moments: carried, at };
  return {
    kind: 'prolongate',
    layers: { of: 'layers', recipes, moments: momentsTransfer(stage, from, to), at },
    ...(transfer.narrowing === 1 ? {} : { width: { shared, resizing, at, cells: { layers: times * from.layers, shared: times } } }),
    corrects,
    ...(lineSearch === undefined ? {} : { search: { ...lineSearch, alpha: corrects ? correction.alpha : 1, shared: step } }),
    ...fitOf(fit, recipes, at),
  };
};

/** What a growth of the width does beside taking the layers. */
const widthGrowthOf = ({ growth, way, ...stage }: GrowStage, from: Grid, to: LevelWidth): Pick<ResolvedGrowth, 'width'> => {
  if (growth.kind !== 'width') return {};
  const { factor, pairing = 'neighbours' } = growth;
  const moments = momentsTransfer(stage, from, from);
  return {
    width: {
      shared: { of: 'shared', recipes: restrictionRecipes(one), moments, at: widthOf(from) },
      widening: {
        way: way ?? defaults.width.way,
        grouping: { factor, pairing },
        headSize: from.width / from.heads,
        policy: moments.policy,
      },
      at: widthOf(to),
      cells: { layers: from.layers, shared: 1 },
    },
  };
};

export const resolveGrowth = (stage: GrowStage, from: Grid, to: Pick<Grid, 'h' | 'loops' | 'heads' | 'width'>): ResolvedGrowth => {
  const at = widthOf(from);
  const recipes = learnable(stage.fit, growthRecipes(stage.growth, from.layers), from.layers);
  return {
    kind: 'grow',
    layers: { of: 'layers', recipes, moments: momentsTransfer(stage, from, to), at },
    ...widthGrowthOf(stage, from, to),
    ...fitOf(stage.fit, recipes, at),
  };
};

const resolveMerge = ({ layers, shared }: MergeRecipes, here: Grid): ResolvedMerge => ({
  kind: 'merge',
  layers: { of: 'layers', recipes: layers, moments: mergeMoments, at: widthOf(here) },
  shared: { of: 'shared', recipes: [shared], moments: mergeMoments, at: widthOf(here) },
});

/** Resolves visit after visit. Equal meanings are the same object: a repeated cycle is resolved, and costed, once. */
class Resolver {
  readonly #visits: ResolvedVisit[] = [];
  readonly #known = new Map<string, ResolvedRestriction | ResolvedGrowth>();
  readonly #answers = new Map<ResolvedRestriction, Map<string, ResolvedProlongation>>();
  readonly #merges = new Map<string, ResolvedMerge>();
  readonly #outers = new Map<string, ResolvedOuter>();
  #arms: ArmContents | undefined;

  get visits(): readonly ResolvedVisit[] {
    return this.#visits;
  }

  add(visit: Visit): void {
    const { stage } = visit;
    if (stage.kind === 'arm' && stage.round === undefined) this.#arms ??= new ArmContents(visit);
    const transfer = match(stage)
      .returnType<ResolvedTransfer | undefined>()
      .with({ kind: P.union('train', 'evaluate', 'arm') }, () => undefined)
      .with({ kind: 'restrict' }, (restrict) => this.#once(visit, () => resolveRestriction(restrict, visit.from, visit, visit.searched)))
      .with({ kind: 'grow' }, (grow) => this.#once(visit, () => resolveGrowth(grow, visit.from, visit)))
      .with({ kind: 'prolongate' }, (prolongate) => this.#prolongation(prolongate, visit))
      .with({ kind: 'merge' }, (merge) =>
        merge.round === undefined
          ? this.#merge(this.#arms?.merge(merge.shared, visit.level), visit)
          : this.#outer(merge.arms, merge.round, visit),
      )
      .exhaustive();
    this.#arms?.see(visit, transfer);
    if (this.#arms?.ended === true) this.#arms = undefined;
    this.#visits.push(transfer === undefined ? visit : { ...visit, transfer });
  }

  #once<T extends ResolvedRestriction | ResolvedGrowth>({ op, from, searched }: Visit, made: () => T): T {
    const key = `${gridKey(from)} ${searched} ${op}`;
    // The key contains the stage's canonical text, so that the value has the kind of the stage.
    const known = (this.#known.get(key) as T | undefined) ?? made();
    this.#known.set(key, known);
    return known;
  }

  #prolongation(stage: ProlongateStage, visit: Visit): ResolvedProlongation {
    const opened = this.#visits[visit.opener ?? -1]?.transfer;
    if (opened?.kind !== 'restrict') throw new Error('a verified prolongation answers a restriction');
    const answers = this.#answers.get(opened) ?? new Map<string, ResolvedProlongation>();
    const known = answers.get(visit.op) ?? resolveProlongation(stage, visit.from, visit, opened.transfer);
    this.#answers.set(opened, answers.set(visit.op, known));
    return known;
  }

  #merge(recipes: MergeRecipes | undefined, visit: Visit): ResolvedMerge {
    if (recipes === undefined) throw new Error('a merge ends a branch');
    const key = `${gridKey(visit)} ${JSON.stringify(recipes)}`;
    const known = this.#merges.get(key) ?? resolveMerge(recipes, visit);
    this.#merges.set(key, known);
    return known;
  }

  #outer(replicas: number, { outer, round, rounds }: Round, { layers, heads, width }: Visit): ResolvedOuter {
    const made: ResolvedOuter = { kind: 'outer', step: { replicas, outer, last: round === rounds }, at: { layers, heads, width } };
    const key = JSON.stringify(made);
    const known = this.#outers.get(key) ?? made;
    this.#outers.set(key, known);
    return known;
  }
}

/**
 * The visits of a walk with their transfers.
 *
 * @param visits from the beginning of a verified schedule.
 * @example
 * // over 4 layers: restrict(even) >> train(1) >> prolongate
 * resolveVisits(walk(schedule)).at(-1)?.transfer?.layers.recipes // take 0, keep, take 1, keep
 */
export const resolveVisits = (visits: readonly Visit[]): readonly ResolvedVisit[] => {
  const resolver = new Resolver();
  for (const visit of visits) resolver.add(visit);
  return resolver.visits;
};

/** The resolved visits of a verified schedule. */
export const resolve = (schedule: Schedule): readonly ResolvedVisit[] => resolveVisits(walk(schedule));

/** The visits that would close a schedule after its first visits (`closing`), resolved. */
export const resolvedClosing = (visits: readonly Visit[]): readonly ResolvedVisit[] =>
  resolveVisits([...visits, ...closing(visits)]).slice(visits.length);
