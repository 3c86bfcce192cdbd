/**
 * The model that a checkpoint holds: its finest level, to which every level that was open has come back its operator's own way. On the host,
 * since the levels that are open on the backend by then may be others. Not here: writing checkpoints (`snapshot.ts`).
 */
import { layerParameterName, layerParameters, type SizedModel, sharedParameters } from '../model/parameters.js';
import type { SafeTensors } from '../model/safetensors.js';
import { sizeOf } from '../program/program.js';
import type { Schedule } from '../schedule/schedule.js';
import { firstGrid, type LevelState, walk } from '../schedule/walk.js';
import type { LayerEntry, LayerMatrix } from '../transfer/layer-matrix.js';
import { transferOf } from '../transfer/operators.js';

/** A parameter on the host. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The parameters of a layer by their names within it. */
type Layer = ReadonlyMap<string, Values>;

interface Place {
  readonly finest: LevelState;
  /** The ways back of the levels that are open before a stage, the coarsest last. */
  readonly waysBack: readonly LayerMatrix[];
}

/** What is open when a stage begins. */
const placeAt = (schedule: Schedule, stage: number): Place => {
  const waysBack: LayerMatrix[] = [];
  let finest = firstGrid(schedule.setup.model);
  for (const visit of walk(schedule).slice(0, stage)) {
    if (visit.stage.kind === 'restrict') waysBack.push(transferOf(visit.stage.operator, visit.from.layers).prolongation);
    if (visit.stage.kind === 'prolongate') waysBack.pop();
    if (visit.stage.kind === 'grow') finest = visit;
  }
  return { finest, waysBack };
};

const combined = (row: readonly LayerEntry[], coarse: readonly Layer[], name: string, { shape }: Values): Values => {
  const data = new Float32Array(sizeOf(shape));
  for (const { column, weight } of row)
    coarse[column]?.get(name)?.data.forEach((value, index) => {
      data[index] = (data[index] ?? 0) + weight * value;
    });
  return { shape, data };
};

/** @param stage the stage in which the checkpoint was written. */
export const modelOfCheckpoint = (
  { tensors, metadata }: SafeTensors,
  schedule: Schedule,
  model: SizedModel,
  stage: number,
): { readonly finest: LevelState; readonly parameters: ReadonlyMap<string, Values> } => {
  const { finest, waysBack } = placeAt(schedule, stage);
  const aliases: Readonly<Record<string, string>> = JSON.parse(metadata.aliases ?? '{}');
  const read = (name: string): Values => {
    const tensor = tensors.get(aliases[name] ?? name);
    if (tensor === undefined || !(tensor.data instanceof Float32Array)) throw new Error(`the checkpoint was written without ${name}`);
    return { shape: tensor.shape, data: tensor.data };
  };
  const names = layerParameters(model).map(({ name }) => name);
  const layersOf = (depth: number, count: number): readonly Layer[] =>
    Array.from({ length: count }, (_, layer) => {
      const prefix = depth === 0 ? '' : `level.${depth}/`;
      return new Map(names.map((name) => [name, read(`${prefix}${layerParameterName(layer, name)}`)]));
    });
  const layers = waysBack.reduceRight<readonly Layer[]>(
    (coarse, { rows }, depth) =>
      layersOf(depth, rows.length).map((fine, index) => {
        const row = rows[index] ?? [];
        return row.length === 0 ? fine : new Map([...fine].map(([name, values]) => [name, combined(row, coarse, name, values)]));
      }),
    layersOf(waysBack.length, waysBack.at(-1)?.columns ?? finest.layers),
  );
  return {
    finest,
    parameters: new Map([
      ...sharedParameters(model).map(({ name }): [string, Values] => [name, read(name)]),
      ...layers.flatMap((layer, index) => [...layer].map(([name, values]): [string, Values] => [layerParameterName(index, name), values])),
    ]),
  };
};
