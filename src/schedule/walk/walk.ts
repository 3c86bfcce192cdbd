/**
 * The walk: a schedule's stages in the order of execution, repeats unrolled and arms one after the other, each with the level that it leads to. For
 * verified schedules (`../verify/verify.ts`), whose transfers all fit and whose length is bounded. Not here: costs (`src/plan`), running.
 */
import { match, P } from 'ts-pattern';
import { makesLayers, newLayers } from '../bounds/growth.js';
import { depthOf, firstGrid, type Grid, gridOf } from '../grid.js';
import { coarseLayersAndHeads, grownSizes } from '../operators/operator.js';
import { printShared, printStage } from '../print/stages.js';
import type { BranchStage, RepeatStage, ReplicasStage, Schedule, SharedPolicy, Stage } from '../schedule.js';
import { type InReplica, type Round, roundsOf } from './replicas.js';
import { batchPart, type StepPart, setupPart, stepPart } from './step-part.js';

/** An arm of a branch begins: the level gets the state with which the branch began. */
export interface ArmStart {
  readonly kind: 'arm';
  /** 1, 2, … */
  readonly arm: number;
  readonly arms: number;
  readonly shared: SharedPolicy;
  /** For a replica, which begins with the merged weights and its own moments. */
  readonly round?: Round;
}

/** The last arm of a branch, or of a round of replicas, has ended: the arms are merged. */
export interface Merge {
  readonly kind: 'merge';
  readonly arms: number;
  readonly shared: SharedPolicy;
  /** For replicas, which are merged by an outer optimizer. */
  readonly round?: Round;
}

/** What is executed: a stage that contains no others, or what a branch does between its arms. */
export type LeafStage = Exclude<Stage, RepeatStage | BranchStage | ReplicasStage> | ArmStart | Merge;

/** A stage that is executed, with its place in the schedule. */
export interface Placed extends InReplica {
  readonly stage: LeafStage;
  /**
   * As sentences say it (`../sentences.ts`): `2.1` in each pass of a repeat, and in each replica and round; an arm's beginning is `2.3`, a merge its
   * branch, `2`, and so is the beginning of a replica.
   */
  readonly at: string;
}

/** A stage when it is executed; level, layers and h are those after it. */
export interface Visit extends Grid, StepPart, Placed {
  readonly index: number;
  /** The stage's canonical text; `arm 1 of 2`, `replica 1 of 4` and `merge(average)` for what a branch and replicas do. */
  readonly op: string;
  readonly from: Grid;
  /** The number of enclosing branches and replicas, including its own for the beginning of an arm and for a merge. */
  readonly branches: number;
  /** Training steps of the run before this stage, those of all replicas. */
  readonly firstStep: number;
  /**
   * How many of these were taken at the same time as others, by other replicas: batches and learning rates count without them. Absent where there are
   * none.
   */
  readonly beside?: number;
  /** For a prolongation, the index of its restriction; for a merge, and for every arm but the first, that of its branch's first arm. */
  readonly opener?: number;
  /** Whether the level after this stage has a tau correction. */
  readonly hasTau: boolean;
  /** For a restriction: its prolongation has a line search, and so may take back what the shared layers learnt. */
  readonly searched: boolean;
  /**
   * Training steps between the last transfer (another arm's beginning is one) and this stage; undefined where nothing was trained before it, or there
   * was no transfer.
   */
  readonly sinceTransfer: number | undefined;
}

/** The stages without their repeats, branches and replicas, lazily. @param first the place of the first of them. */
export function* unrolled(stages: readonly Stage[], prefix = '', first = 1): Generator<Placed> {
  for (const [index, stage] of stages.entries()) {
    const at = `${prefix}${index + first}`;
    if (stage.kind === 'repeat') for (let pass = 0; pass < stage.times; pass += 1) yield* unrolled(stage.stages, `${at}.`);
    else if (stage.kind === 'branch') yield* armByArm(stage, at);
    else if (stage.kind === 'replicas') yield* roundByRound(stage, at);
    else yield { stage, at };
  }
}

function* armByArm({ arms, shared }: BranchStage, branch: string): Generator<Placed> {
  for (const [index, stages] of arms.entries()) {
    const at = `${branch}.${index + 1}`;
    yield { stage: { kind: 'arm', arm: index + 1, arms: arms.length, shared }, at };
    yield* unrolled(stages, `${at}.`);
  }
  yield { stage: { kind: 'merge', arms: arms.length, shared }, at: branch };
}

function* roundByRound(stage: ReplicasStage, at: string): Generator<Placed> {
  const { replicas, outer } = stage;
  const rounds = roundsOf(stage);
  for (const [index, stages] of rounds.entries()) {
    const round = { round: index + 1, rounds: rounds.length, steps: stage.every, outer };
    const merged = { arms: replicas, shared: { kind: 'average' }, round } as const;
    for (let replica = 0; replica < replicas; replica += 1) {
      yield { stage: { kind: 'arm', arm: replica + 1, ...merged }, at };
      for (const { stage: inner, place, within } of stages)
        for (const placed of unrolled([inner], `${at}.`, place))
          yield { ...placed, replica: { index: replica, of: replicas }, ...(within === undefined ? {} : { within }) };
    }
    yield { stage: { kind: 'merge', ...merged }, at };
  }
}

