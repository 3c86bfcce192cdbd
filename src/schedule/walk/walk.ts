/**
 * The walk: a schedule's stages in the order of execution, repeats unrolled and arms one after the other, each with the level that it leads to. For
 * verified schedules (`../verify/verify.ts`), whose transfers all fit and whose length is bounded. Not here: costs (`src/plan`), running.
 */
import { match, P } from 'ts-pattern';
import { makesLayers, newLayers } from '../bounds/growth.js';
import { depthOf, firstGrid, type Grid, gridOf } from '../grid.js';
import { coarseLayersAndHeads, grownSizes } from '../operators/operator.js';
import { printShared, printStage } from '../print/stages.js';
import type { BranchStage, RepeatStage, Schedule, SharedPolicy, Stage } from '../schedule.js';
import { batchPart, type StepPart, setupPart, stepPart } from './step-part.js';

/** An arm of a branch begins: the level gets the state with which the branch began. */
export interface ArmStart {
  readonly kind: 'arm';
  /** 1, 2, … */
  readonly arm: number;
  readonly arms: number;
  readonly shared: SharedPolicy;
}

/** The last arm of a branch has ended: the arms are merged. */
export interface Merge {
  readonly kind: 'merge';
  readonly arms: number;
  readonly shared: SharedPolicy;
}

/** What is executed: a stage that contains no others, or what a branch does between its arms. */
export type LeafStage = Exclude<Stage, RepeatStage | BranchStage> | ArmStart | Merge;

/** A stage that is executed, with its place in the schedule. */
export interface Placed {
  readonly stage: LeafStage;
  /** As sentences say it (`../sentences.ts`): `2.1` in each pass of a repeat; an arm's beginning is `2.3`, a merge its branch, `2`. */
  readonly at: string;
}

/** A stage when it is executed; level, layers and h are those after it. */
export interface Visit extends Grid, StepPart, Placed {
  readonly index: number;
  /** The stage's canonical text; `arm 1 of 2` and `merge(average)` for what a branch does. */
  readonly op: string;
  readonly from: Grid;
  /** The number of enclosing branches, including its own for the beginning of an arm and for a merge. */
  readonly branches: number;
  /** Training steps of the run before this stage. */
  readonly firstStep: number;
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

/** The stages without their repeats and branches, lazily. */
export function* unrolled(stages: readonly Stage[], prefix = ''): Generator<Placed> {
  for (const [index, stage] of stages.entries()) {
    const at = `${prefix}${index + 1}`;
    if (stage.kind === 'repeat') for (let pass = 0; pass < stage.times; pass += 1) yield* unrolled(stage.stages, `${at}.`);
    else if (stage.kind === 'branch') yield* armByArm(stage, at);
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

export const printLeaf = (stage: LeafStage): string => {
  if (stage.kind === 'arm') return `arm ${stage.arm} of ${stage.arms}`;
  return stage.kind === 'merge' ? `merge(${printShared(stage.shared)})` : printStage(stage);
};

/** Whether it changes the network: a single arm continues where its branch began, and its merge changes nothing. */
export const changes = (stage: LeafStage): boolean =>
  match(stage)
    .with({ kind: P.union('train', 'evaluate') }, () => false)
    .with({ kind: 'arm' }, ({ arm }) => arm > 1)
    .with({ kind: 'merge' }, ({ arms }) => arms > 1)
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
  let transferredAt: number | undefined;
  let made: () => readonly number[] = () => [];
  for (const { stage, at } of unrolled(schedule.stages)) {
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
      .with({ kind: 'arm' }, ({ arm }) => {
        if (arm > 1) return;
        opener = undefined;
        branches.push(visits.length);
      })
      .with({ kind: P.union('evaluate', 'merge') }, () => undefined)
      .exhaustive();
    if (changes(stage) && begins > 0) transferredAt = begins;
    const sinceTransfer = transferredAt === undefined ? undefined : begins - transferredAt;
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
      sinceTransfer,
      ...part,
      ...batch,
      hasTau: tau,
      searched: false,
    });
    if (stage.kind === 'merge') branches.pop();
  }
  return visits.map((visit) => (searched.has(visit.index) ? { ...visit, searched: true } : visit));
};
