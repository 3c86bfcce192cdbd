/**
 * The model that a checkpoint holds: its finest level, to which every level that was open has come back its operator's own way, and in which
 * the arms of open branches are merged. On the host, since the levels that are open on the backend by then may be others. Not here: writing
 * checkpoints (`../snapshot.ts`).
 */
import { match, P } from 'ts-pattern';
import type { SizedModel } from '../../model/family.js';
import { layerParameterName, layerParameters, sharedParameters } from '../../model/parameters.js';
import { sizeOf } from '../../program/program.js';
import { closing } from '../../schedule/closing.js';
import type { Schedule } from '../../schedule/schedule.js';
import { changes, firstGrid, gridOf, type Visit, walk } from '../../schedule/walk.js';
import { mergesOf } from '../../transfer/branch-merges.js';
import type { LayerEntry } from '../../transfer/layer-matrix.js';
import { groupingsOf, type Transfer, transferOf } from '../../transfer/operators.js';
import { prolongationRecipes, type Recipe } from '../../transfer/recipe.js';
import { widenedValues } from '../../transfer/width.js';
import type { SavedNetwork } from '../events.js';
import { armPrefix, type Checkpoint, levelPrefix, startPrefix } from './checkpoint.js';

/** A parameter on the host. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The parameters of a layer by their names within it. */
type Layer = ReadonlyMap<string, Values>;

/** A level on the host. */
interface HostLevel {
  readonly shared: Layer;
  readonly layers: readonly Layer[];
}

const combined = (terms: readonly LayerEntry[], from: readonly Layer[], name: string, { shape }: Values): Values => {
  const data = new Float32Array(sizeOf(shape));
  for (const { column, weight } of terms)
    from[column]?.get(name)?.data.forEach((value, index) => {
      data[index] = (data[index] ?? 0) + weight * value;
    });
  return { shape, data };
};

const layerAt = (layers: readonly Layer[], at: number): Layer => {
  const layer = layers[at];
  if (layer === undefined) throw new Error(`a recipe reads layer ${at}, which is not there`);
  return layer;
};

/** The parameters that a recipe makes. */
const made = (recipe: Recipe, from: readonly Layer[], standing: Layer): Layer =>
  match(recipe)
    .with({ kind: 'keep' }, () => standing)
    .with({ kind: 'take' }, ({ from: source }) => layerAt(from, source))
    .with({ kind: 'combine' }, ({ terms }) => new Map([...standing].map(([name, values]) => [name, combined(terms, from, name, values)])))
    .with({ kind: P.union('correct', 'mix', 'identity', 'initial') }, ({ kind }) => {
      throw new Error(`levels that come back their own way and arms that merge have no ${kind}`);
    })
    .exhaustive();

/** A level as wide as the next finer one. */
const widened = ({ shared, layers }: HostLevel, fine: HostLevel, transfer: Transfer, model: SizedModel): HostLevel => {
  const axes = new Map([...sharedParameters(model), ...layerParameters(model)].map((spec) => [spec.name, spec.axes]));
  const narrowing = { groupings: groupingsOf(transfer), headSize: model.width / model.heads };
  const resized = (from: Layer, like: Layer): Layer =>
    new Map(
      [...like].map(([name, { shape }]): [string, Values] => {
        const data = from.get(name)?.data;
        if (data === undefined) throw new Error(`the checkpoint was written without ${name}`);
        return [name, { shape, data: widenedValues(data, shape, axes.get(name) ?? [], narrowing) }];
      }),
    );
  return { shared: resized(shared, fine.shared), layers: layers.map((layer) => resized(layer, fine.layers[0] ?? new Map())) };
};

/** The transfers that led to the levels that are open after some visits, the coarsest last. */
const transfersAfter = (visits: readonly Visit[]): Transfer[] => {
  const transfers: Transfer[] = [];
  for (const { stage, from } of visits) {
    if (stage.kind === 'restrict') transfers.push(transferOf(stage.operator, from.layers));
    if (stage.kind === 'prolongate') transfers.pop();
  }
  return transfers;
};

/** Reads levels of a checkpoint. */
const reader = ({ tensors }: Checkpoint, model: SizedModel) => {
  const read = (name: string): Values => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`the checkpoint was written without ${name}`);
    return { shape: tensor.shape, data: Float32Array.from(tensor.data) };
  };
  const names = layerParameters(model).map(({ name }) => name);
  return (prefix: string, layers: number): HostLevel => ({
    shared: new Map(sharedParameters(model).map(({ name }) => [name, read(`${prefix}${name}`)])),
    layers: Array.from(
      { length: layers },
      (_, layer): Layer => new Map(names.map((name) => [name, read(`${prefix}${layerParameterName(layer, name)}`)])),
    ),
  });
};

export const modelOfCheckpoint = (
  saved: Checkpoint,
  schedule: Schedule,
  model: SizedModel,
): { readonly network: SavedNetwork; readonly parameters: ReadonlyMap<string, Values> } => {
  const { stage, step, validationLoss } = saved.place;
  const visits = walk(schedule);
  const so = visits.slice(0, visits[stage]?.stage.kind === 'train' ? stage + 1 : stage);
  const rest = closing(so);
  const merges = mergesOf([...so, ...rest]);
  const finest = gridOf(rest.at(-1) ?? so.at(-1) ?? firstGrid(schedule.setup.model));
  const levelAt = reader(saved, model);
  const transfers = transfersAfter(so);
  const openLevel = (layers: number): HostLevel => levelAt(levelPrefix(transfers.length), layers);
  let branch = rest.filter((visit) => visit.stage.kind === 'merge').length;
  let here = openLevel(transfers.at(-1)?.restriction.rows.length ?? finest.layers);
  for (const { index, stage: last, layers: count } of rest) {
    const transfer = last.kind === 'prolongate' ? transfers.pop() : undefined;
    if (transfer !== undefined) {
      const fine = openLevel(count);
      const recipes = prolongationRecipes(transfer.prolongation, transfer.restriction, { kind: 'total' });
      const { layers: from, shared } = transfer.narrowing === 1 ? here : widened(here, fine, transfer, model);
      here = { shared, layers: recipes.map((recipe, layer) => made(recipe, from, layerAt(fine.layers, layer))) };
    }
    const recipes = merges.get(index);
    if (last.kind === 'merge' && recipes !== undefined) {
      branch -= 1;
      const start = levelAt(startPrefix(branch), count);
      const ended = Array.from({ length: last.arms - 1 }, (_, arm) => levelAt(armPrefix(branch, arm), count));
      const ends = [...ended, here];
      const from = ends.flatMap((end) => end.layers);
      here = {
        shared: made(
          recipes.shared,
          ends.map((end) => end.shared),
          start.shared,
        ),
        layers: recipes.layers.map((recipe, layer) => made(recipe, from, layerAt(start.layers, layer))),
      };
    }
  }
  // What closing transfers lead to is another network than the one that was evaluated.
  const known = validationLoss === undefined || rest.some((visit) => changes(visit.stage)) ? {} : { validationLoss };
  return {
    network: { ...finest, step, ...known },
    parameters: new Map([
      ...here.shared,
      ...here.layers.flatMap((layer, index) =>
        [...layer].map(([name, values]): [string, Values] => [layerParameterName(index, name), values]),
      ),
    ]),
  };
};
