/**
 * Taking a run's state from its backend: as a checkpoint (parameters, moments, counters, memory, place in the schedule), and as `model/`
 * (the finest level under the names of its family). Not here: a checkpoint's file format (`../checkpoints/checkpoint.ts`), the way back (`../levels/restore.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Backend, type BackendError, type DeviceTensor, faultOf, type TensorData } from '../../backend.js';
import type { Dataset } from '../../data/dataset.js';
import { type Fault, runFault } from '../../fault.js';
import type { SizedModel } from '../../model/family.js';
import { type NotFinite, notFinite } from '../../model/finite.js';
import { writeModelFolder } from '../../model/model-folder.js';
import { modelAt } from '../../model/parameters.js';
import type { SafeTensor } from '../../model/safetensors.js';
import { gridOf } from '../../schedule/grid.js';
import type { Schedule } from '../../schedule/schedule.js';
import { changes } from '../../schedule/walk/walk.js';
import { resolve, resolvedClosing } from '../../transfer/resolve.js';
import type { ResolvedVisit } from '../../transfer/resolved.js';
import {
  armPrefix,
  decodeCheckpoint,
  levelPrefix,
  MEMORY_PREFIX,
  momentumPrefix,
  restrictedPrefix,
  startPrefix,
  tauPrefix,
  waitingPrefix,
} from '../checkpoints/checkpoint.js';
import { fitted } from '../checkpoints/fits.js';
import type { Checkpoint, CheckpointPlace, SavedArm, SavedBranch, SavedLevel, Updates } from '../checkpoints/saved-state.js';
import type { SavedNetwork } from '../events/events.js';
import { RUN_FILES, type RunFolder } from '../folder/run-folder.js';
import type { OpenBranch } from '../levels/branches.js';
import { type Cells, cellsByGroup, type Level } from '../levels/cell.js';
import { LevelStack } from '../levels/level-stack.js';
import type { OpenLevel } from '../levels/open-level.js';
import type { RunMemory } from '../levels/run-memory.js';

/** A parameter on the host. */
interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const savedTensor = (shape: readonly number[], data: TensorData): SafeTensor => {
  if (data instanceof Float64Array) return { dtype: 'F64', shape, data };
  return data instanceof Int32Array ? { dtype: 'I32', shape, data } : { dtype: 'F32', shape, data };
};

/** A tensor in the backend's own precision, so that the same bits can be restored. */
const download = async (backend: Backend, tensor: DeviceTensor): Promise<E.Either<BackendError, SafeTensor>> =>
  E.map(({ type, data }: { readonly type: DeviceTensor['type']; readonly data: TensorData }) => savedTensor(type.shape, data))(
    await backend.download(tensor)(),
  );

const updatesOf = (level: Cells): Updates => Object.fromEntries(cellsByGroup(level).map(({ group, cell }) => [group, cell.updates]));

/** A run's levels and branches in a checkpoint. */
export type Open = Pick<LevelStack, 'levels' | 'branches'>;

interface View {
  readonly prefix: string;
  readonly level: Cells;
}

const branchViews = (branches: Open['branches']): readonly View[] =>
  branches.flatMap(({ start, arms, waiting, momentum }, branch) => [
    { prefix: startPrefix(branch), level: start },
    ...arms.map((level, arm) => ({ prefix: armPrefix(branch, arm), level })),
    ...waiting.map((level, replica) => ({ prefix: waitingPrefix(branch, replica), level })),
    ...(momentum === undefined ? [] : [{ prefix: momentumPrefix(branch), level: momentum }]),
  ]);

type Origin = NonNullable<OpenLevel['origin']>;

/** A level with the cells that the restriction gave. */
const restrictedView = (level: OpenLevel, { restricted, restrictedShared, shared }: Origin): Cells => ({
  shared: restrictedShared ?? shared ?? level.shared,
  cells: restricted,
});

const levelViews = (levels: Open['levels']): readonly View[] =>
  levels.flatMap((level, depth) => [
    { prefix: levelPrefix(depth), level },
    ...(level.origin === undefined ? [] : [{ prefix: restrictedPrefix(depth), level: restrictedView(level, level.origin) }]),
    ...(level.tau === undefined ? [] : [{ prefix: tauPrefix(depth), level: level.tau }]),
  ]);

