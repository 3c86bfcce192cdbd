/**
 * What a run leaves on disk of its state: `checkpoints/step-N.safetensors` (parameters, moments, counters, place in the schedule, what stage ends have seen) and
 * `model/` (the finest level under GPT-2's names).
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Backend, type BackendError, type DeviceTensor, faultOf, type HostTensor } from '../backend.js';
import type { Dataset } from '../data/dataset.js';
import type { Fault } from '../fault.js';
import type { LevelShape } from '../model/gpt.js';
import { writeModelFolder } from '../model/model-folder.js';
import type { SizedModel } from '../model/parameters.js';
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../model/safetensors.js';
import type { Schedule } from '../schedule/schedule.js';
import { type Cells, cellsByGroup, type Level } from './cell.js';
import { modelOfCheckpoint, type Values } from './checkpoint-model.js';
import type { LevelStack } from './level-stack.js';
import { RUN_FILES, type RunFolder } from './run-folder.js';
import type { EndMemory } from './stage-end.js';

/** Where in the schedule a checkpoint was taken. */
export interface CheckpointPlace {
  readonly scheduleHash: string;
  /** Index of the stage that is under way, or ended last. */
  readonly stage: number;
  /** Training steps done in that stage, and in the run. */
  readonly stageStep: number;
  readonly step: number;
}

/** Checkpoints that stay; the one before the last is there should the last be damaged. */
const KEPT = 2;

type Tensors = ReadonlyMap<string, Values>;

/** A tensor's values on the host. */
const values = async (backend: Backend, tensor: DeviceTensor): Promise<E.Either<BackendError, Values>> =>
  E.map(({ type, data }: HostTensor) => ({ shape: type.shape, data: data instanceof Float32Array ? data : Float32Array.from(data) }))(
    await backend.download(tensor)(),
  );

const downloadParameters = async (backend: Backend, level: Level): Promise<E.Either<BackendError, Tensors>> => {
  const tensors = new Map<string, Values>();
  for (const { cell, fullName } of cellsByGroup(level))
    for (const [name, tensor] of cell.parameters) {
      const read = await values(backend, tensor);
      if (E.isLeft(read)) return read;
      tensors.set(fullName(name), read.right);
    }
  return E.right(tensors);
};

/** What a checkpoint holds of a run's levels and branches. */
export type Open = Pick<LevelStack, 'levels' | 'branches'>;

interface View {
  readonly prefix: string;
  readonly level: Cells;
}

/** The level of a branch where it began, and after each arm that has ended: `branch.0/start/…`, `branch.0/arm.0/…`, the outermost first. */
const branchViews = (branches: Open['branches']): readonly View[] =>
  branches.flatMap(({ start, arms }, branch) => [
    { prefix: `branch.${branch}/start/`, level: start },
    ...arms.map((level, arm) => ({ prefix: `branch.${branch}/arm.${arm}/`, level })),
  ]);

/**
 * The finest level has no prefix, a coarser one `level.1/`; what was restricted to it stands under `level.1/restricted/`, with the shared layers
 * as they were then where a line search may want them back; its tau under `level.1/tau/`.
 */
const levelViews = (levels: Open['levels']): readonly View[] =>
  levels.flatMap(({ origin, tau, ...level }, depth) => [
    { prefix: depth === 0 ? '' : `level.${depth}/`, level },
    ...(origin === undefined
      ? []
      : [
          {
            prefix: `level.${depth}/restricted/`,
            level: { shared: origin.restrictedShared ?? origin.shared ?? level.shared, cells: origin.restricted },
          },
        ]),
    ...(tau === undefined ? [] : [{ prefix: `level.${depth}/tau/`, level: tau }]),
  ]);

const updatesOf = (level: Level): Readonly<Record<string, number>> =>
  Object.fromEntries(cellsByGroup(level).map(({ group, cell }) => [group, cell.updates]));

