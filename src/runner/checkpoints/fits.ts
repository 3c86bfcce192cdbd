/**
 * Whether a checkpoint is a state of its run's schedule: its position, its levels and branches, the shape of every tensor. A forged checkpoint is
 * rejected here, whatever its checksum says. Not here: its file (`checkpoint.ts`), the events before it (`../run-history.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { tensorsOf } from '../../model/cell-tensors.js';
import type { SizedModel } from '../../model/family.js';
import { layerParameterName } from '../../model/parameters.js';
import { firstGrid, type Grid, gridKey, gridOf } from '../../schedule/grid.js';
import type { Schedule } from '../../schedule/schedule.js';
import { armsBegun, openAfter, roundBegun } from '../../schedule/walk/closing.js';
import type { ArmStart } from '../../schedule/walk/walk.js';
import { type LayerTensor, parameterTensors } from '../../transfer/layer-tensor.js';
import { hasMomentum } from '../../transfer/outer.js';
import { resolve } from '../../transfer/resolve.js';
import type { ResolvedRestriction, ResolvedVisit } from '../../transfer/resolved.js';
import { armPrefix, levelPrefix, momentumPrefix, restrictedPrefix, startPrefix, tauPrefix, waitingPrefix } from './checkpoint.js';
import type { Checkpoint, CheckpointPlace, SavedLevel } from './saved-state.js';

type Origin = NonNullable<SavedLevel['origin']>;

interface ExpectedLevel {
  readonly grid: Grid;
  readonly origin?: Pick<Origin, 'transfer' | 'shared' | 'corrected'>;
}

interface ExpectedBranch {
  readonly grid: Grid;
  readonly arms: number;
  /** Of replicas: those that are still to begin, in a round after the first, and whether the outer optimizer remembers something. */
  readonly waiting: number;
  readonly momentum: boolean;
}

/** What is open after some visits. */
interface ExpectedState {
  /** Finest first. */
  readonly levels: readonly ExpectedLevel[];
  /** The outermost first, each with the grid on which it began, and its arms that have ended. */
  readonly branches: readonly ExpectedBranch[];
}

const originOf = ({ transfer, width, keepsShared, tau }: ResolvedRestriction): ExpectedLevel['origin'] => ({
  transfer,
  shared: width !== undefined ? 'own' : keepsShared ? 'earlier' : 'none',
  corrected: tau !== undefined,
});

const expectedBranch = (visits: readonly ResolvedVisit[], first: ResolvedVisit, { arms: all }: ArmStart): ExpectedBranch => {
  const begun = armsBegun(visits, first);
  const round = roundBegun(visits, first);
  const later = round !== undefined && round.round > 1;
  return {
    grid: gridOf(first),
    arms: begun - 1,
    waiting: later ? all - begun : 0,
    momentum: later && hasMomentum(round.outer),
  };
};

/** @param first the grid with which a run begins. */
const expectedAfter = (visits: readonly ResolvedVisit[], first: Grid): ExpectedState => {
  const open = openAfter(visits);
  const restricted = open.flatMap(({ from, transfer }) => (transfer?.kind === 'restrict' ? [{ from, origin: originOf(transfer) }] : []));
  const grids = [...restricted.map(({ from }) => from), gridOf(visits.at(-1) ?? first)];
  return {
    levels: grids.map((grid, depth): ExpectedLevel => {
      const origin = restricted[depth - 1]?.origin;
      return origin === undefined ? { grid } : { grid, origin };
    }),
    branches: open.flatMap((visit) => (visit.stage.kind === 'arm' ? [expectedBranch(visits, visit, visit.stage)] : [])),
  };
};

/** The stages that are done or in progress at a position. Left: it is not a position in the schedule. */
const visitsAt = (
  { stage, phase, stageStep, step, thrown = 0 }: CheckpointPlace,
  schedule: Schedule,
): E.Either<string, readonly ResolvedVisit[]> => {
  const visits = resolve(schedule);
  const under = visits[stage];
  if (under === undefined) return E.left(`it is of stage ${stage + 1}, and there are ${visits.length}`);
  const begun = phase !== 'before';
  if (begun && under.stage.kind !== 'train' && under.stage.kind !== 'evaluate')
    return E.left(`it is of a step in stage ${stage + 1}, which does not train`);
  const most = begun && under.stage.kind === 'train' ? under.stage.steps : 0;
  if (stageStep > most || step < stageStep || step - thrown > under.firstStep + stageStep)
    return E.left(`it is of step ${stageStep} of stage ${stage + 1}, and of step ${step} of the run, where no such step is`);
  return E.right(visits.slice(0, begun ? stage + 1 : stage));
};