interface Named {
  readonly tensor: DeviceTensor;
  /** Whether a tensor is a weight of a network, not a moment or what a stage remembers. */
  readonly weight: boolean;
}

const namedTensors = ({ levels, branches }: Open, memory: RunMemory): ReadonlyMap<string, Named> => {
  const named = new Map<string, Named>();
  for (const { prefix, level } of [...levelViews(levels), ...branchViews(branches)])
    for (const { cell, fullName } of cellsByGroup(level)) {
      for (const [name, tensor] of cell.parameters) named.set(`${prefix}${fullName(name)}`, { tensor, weight: true });
      for (const [name, tensor] of cell.moments) named.set(`${prefix}${fullName(name)}`, { tensor, weight: false });
    }
  for (const [name, tensor] of memory.tensors) named.set(`${MEMORY_PREFIX}${name}`, { tensor, weight: false });
  return named;
};

const savedArm = (level: Level): SavedArm => ({ ...gridOf(level), updates: updatesOf(level) });

const savedBranch = ({ start, arms, waiting, momentum }: OpenBranch): SavedBranch => ({
  start: savedArm(start),
  arms: arms.map(savedArm),
  ...(waiting.length === 0 ? {} : { waiting: waiting.map(savedArm) }),
  ...(momentum === undefined ? {} : { momentum: true }),
});

const savedLevel = (level: OpenLevel): SavedLevel => {
  const { origin, tau } = level;
  if (origin === undefined) return gridOf(level);
  const { transfer, restrictedShared, shared } = origin;
  const updates = updatesOf(restrictedView(level, origin));
  const kept = restrictedShared === undefined ? (shared === undefined ? 'none' : 'earlier') : 'own';
  return { ...gridOf(level), origin: { transfer, updates, shared: kept, corrected: tau !== undefined } };
};

/** The state of levels and branches, on the host. A network with non-finite weights is not saved. */
export const takeState = async (
  backend: Backend,
  open: Open,
  memory: RunMemory,
  place: CheckpointPlace,
): Promise<E.Either<BackendError | NotFinite, Checkpoint>> => {
  const tensors = new Map<string, SafeTensor>();
  const weights: (readonly [string, SafeTensor])[] = [];
  const read = new Map<DeviceTensor, SafeTensor>();
  for (const [name, { tensor, weight }] of namedTensors(open, memory)) {
    let saved = read.get(tensor);
    if (saved === undefined) {
      const downloaded = await download(backend, tensor);
      if (E.isLeft(downloaded)) return downloaded;
      saved = downloaded.right;
      read.set(tensor, saved);
      if (weight) weights.push([name, saved]);
    }
    tensors.set(name, saved);
  }
  const found = notFinite(weights);
  if (found !== undefined) return E.left(found);
  return E.right({
    place,
    levels: open.levels.map(savedLevel),
    updates: open.levels.map(updatesOf),
    branches: open.branches.map(savedBranch),
    tensors,
    memory: Object.fromEntries(memory.values),
  });
};

const downloadParameters = async (backend: Backend, level: Cells): Promise<E.Either<BackendError, ReadonlyMap<string, Values>>> => {
  const tensors = new Map<string, Values>();
  const known = new Map<DeviceTensor, Values>();
  for (const { cell, fullName } of cellsByGroup(level))
    for (const [name, tensor] of cell.parameters) {
      let values = known.get(tensor);
      if (values === undefined) {
        const read = await download(backend, tensor);
        if (E.isLeft(read)) return read;
        values = { shape: read.right.shape, data: Float32Array.from(read.right.data) };
        known.set(tensor, values);
      }
      tensors.set(fullName(name), values);
    }
  return E.right(tensors);
};

/** The same network as a stack in which each application of a layer is a layer of its own, with equal weights: files of models know no loops. */
const unrolled = ({ loops = 1, ...level }: Level): Level => ({
  ...level,
  layers: loops * level.layers,
  cells: Array.from({ length: loops }, () => level.cells).flat(),
});

/** Which of a level's weights are not finite; undefined where all are finite. */
export const notFiniteOn = async (backend: Backend, level: Level): Promise<E.Either<BackendError, NotFinite | undefined>> =>
  E.map(notFinite)(await downloadParameters(backend, level));

/** Why no model was written: non-finite weights, or an error of the disk or the backend. */
export type Unsaved = Fault | NotFinite;