/** Levels as tensors by full name. Tensors that they share are written once; `aliases` names the others. */
const downloadViews = async (
  backend: Backend,
  views: readonly View[],
): Promise<E.Either<BackendError, { readonly tensors: Tensors; readonly aliases: Readonly<Record<string, string>> }>> => {
  const tensors = new Map<string, Values>();
  const names = new Map<DeviceTensor, string>();
  const aliases: Record<string, string> = {};
  for (const { prefix, level } of views)
    for (const { cell, fullName } of cellsByGroup(level))
      for (const [name, tensor] of [...cell.parameters, ...cell.moments]) {
        const full = `${prefix}${fullName(name)}`;
        const first = names.get(tensor);
        if (first !== undefined) {
          aliases[full] = first;
          continue;
        }
        const read = await values(backend, tensor);
        if (E.isLeft(read)) return read;
        names.set(tensor, full);
        tensors.set(full, read.right);
      }
  return E.right({ tensors, aliases });
};

/** Writes a checkpoint; gives its path inside the run folder. */
export const writeCheckpoint = async (
  folder: RunFolder,
  backend: Backend,
  { levels, branches }: Open,
  place: CheckpointPlace,
  ends: EndMemory,
): Promise<E.Either<Fault, string>> => {
  const name = `${RUN_FILES.checkpoints}/step-${String(place.step).padStart(8, '0')}.safetensors`;
  const updates = levels.map(updatesOf);
  const branchUpdates = branches.map(({ start, arms }) => ({ start: updatesOf(start), arms: arms.map(updatesOf) }));
  return pipe(
    await downloadViews(backend, [...levelViews(levels), ...branchViews(branches)]),
    E.mapLeft(faultOf),
    E.map(({ tensors, aliases }) =>
      encodeSafetensors(new Map([...tensors].map(([key, tensor]): [string, SafeTensor] => [key, { dtype: 'F32', ...tensor }])), {
        place: JSON.stringify(place),
        ends: JSON.stringify(ends),
        updates: JSON.stringify(updates),
        ...(branches.length === 0 ? {} : { branchUpdates: JSON.stringify(branchUpdates) }),
        aliases: JSON.stringify(aliases),
      }),
    ),
    E.chain((bytes) => folder.write(name, bytes)),
    E.chain(() => folder.keepNewestCheckpoints(KEPT)),
    E.map(() => name),
  );
};

const writeModelFiles = (
  folder: RunFolder,
  model: SizedModel,
  { layers, h }: LevelShape,
  parameters: Tensors,
  dataset: Dataset,
): E.Either<Fault, void> =>
  [...writeModelFolder({ model: { ...model, layers }, h, parameters, tokenizer: dataset.tokenizer })].reduce<E.Either<Fault, void>>(
    (done, [name, bytes]) => E.chain(() => folder.write(`${RUN_FILES.model}/${name}`, bytes))(done),
    E.right(undefined),
  );

/** Writes `model/`, which Hugging Face's GPT2LMHeadModel and `vcycle sample` read, from a level as it is. */
export const writeModel = async (
  folder: RunFolder,
  backend: Backend,
  finest: Level,
  model: SizedModel,
  dataset: Dataset,
): Promise<E.Either<Fault, void>> =>
  pipe(
    await downloadParameters(backend, finest),
    E.mapLeft(faultOf),
    E.chain((parameters) => writeModelFiles(folder, model, finest, parameters, dataset)),
  );

/** The same from a checkpoint, for a run whose present state is not worth keeping. */
export const writeModelOfCheckpoint = (
  folder: RunFolder,
  checkpoint: string,
  schedule: Schedule,
  model: SizedModel,
  dataset: Dataset,
): E.Either<Fault, void> =>
  pipe(
    folder.read(checkpoint),
    E.chain(decodeSafetensors),
    E.chain((saved) => {
      const place: CheckpointPlace = JSON.parse(saved.metadata.place ?? '');
      const { finest, parameters } = modelOfCheckpoint(saved, schedule, model, place.stage);
      return writeModelFiles(folder, model, finest, parameters, dataset);
    }),
  );
