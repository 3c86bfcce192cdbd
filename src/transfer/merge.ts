/**
 * What becomes of each layer when the arms of a branch become one: which arms wrote it, and how several are merged. Not here: how arms come
 * to hold what they hold (`branch-merges.ts`), tensors.
 */
import { match } from 'ts-pattern';
import type { SharedPolicy } from '../schedule/schedule.js';
import { carried } from './moments.js';
import type { Recipe } from './recipe.js';

/** Stands for the tensors of a layer: the same object, the same tensors. */
export type Content = Readonly<Record<never, never>>;

/** A level as it is: what its layers and the shared ones hold. */
export interface Contents {
  readonly layers: readonly Content[];
  readonly shared: Content;
}

export interface MergeRecipes {
  /** One recipe a layer; numbers are those of the arms' layers, one arm after the other: arm · layers + layer. */
  readonly layers: readonly Recipe[];
  /** That of the shared layers; numbers are those of the arms. */
  readonly shared: Recipe;
}

/** Arms have one step size: moments are merged as weights are, and of counters the largest stays. */
export const mergeMoments = carried;

/** An arm with its share of what several arms wrote. */
interface Writer {
  readonly arm: number;
  readonly weight: number;
}

/** The weights of those that wrote sum to 1, whatever the others' are. */
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

/** @param column the number that stands for an arm's own. */
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
 * A layer that no arm wrote stays, one that one arm wrote is that arm's, and what several wrote is merged by the policy.
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
