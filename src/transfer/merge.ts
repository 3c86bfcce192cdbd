/**
 * The merge of a branch's arms, layer by layer: which arms wrote a layer, and how several are merged. Not here: how the contents of arms are followed
 * (`branch-merges.ts`), tensors.
 */
import { match } from 'ts-pattern';
import type { SharedPolicy } from '../schedule/schedule.js';
import { carried } from './moments.js';
import type { Recipe } from './recipe.js';

/** Stands for the tensors of a layer: the same object, the same tensors. */
export type Content = Readonly<Record<never, never>>;

/** The contents of a level: of its layers and of the shared ones. */
export interface Contents {
  readonly layers: readonly Content[];
  readonly shared: Content;
}

export interface MergeRecipes {
  /** One recipe per layer; indices count the arms' layers, one arm after the other: arm · layers + layer. */
  readonly layers: readonly Recipe[];
  /** The recipe of the shared layers; indices are those of the arms. */
  readonly shared: Recipe;
}

/** Arms have the same step size: moments are merged as weights are, and the largest counter is kept. */
export const mergeMoments = carried;

/** An arm with its weight in a layer that several arms wrote. */
interface Writer {
  readonly arm: number;
  readonly weight: number;
}

/** The weights of the arms that wrote sum to 1, whatever the weights of the others. */
const writersOf = (shared: SharedPolicy, arms: readonly number[]): readonly Writer[] =>
  match(shared)
    .with({ kind: 'average' }, () => arms.map((arm) => ({ arm, weight: 1 / arms.length })))
    .with({ kind: 'last' }, () => arms.slice(-1).map((arm) => ({ arm, weight: 1 })))
    .with({ kind: 'weighted' }, ({ weights }) => {
      const weightOf = (arm: number): number => weights[arm] ?? 0;
      const total = arms.reduce((sum, arm) => sum + weightOf(arm), 0);
      return arms.map((arm) => ({ arm, weight: weightOf(arm) / total }));
    })
    .exhaustive();

/** @param column the index that stands for an arm's own layer. */
const recipeOf = (shared: SharedPolicy, start: Content, ends: readonly Content[], column: (arm: number) => number): Recipe => {
  const writers = writersOf(
    shared,
    [...ends.keys()].filter((arm) => ends[arm] !== start),
  );
  const [only] = writers;
  if (only === undefined) return { kind: 'keep' };
  return writers.length === 1
    ? { kind: 'take', from: column(only.arm), fresh: false }
    : { kind: 'combine', terms: writers.map(({ arm, weight }) => ({ column: column(arm), weight })), fresh: false };
};

/**
 * A layer that no arm wrote stays, one that a single arm wrote is taken from that arm, and one that several wrote is merged by the policy.
 *
 * @param start the level where the branch began; `ends` the same level after each arm.
 */
export const mergeRecipes = (shared: SharedPolicy, start: Contents, ends: readonly Contents[]): MergeRecipes => {
  const count = start.layers.length;
  return {
    layers: start.layers.map((content, layer) =>
      recipeOf(
        shared,
        content,
        ends.map(({ layers }) => layers[layer] ?? content),
        (arm) => arm * count + layer,
      ),
    ),
    shared: recipeOf(
      shared,
      start.shared,
      ends.map((end) => end.shared),
      (arm) => arm,
    ),
  };
};
