/**
 * The merges of a schedule: follows what each layer holds through the arms of its branches. An arm has written a layer if that layer need not
 * be, tensor for tensor, what it was where the branch began; so an arm that goes down and comes back by injection without training wrote
 * nothing. Pure, over a walk's visits: the plan costs what comes out and the runner carries it out. Not here: which merge follows from what
 * was written (`merge.ts`).
 */
import { match, P } from 'ts-pattern';
import type { SharedPolicy } from '../schedule/schedule.js';
import type { TrainedLayers } from '../schedule/step-part.js';
import type { Visit } from '../schedule/walk.js';
import { type Content, type Contents, type MergeRecipes, mergeMoments, mergeRecipes } from './merge.js';
import { beginsAtZero, type MomentsTransfer, momentsTransfer } from './moments.js';
import { prolongationOf, type Transfer, transferOf } from './operators.js';
import { prolongationRecipes, type Recipe, restrictionRecipes } from './recipe.js';

const written = (): Content => ({});

interface Followed {
  layers: readonly Content[];
  /** How it came from the next finer level, unless the outermost branch began on it. */
  readonly transfer?: Transfer;
}

const at = (contents: readonly Content[], layer: number): Content => contents[layer] ?? written();

/** Whether a layer that only moves comes as it was, moments and counter too. */
const movesAsIs = (recipe: Recipe, moments: MomentsTransfer): boolean =>
  moments.counters === 'carry' &&
  !beginsAtZero(recipe, moments) &&
  match(moments.policy)
    .with('carry', 'zero-new', () => true)
    .with('rescale', () => moments.gradientFactor === 1)
    .with('reset', 'average', () => false)
    .exhaustive();

/** What a layer holds after a recipe. */
const after = (recipe: Recipe, from: readonly Content[], standing: Content, moments: MomentsTransfer): Content =>
  match(recipe)
    .with({ kind: 'keep' }, () => standing)
    .with({ kind: 'take' }, ({ from: source }) => (movesAsIs(recipe, moments) ? at(from, source) : written()))
    .with({ kind: P.union('combine', 'correct', 'mix', 'identity', 'initial') }, written)
    .exhaustive();

/** From where a branch begins outside of any other to where it ends. */
class Following {
  readonly #levels: Followed[];
  readonly #branches: { readonly start: Contents; readonly arms: Contents[] }[] = [];
  #shared = written();

  constructor(layers: number) {
    this.#levels = [{ layers: Array.from({ length: layers }, written) }];
  }

  get ended(): boolean {
    return this.#branches.length === 0;
  }

  get #here(): Followed {
    const here = this.#levels.at(-1);
    if (here === undefined) throw new Error('the verifier lets no arm leave its branch upwards');
    return here;
  }

  get #contents(): Contents {
    return { layers: this.#here.layers, shared: this.#shared };
  }

  set #contents({ layers, shared }: Contents) {
    this.#here.layers = layers;
    this.#shared = shared;
  }

  /** @param trained the layers that alone are; undefined where all are. */
  train(trained: TrainedLayers | undefined): void {
    const { layers, shared } = this.#contents;
    this.#contents = {
      layers: layers.map((content, layer) => (trained === undefined || trained.layers.includes(layer) ? written() : content)),
      shared: trained === undefined || trained.shared ? written() : shared,
    };
  }

  restrict(transfer: Transfer, moments: MomentsTransfer): void {
    const layers = this.#resized(transfer, this.#here.layers);
    this.#levels.push({
      layers: restrictionRecipes(transfer.restriction).map((recipe) => after(recipe, layers, written(), moments)),
      transfer,
    });
  }

  prolongate(recipesOf: (transfer: Transfer) => readonly Recipe[], moments: MomentsTransfer): void {
    const { layers: coarse, transfer } = this.#here;
    this.#levels.pop();
    const fine = this.#here;
    if (transfer === undefined) throw new Error('the verifier lets no arm leave its branch upwards');
    const layers = this.#resized(transfer, coarse);
    fine.layers = recipesOf(transfer).map((recipe, layer) => after(recipe, layers, at(fine.layers, layer), moments));
  }

  /** Between two widths everything that goes is written anew, the shared layers too. */
  #resized({ narrowing }: Transfer, layers: readonly Content[]): readonly Content[] {
    if (narrowing === 1) return layers;
    this.#shared = written();
    return layers.map(written);
  }

  arm(number: number): void {
    if (number === 1) {
      this.#branches.push({ start: this.#contents, arms: [] });
      return;
    }
    const branch = this.#branches.at(-1);
    if (branch === undefined) throw new Error('an arm stands in a branch');
    branch.arms.push(this.#contents);
    this.#contents = branch.start;
  }

  merge(policy: SharedPolicy): MergeRecipes {
    const branch = this.#branches.pop();
    if (branch === undefined) throw new Error('a merge ends a branch');
    const ends = [...branch.arms, this.#contents];
    const { start } = branch;
    const recipes = mergeRecipes(policy, start, ends);
    const layers = ends.flatMap((end) => end.layers);
    const shared = ends.map((end) => end.shared);
    this.#contents = {
      layers: recipes.layers.map((recipe, layer) => after(recipe, layers, at(start.layers, layer), mergeMoments)),
      shared: after(recipes.shared, shared, start.shared, mergeMoments),
    };
    return recipes;
  }
}

/**
 * The recipes of every merge among the visits of a walk, by the index of its visit.
 *
 * @example
 * // over 4 layers: ( restrict(even) >> train(1) >> prolongate | restrict(odd) >> train(1) >> prolongate )
 * mergesOf(walk(schedule)).get(8) // layers: take 0, take 5, take 2, take 7; shared: combine 0 and 1, a half each
 */
export const mergesOf = (visits: readonly Visit[]): ReadonlyMap<number, MergeRecipes> => {
  const merges = new Map<number, MergeRecipes>();
  let following: Following | undefined;
  for (const visit of visits) {
    const { index, stage, from, h } = visit;
    if (stage.kind === 'arm') following ??= new Following(from.layers);
    if (following === undefined) continue;
    const inside = following;
    match(stage)
      .with({ kind: 'train' }, () => inside.train(visit.trained))
      .with({ kind: 'restrict' }, (restrict) =>
        inside.restrict(transferOf(restrict.operator, from.layers), momentsTransfer(restrict, from, { h })),
      )
      .with({ kind: 'prolongate' }, (prolongate) =>
        inside.prolongate(
          (transfer) =>
            prolongationRecipes(prolongationOf(prolongate.interpolation, transfer), transfer.restriction, prolongate.correction),
          momentsTransfer(prolongate, from, { h }),
        ),
      )
      .with({ kind: 'grow' }, () => {
        throw new Error('the verifier lets no arm grow');
      })
      .with({ kind: 'arm' }, ({ arm }) => inside.arm(arm))
      .with({ kind: 'merge' }, ({ shared }) => {
        merges.set(index, inside.merge(shared));
      })
      .exhaustive();
    if (inside.ended) following = undefined;
  }
  return merges;
};