/** Whether a branch, or replicas, begin with it. */
export const opensBranch = (stage: LeafStage): boolean =>
  stage.kind === 'arm' && stage.arm === 1 && (stage.round === undefined || stage.round.round === 1);

/** Whether a branch, or replicas, end with it. */
export const closesBranch = (stage: LeafStage): boolean =>
  stage.kind === 'merge' && (stage.round === undefined || stage.round.round === stage.round.rounds);

export const printLeaf = (stage: LeafStage): string => {
  if (stage.kind === 'arm') return `${stage.round === undefined ? 'arm' : 'replica'} ${stage.arm} of ${stage.arms}`;
  if (stage.kind !== 'merge') return printStage(stage);
  return `merge(${stage.round?.outer.kind ?? printShared(stage.shared)})`;
};

/** Whether it changes the network: a single arm continues where its branch began, and its merge changes nothing. */
export const changes = (stage: LeafStage): boolean =>
  match(stage)
    .with({ kind: P.union('train', 'evaluate') }, () => false)
    .with({ kind: 'arm' }, ({ arm }) => arm > 1)
    .with({ kind: 'merge' }, ({ arms, round }) => arms > 1 || round !== undefined)
    .with({ kind: P.union('restrict', 'prolongate', 'grow') }, () => true)
    .exhaustive();

/** The width of this many heads, which keep their size. */
const headsWide = (from: Grid, heads: number): number => (from.width / from.heads) * heads;

/**
 * @returns one visit for each executed stage.
 * @example
 * walk(pipeline(setup, restrict(even), train(40), prolongate)).map(({ op, level, h }) => [op, level, h])
 * // [['restrict(even)', 1, 2], ['train(40)', 1, 2], ['prolongate', 0, 1]]
 */
export const walk = (schedule: Schedule): readonly Visit[] => {
  const visits: Visit[] = [];
  const finer: { readonly grid: Grid; readonly tau: boolean; readonly visit: number }[] = [];
  let tau = false;
  const searched = new Set<number>();
  let here = firstGrid(schedule.setup.model);
  let firstStep = 0;
  const branches: number[] = [];
  let beside = 0;
  let transferredAt: number | undefined;
  /** Where the present round of replicas began. */
  let roundTransferredAt: number | undefined;
  let made: () => readonly number[] = () => [];
  for (const { stage, at, ...place } of unrolled(schedule.stages)) {
    const from = here;
    const begins = firstStep;
    let opener = stage.kind === 'arm' || stage.kind === 'merge' ? branches.at(-1) : undefined;
    match(stage)
      .with({ kind: 'train' }, ({ steps }) => {
        firstStep += steps;
      })
      .with({ kind: 'restrict' }, ({ operator, h, tau: corrected }) => {
        finer.push({ grid: from, tau, visit: visits.length });
        tau = corrected !== undefined;
        const { layers, heads } = coarseLayersAndHeads(operator, from);
        const scale = h === 'keep' || layers === from.layers ? 1 : from.layers / layers;
        here = { ...from, level: from.level + 1, layers, heads, width: headsWide(from, heads), h: from.h * scale };
      })
      .with({ kind: 'prolongate' }, ({ lineSearch }) => {
        const back = finer.pop();
        opener = back?.visit;
        here = back?.grid ?? from;
        tau = back?.tau ?? false;
        if (lineSearch !== undefined && back !== undefined) searched.add(back.visit);
      })
      .with({ kind: 'grow' }, ({ growth, h }) => {
        if (makesLayers(growth)) made = () => newLayers(growth, from.layers);
        const sizes = grownSizes(growth, from);
        // A network without layers has no flow whose length could be kept.
        const scale = h === 'keep' || from.layers === 0 ? 1 : depthOf(sizes) / depthOf(from);
        here = gridOf({ ...from, ...sizes, width: headsWide(from, sizes.heads), h: from.h / scale });
      })
      // Each arm returns to the level on which the branch began.
      .with({ kind: 'arm' }, (start) => {
        if (opensBranch(start)) {
          opener = undefined;
          branches.push(visits.length);
        }
        if (start.round === undefined) return;
        // Replicas take their steps at the same time.
        if (start.arm === 1) roundTransferredAt = transferredAt;
        else beside += start.round.steps;
        transferredAt = roundTransferredAt;
      })
      .with({ kind: P.union('evaluate', 'merge') }, () => undefined)
      .exhaustive();
    const clock = begins - beside;
    // Replicas and their merges do not warm up again: a round continues where the last one ended.
    const inRounds = 'round' in stage && stage.round !== undefined;
    if (changes(stage) && !inRounds && clock > 0) transferredAt = clock;
    const sinceTransfer = transferredAt === undefined ? undefined : clock - transferredAt;
    const part = stage.kind === 'train' ? stepPart(stage, here, made) : {};
    const batch = stage.kind === 'train' ? batchPart(stage, schedule.setup) : setupPart(schedule.setup);
    visits.push({
      index: visits.length,
      stage,
      at,
      op: printLeaf(stage),
      ...here,
      from,
      branches: branches.length,
      ...(opener === undefined ? {} : { opener }),
      firstStep: begins,
      ...(beside === 0 ? {} : { beside }),
      ...place,
      sinceTransfer,
      ...part,
      ...batch,
      hasTau: tau,
      searched: false,
    });
    if (closesBranch(stage)) branches.pop();
  }
  return visits.map((visit) => (searched.has(visit.index) ? { ...visit, searched: true } : visit));
};
