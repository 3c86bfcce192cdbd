/**
 * From a checkpoint back to levels on a backend: every tensor uploaded once, and shared again by the levels that shared it. Not here: the
 * file (`../checkpoints/checkpoint.ts`), which checkpoint to take (`../resume.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError, DeviceTensor, HostTensor, Precision } from '../../backend.js';
import { layerParameterName } from '../../model/parameters.js';
import type { SafeTensor } from '../../model/safetensors.js';
import {
  armPrefix,
  levelPrefix,
  MEMORY_PREFIX,
  momentumPrefix,
  restrictedPrefix,
  startPrefix,
  tauPrefix,
  waitingPrefix,
} from '../checkpoints/checkpoint.js';
import type { Checkpoint, SavedArm, Updates } from '../checkpoints/saved-state.js';
import type { OpenBranch } from './branches.js';
import type { Cell, Cells, Level } from './cell.js';
import type { OpenLevel } from './open-level.js';
import { RunMemory } from './run-memory.js';
import type { TensorStore } from './tensor-store.js';

export interface Restored {
  readonly levels: readonly OpenLevel[];
  readonly branches: readonly OpenBranch[];
  readonly memory: RunMemory;
}

/** Rounded for a backend of less precision than the one that wrote the checkpoint. */
const hostTensor = ({ dtype, shape, data }: SafeTensor, precision: Precision): HostTensor => ({
  type: { dtype: dtype === 'I32' ? 'i32' : 'f32', shape },
  data: dtype === 'F64' && precision !== 'f64' ? Float32Array.from(data) : data,
});

const uploadAll = async (
  store: TensorStore,
  tensors: ReadonlyMap<string, SafeTensor>,
): Promise<E.Either<BackendError, ReadonlyMap<string, DeviceTensor>>> => {
  const named = new Map<string, DeviceTensor>();
  const uploaded = new Map<SafeTensor, DeviceTensor>();
  for (const [name, saved] of tensors) {
    let tensor = uploaded.get(saved);
    if (tensor === undefined) {
      const made = await store.backend.upload(hostTensor(saved, store.backend.capabilities.precision))();
      if (E.isLeft(made)) return made;
      tensor = made.right;
      uploaded.set(saved, tensor);
    }
    named.set(name, tensor);
  }
  return E.right(named);
};

/** Names of a group's tensors begin with the group's name; those of moments contain a slash, as in `attention.query.weight/first-moment`. */
const cellOf = (store: TensorStore, tensors: ReadonlyMap<string, DeviceTensor>, prefix: string, updates: number): Cell => {
  const cell: Cell = { parameters: new Map(), moments: new Map(), updates };
  for (const [full, tensor] of tensors) {
    if (!full.startsWith(prefix)) continue;
    const name = full.slice(prefix.length);
    store.put(name.includes('/') ? cell.moments : cell.parameters, name, tensor);
  }
  return cell;
};

/** Among the names under the empty prefix, those that belong to no layer and to no other level. */
const NOT_SHARED = /^(layers\.\d+\.|level\.\d+\/|branch\.\d+\/|memory\/|restricted\/|tau\/)/;

const sharedUnder = (store: TensorStore, tensors: ReadonlyMap<string, DeviceTensor>, prefix: string, updates: Updates | undefined): Cell =>
  cellOf(
    store,
    new Map([...tensors].filter(([name]) => name.startsWith(prefix) && !NOT_SHARED.test(name.slice(prefix.length)))),
    prefix,
    updates?.shared ?? 0,
  );

export const restore = async (store: TensorStore, checkpoint: Checkpoint): Promise<E.Either<BackendError, Restored>> => {
  const uploaded = await uploadAll(store, checkpoint.tensors);
  if (E.isLeft(uploaded)) return uploaded;
  const tensors = uploaded.right;
  const cellsUnder = (prefix: string, layers: number, updates: Updates | undefined): Level['cells'] =>
    Array.from({ length: layers }, (_, layer) =>
      cellOf(store, tensors, `${prefix}${layerParameterName(layer, '')}`, updates?.[`layers.${layer}`] ?? 0),
    );
  /** Without moments. */
  const cells = (prefix: string, layers: number): Cells => ({
    shared: sharedUnder(store, tensors, prefix, undefined),
    cells: cellsUnder(prefix, layers, undefined),
  });
  const levels: OpenLevel[] = [];
  for (const [depth, { origin, ...grid }] of checkpoint.levels.entries()) {
    const updates = checkpoint.updates[depth];
    const prefix = levelPrefix(depth);
    const inherited = origin?.shared === 'own' ? undefined : levels.at(-1)?.shared;
    const shared = inherited ?? sharedUnder(store, tensors, prefix, updates);
    const level = { ...grid, shared, cells: cellsUnder(prefix, grid.layers, updates) };
    if (origin === undefined) {
      levels.push(level);
      continue;
    }
    const above = restrictedPrefix(depth);
    const kept = (): Cell => sharedUnder(store, tensors, above, origin.updates);
    const tau = tauPrefix(depth);
    levels.push({
      ...level,
      origin: {
        transfer: origin.transfer,
        restricted: cellsUnder(above, grid.layers, origin.updates),
        ...(origin.shared === 'own' ? { restrictedShared: kept() } : {}),
        ...(origin.shared === 'earlier' ? { shared: kept() } : {}),
      },
      ...(origin.corrected ? { tau: cells(tau, grid.layers) } : {}),
    });
  }
  const arm = ({ updates, ...grid }: SavedArm, prefix: string): Level => ({
    ...grid,
    shared: sharedUnder(store, tensors, prefix, updates),
    cells: cellsUnder(prefix, grid.layers, updates),
  });
  const branches = checkpoint.branches.map(
    ({ start, arms, waiting = [], momentum }, branch): OpenBranch => ({
      start: arm(start, startPrefix(branch)),
      arms: arms.map((saved, index) => arm(saved, armPrefix(branch, index))),
      waiting: waiting.map((saved, index) => arm(saved, waitingPrefix(branch, index))),
      ...(momentum === undefined ? {} : { momentum: cells(momentumPrefix(branch), start.layers) }),
    }),
  );
  const memory = new RunMemory(store);
  for (const [name, tensor] of tensors) if (name.startsWith(MEMORY_PREFIX)) memory.setTensor(name.slice(MEMORY_PREFIX.length), tensor);
  for (const [name, value] of Object.entries(checkpoint.memory)) memory.setValue(name, value);
  return E.right({ levels, branches, memory });
};