const sameGrid = (a: Grid, b: Grid | undefined): boolean => b !== undefined && a.level === b.level && gridKey(a) === gridKey(b);

const sameOrigin = (expected: ExpectedLevel['origin'], { origin }: SavedLevel): boolean =>
  expected === undefined || origin === undefined
    ? expected === origin
    : expected.shared === origin.shared && expected.corrected === origin.corrected;

const sameStructure = ({ levels, branches }: ExpectedState, saved: Checkpoint): boolean =>
  levels.length === saved.levels.length &&
  levels.length === saved.updates.length &&
  saved.levels.every((level, depth) => sameGrid(level, levels[depth]?.grid) && sameOrigin(levels[depth]?.origin, level)) &&
  branches.length === saved.branches.length &&
  saved.branches.every(({ start, arms, waiting = [], momentum = false }, index) => {
    const expected = branches[index];
    return (
      arms.length === expected?.arms &&
      waiting.length === expected.waiting &&
      momentum === expected.momentum &&
      [start, ...arms, ...waiting].every((level) => sameGrid(level, expected.grid))
    );
  });

/** The shapes of all tensors that a state has, by full name. */
const shapesOf = ({ levels, branches }: ExpectedState, model: SizedModel, { setup }: Schedule): ReadonlyMap<string, readonly number[]> => {
  const tensorsAt = tensorsOf(model, setup.optimizer);
  const shapes = new Map<string, readonly number[]>();
  const put = (prefix: string, grid: Grid, of: (tensors: readonly LayerTensor[]) => readonly LayerTensor[] = (all) => all): void => {
    const { shared, layer } = tensorsAt(grid);
    for (const { name, shape } of of(shared)) shapes.set(`${prefix}${name}`, shape);
    for (let index = 0; index < grid.layers; index++)
      for (const { name, shape } of of(layer)) shapes.set(`${prefix}${layerParameterName(index, name)}`, shape);
  };
  for (const [depth, { grid, origin }] of levels.entries()) {
    put(levelPrefix(depth), grid);
    if (origin !== undefined) put(restrictedPrefix(depth), grid);
    if (origin?.corrected === true) put(tauPrefix(depth), grid, parameterTensors);
  }
  for (const [index, { grid, arms, waiting, momentum }] of branches.entries()) {
    put(startPrefix(index), grid);
    for (let arm = 0; arm < arms; arm++) put(armPrefix(index, arm), grid);
    for (let replica = 0; replica < waiting; replica++) put(waitingPrefix(index, replica), grid);
    if (momentum) put(momentumPrefix(index), grid, parameterTensors);
  }
  return shapes;
};

const wrongTensor = (saved: Checkpoint, shapes: ReadonlyMap<string, readonly number[]>): string | undefined => {
  for (const [name, shape] of shapes) {
    const tensor = saved.tensors.get(name);
    if (tensor === undefined) return `it lacks the tensor ${name}`;
    if (tensor.dtype === 'I32' || tensor.shape.join() !== shape.join())
      return `its tensor ${name} must be numbers of shape [${shape}] (was ${tensor.dtype} of [${tensor.shape}])`;
  }
  return undefined;
};

/**
 * The checkpoint with the schedule's own transfers. Left: why it is not a state of this schedule.
 *
 * @param model its vocabulary known.
 */
export const fitted = (saved: Checkpoint, schedule: Schedule, model: SizedModel): E.Either<string, Checkpoint> => {
  const visits = visitsAt(saved.place, schedule);
  if (E.isLeft(visits)) return visits;
  const expected = expectedAfter(visits.right, firstGrid(schedule.setup.model));
  if (!sameStructure(expected, saved)) return E.left('its levels and branches are not those that the schedule has there');
  const wrong = wrongTensor(saved, shapesOf(expected, model, schedule));
  if (wrong !== undefined) return E.left(wrong);
  const levels = saved.levels.map((level, depth): SavedLevel => {
    const origin = expected.levels[depth]?.origin;
    return origin === undefined || level.origin === undefined
      ? level
      : { ...level, origin: { ...level.origin, transfer: origin.transfer } };
  });
  return E.right({ ...saved, levels });
};