const writeModelFiles = (
  folder: RunFolder,
  model: SizedModel,
  level: Level,
  parameters: ReadonlyMap<string, Values>,
  dataset: Dataset,
): E.Either<Unsaved, void> => {
  const found = notFinite(parameters);
  if (found !== undefined) return E.left(found);
  const documents = dataset.kind === 'text' && dataset.training.documentStarts !== undefined ? 'separate' : undefined;
  const { layers, h } = level;
  const saved = { model: { ...modelAt(model, level), layers }, h, parameters, tokenizer: dataset.tokenizer, documents } as const;
  for (const [name, bytes] of writeModelFolder(saved)) {
    const written = folder.write(`${RUN_FILES.model}/${name}`, bytes);
    if (E.isLeft(written)) return written;
  }
  return E.right(undefined);
};

/** Writes `model/`, which the class of Hugging Face that its family names and `vcycle sample` read, from a level. */
export const writeModel = async (
  folder: RunFolder,
  backend: Backend,
  finest: Level,
  model: SizedModel,
  dataset: Dataset,
): Promise<E.Either<Unsaved, void>> => {
  const level = unrolled(finest);
  const parameters = await downloadParameters(backend, level);
  return E.isLeft(parameters) ? E.left(faultOf(parameters.left)) : writeModelFiles(folder, model, level, parameters.right, dataset);
};

/** What is needed to restore the network of a checkpoint. */
export interface RunContext {
  readonly backend: Backend;
  readonly schedule: Schedule;
  readonly model: SizedModel;
}

/** The stages that led to a checkpoint's levels and branches: finished ones, and training that was in progress. */
const visitsBefore = ({ stage }: CheckpointPlace, schedule: Schedule): readonly ResolvedVisit[] => {
  const visits = resolve(schedule);
  return visits.slice(0, visits[stage]?.stage.kind === 'train' ? stage + 1 : stage);
};

/**
 * The network of a checkpoint on a backend: its levels are restored and return to the finest one, as those of a run that stops.
 *
 * @param checkpoint one that fits the schedule.
 */
export const closedCheckpoint = async (
  saved: Checkpoint,
  { backend, schedule, model }: RunContext,
): Promise<E.Either<BackendError, { readonly stack: LevelStack; readonly network: SavedNetwork }>> => {
  const { place } = saved;
  const { optimizer, seed } = schedule.setup;
  const restored = await LevelStack.restore(backend, model, optimizer, seed, saved);
  if (E.isLeft(restored)) return restored;
  const { stack, memory } = restored.right;
  memory.forget('');
  const rest = resolvedClosing(visitsBefore(place, schedule));
  const closed = await stack.close(rest);
  if (E.isLeft(closed)) {
    stack.release();
    return closed;
  }
  const { step, validationLoss } = place;
  return E.right({ stack, network: savedNetwork(stack, step, rest, validationLoss) });
};

/** @param rest the visits that closed the stack: after transfers the network is not the one that was evaluated. */
export const savedNetwork = (
  stack: LevelStack,
  step: number,
  rest: readonly ResolvedVisit[],
  validationLoss: number | undefined,
): SavedNetwork => {
  const known = validationLoss === undefined || rest.some(({ stage }) => changes(stage)) ? {} : { validationLoss };
  return { ...gridOf(stack.current), step, ...known };
};

/** Writes `model/` from a checkpoint, for a run whose present state is not worth keeping. */
export const writeModelOfCheckpoint = async (
  folder: RunFolder,
  checkpoint: string,
  context: RunContext,
  dataset: Dataset,
): Promise<E.Either<Unsaved, SavedNetwork>> => {
  const { backend, schedule, model } = context;
  const bytes = folder.read(checkpoint);
  if (E.isLeft(bytes)) return bytes;
  const read = decodeCheckpoint(bytes.right);
  if (E.isLeft(read)) return read;
  const saved = fitted(read.right, schedule, model);
  if (E.isLeft(saved)) return E.left(runFault(`${checkpoint} does not hold a state of this run (${saved.left})`));
  const closed = await closedCheckpoint(saved.right, context);
  if (E.isLeft(closed)) return E.left(faultOf(closed.left));
  const { stack, network } = closed.right;
  const written = await writeModel(folder, backend, stack.current, model, dataset);
  stack.release();
  return E.map(() => network)(written);
};
