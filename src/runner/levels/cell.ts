/**
 * A cell: the tensors of one layer, or of the shared set, on one level. Cells of several levels may hold the same tensors, since these are immutable;
 * the shared cell is one object on all levels of one width.
 */
import type { DeviceTensor } from '../../backend.js';
import { layerParameterName } from '../../model/parameters.js';
import type { Grid } from '../../schedule/grid.js';
import type { TensorStore } from './tensor-store.js';

export interface Cell {
  /** Parameters by the name within the layer, `attention.query.weight`. */
  readonly parameters: Map<string, DeviceTensor>;
  /** Moments by the names of parameter and moment, `attention.query.weight/first-moment`. */
  readonly moments: Map<string, DeviceTensor>;
  /** The number of updates since the moments were last zero, for Adam's bias correction. */
  updates: number;
}

/** The cells of a level. */
export interface Cells {
  readonly shared: Cell;
  readonly cells: readonly Cell[];
}

export interface Level extends Grid, Cells {
  /** τ of a level whose objective has a linear term ⟨τ, θ⟩: a value for each parameter, in cells without moments. */
  readonly tau?: Cells;
}

/** Another cell with the same tensors: nothing is copied until either takes a step. */
export const sameTensors = (store: TensorStore, { parameters, moments, updates }: Cell): Cell => {
  const held = (map: ReadonlyMap<string, DeviceTensor>): Map<string, DeviceTensor> =>
    new Map([...map].map(([name, tensor]) => [name, store.retain(tensor)]));
  return { parameters: held(parameters), moments: held(moments), updates };
};

export const heldCells = (store: TensorStore, { shared, cells }: Cells): Cells => ({
  shared: sameTensors(store, shared),
  cells: cells.map((cell) => sameTensors(store, cell)),
});

export const releaseCell = (store: TensorStore, { parameters, moments }: Cell): void => {
  for (const tensor of [...parameters.values(), ...moments.values()]) store.release(tensor);
};

export const releaseCells = (store: TensorStore, { shared, cells }: Cells): void => {
  for (const cell of [shared, ...cells]) releaseCell(store, cell);
};

/** Every tensor of a level by its full name, with its cell: the only place that joins layer numbers and names. */
export const cellsByGroup = (
  level: Cells,
): readonly { readonly group: string; readonly cell: Cell; readonly fullName: (name: string) => string }[] => [
  { group: 'shared', cell: level.shared, fullName: (name) => name },
  ...level.cells.map((cell, layer) => ({
    group: `layers.${layer}`,
    cell,
    fullName: (name: string) => layerParameterName(layer, name),
  })),
];

/** The parameters of a level by their full names. */
export const parametersOf = (level: Cells): ReadonlyMap<string, DeviceTensor> =>
  new Map(
    cellsByGroup(level).flatMap(({ cell, fullName }) =>
      [...cell.parameters].map(([name, tensor]): [string, DeviceTensor] => [fullName(name), tensor]),
    ),
  );

/** Cells like those of a level, without moments, that hold these tensors as their parameters. */
export const cellsHolding = (store: TensorStore, level: Cells, tensors: ReadonlyMap<string, DeviceTensor>): Cells => {
  const [shared, ...cells] = cellsByGroup(level).map(({ cell, fullName }): Cell => {
    const held: Cell = { parameters: new Map(), moments: new Map(), updates: 0 };
    for (const name of cell.parameters.keys()) {
      const tensor = tensors.get(fullName(name));
      if (tensor === undefined) throw new Error(`there is no tensor for ${fullName(name)}`);
      store.put(held.parameters, name, tensor);
    }
    return held;
  });
  if (shared === undefined) throw new Error('every level has its shared cell');
  return { shared, cells };
};

/** Puts a cell's tensors and counter into another cell, which stays the same object. */
export const restoreCell = (store: TensorStore, cell: Cell, from: Cell): void => {
  for (const [name, tensor] of from.parameters) store.put(cell.parameters, name, tensor);
  for (const [name, tensor] of from.moments) store.put(cell.moments, name, tensor);
  cell.updates = from.updates;
};
