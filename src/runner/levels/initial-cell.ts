/** An initial cell: values that depend only on seed and name, or those of a saved model; moments at zero, no updates seen. */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import type { ParameterSpec, SizedModel } from '../../model/family.js';
import type { Parameters } from '../../model/hugging-face.js';
import { initialValues, layerParameterName, layerParameters } from '../../model/parameters.js';
import { momentName } from '../../model/training-step.js';
import { momentsOf } from '../../optimizer/index.js';
import { tooLargeToMake } from '../../program/largest-tensor.js';
import type { Optimizer } from '../../schedule/schedule.js';
import type { Cell } from './cell.js';
import type { TensorStore } from './tensor-store.js';

/** The source of initial values: the seed, or given values. */
export interface Initial {
  readonly store: TensorStore;
  readonly optimizer: Optimizer;
  readonly seed: number;
  /** Given values by full name; all others are drawn. */
  readonly given?: Parameters;
}

export const initialCell = async (
  { store, optimizer, seed, given }: Initial,
  specs: readonly ParameterSpec[],
  fullName: (name: string) => string,
): Promise<E.Either<BackendError, Cell>> => {
  const cell: Cell = { parameters: new Map(), moments: new Map(), updates: 0 };
  for (const spec of specs) {
    const name = fullName(spec.name);
    const unmade = tooLargeToMake(name, spec.shape);
    if (unmade !== undefined) return E.left({ kind: 'unsupported', backend: store.backend.name, message: unmade });
    const parameter = await store.upload(spec.shape, given?.get(name)?.data ?? initialValues(spec, name, seed));
    if (E.isLeft(parameter)) return parameter;
    store.put(cell.parameters, spec.name, parameter.right);
    for (const moment of momentsOf(optimizer, spec.role)) {
      const zeros = await store.zeros(spec.shape);
      if (E.isLeft(zeros)) return zeros;
      store.put(cell.moments, momentName(spec.name, moment.name), zeros.right);
    }
  }
  return E.right(cell);
};

/** A layer of a network whose depth is, or has just become, that of the model. */
export const initialLayer = (initial: Initial, model: SizedModel, layer: number): Promise<E.Either<BackendError, Cell>> =>
  initialCell(initial, layerParameters(model), (name) => layerParameterName(layer, name));
