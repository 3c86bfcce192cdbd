/**
 * A transfer's action on a stack of layers. Layers are mutable cells that levels hold in common: an injection hands the very cell to
 * the coarse level, so that nothing is copied, what the coarse level learns is in the fine one's layer, and prolongation has only to
 * put the cell where P says. Shared layers never pass through here: every level refers to the one set.
 */
import { match } from 'ts-pattern';
import type { MomentsPolicy } from '../schedule/schedule.js';
import type { LayerMatrix } from './layer-matrix.js';

/** What a layer (or the shared set) holds; T is a tensor of whoever runs the schedule. */
export interface LayerState<T> {
  /** By the name within the layer, `attention.query.weight`. */
  readonly parameters: Map<string, T>;
  /** By the name of the parameter and of the moment, `attention.query.weight/first-moment`. */
  readonly moments: Map<string, T>;
  /** Updates that the moments have seen since they were last zero: Adam's bias correction reads it. */
  updates: number;
}

/** The one layer that a row of an injection names. */
const injected = <L>(row: LayerMatrix['rows'][number], source: readonly L[]): L | undefined => {
  const [entry] = row;
  if (entry === undefined) return undefined;
  const layer = source[entry.column];
  if (row.length !== 1 || entry.weight !== 1 || layer === undefined) throw new Error('an injection has rows of one layer with weight 1');
  return layer;
};

/** R applied: the coarse level's layers, which are the fine level's own cells. */
export const restrictLayers = <L>(restriction: LayerMatrix, fine: readonly L[]): readonly L[] =>
  restriction.rows.map((row) => {
    const layer = injected(row, fine);
    if (layer === undefined) throw new Error('a restriction leaves no coarse layer empty');
    return layer;
  });

/** P applied, `total`: where P names a coarse layer it replaces the fine one, elsewhere the fine layer stays. */
export const prolongateLayers = <L>(prolongation: LayerMatrix, coarse: readonly L[], fine: readonly L[]): readonly L[] =>
  prolongation.rows.map((row, index) => {
    const layer = injected(row, coarse) ?? fine[index];
    if (layer === undefined) throw new Error('a prolongation has a row for each fine layer');
    return layer;
  });

/**
 * The moments policy on the layers that a transfer moved: `carry` leaves their moments and counters as they are, `reset` puts zeros in
 * place of every moment (`zeroed` says what becomes of the old tensor) and sets the counter to 0.
 */
export const applyMoments = <T>(policy: MomentsPolicy, moved: readonly LayerState<T>[], zeroed: (moment: T) => T): void =>
  match(policy)
    .with('carry', () => undefined)
    .with('reset', () => {
      for (const layer of moved) {
        for (const [name, moment] of layer.moments) layer.moments.set(name, zeroed(moment));
        layer.updates = 0;
      }
    })
    .exhaustive();
