/**
 * The contents of each layer, followed through the arms of a schedule's branches. An arm has written a layer if any of the layer's tensors may differ
 * from what it was where the branch began; so an arm that goes down and returns by injection without training wrote nothing. Not here: the merge that
 * follows from what was written (`merge.ts`).
 */
import { match, P } from 'ts-pattern';
import type { SharedPolicy } from '../schedule/schedule.js';
import type { TrainedLayers } from '../schedule/walk/step-part.js';
import type { Visit } from '../schedule/walk/walk.js';
import { type Content, type Contents, type MergeRecipes, mergeRecipes } from './merge.js';
import { beginsAtZero, type MomentsTransfer } from './moments.js';
import type { Recipe } from './recipe.js';
import type { ResolvedMerge, ResolvedTransfer } from './resolved.js';

const written = (): Content => ({});

const at = (contents: readonly Content[], layer: number): Content => contents[layer] ?? written();

/** Whether a layer that only moves arrives unchanged, moments and counter included. */
const movesAsIs = (recipe: Recipe, moments: MomentsTransfer): boolean =>
  moments.counters === 'carry' &&
  !beginsAtZero(recipe, moments) &&
  match(moments.policy)
    .with('carry', 'zero-new', () => true)
    .with('rescale', () => moments.gradientFactor === 1)
    .with('reset', 'average', () => false)
    .exhaustive();

/** The contents of a layer after a recipe. */
const after = (recipe: Recipe, from: readonly Content[], destination: Content, moments: MomentsTransfer): Content =>
  match(recipe)
    .with({ kind: 'keep' }, () => destination)
    .with({ kind: 'take' }, ({ from: source }) => (movesAsIs(recipe, moments) ? at(from, source) : written()))
    .with({ kind: P.union('combine', 'correct', 'mix', 'identity', 'initial') }, written)
    .exhaustive();

/** A branch that is being followed: `around` is its level as the surrounding stages know it, `start` the same level as its own arms know it. */
interface Followed {
  readonly around: Contents;
  readonly start: Contents;
  readonly arms: Contents[];
}

/** The contents of each level's layers, from the beginning of an outermost branch to its end. */
export class ArmContents {
  readonly #levels = new Map<number, readonly Content[]>();
  readonly #branches: Followed[] = [];
  #shared = written();

  /** @param first the first arm's. */
  constructor({ level, layers }: Visit) {
    this.#levels.set(level, Array.from({ length: layers }, written));
  }

  get ended(): boolean {
    return this.#branches.length === 0;
  }

  /** Follows what a visit does to the layers. */
  see({ stage, level, from, trained }: Visit, transfer: ResolvedTransfer | undefined): void {
    // What any replica wrote is written after all of them: they are followed as if one continued what the other did.
    if ('round' in stage && stage.round !== undefined) return;
    if (stage.kind === 'arm') this.#arm(stage.arm, level);
    else if (stage.kind === 'train') this.#train(trained, level);
    else if (transfer?.kind === 'merge') this.#merged(transfer, level);
    else if (transfer !== undefined && transfer.kind !== 'outer') {
      const { recipes, moments } = transfer.layers;
      const sources = this.#resized(transfer, this.#layers(from.level));
      const destination = transfer.kind === 'prolongate' ? this.#layers(level) : [];
      this.#levels.set(
        level,
        recipes.map((recipe, layer) => after(recipe, sources, at(destination, layer), moments)),
      );
    }
  }

  /** The recipes of the next merge. */
  merge(policy: SharedPolicy, level: number): MergeRecipes {
    const { start, arms } = this.#innermost;
    return mergeRecipes(policy, start, [...arms, this.#contents(level)]);
  }

  #layers(level: number): readonly Content[] {
    return this.#levels.get(level) ?? [];
  }

  #contents(level: number): Contents {
    return { layers: this.#layers(level), shared: this.#shared };
  }

  #put(level: number, { layers, shared }: Contents): void {
    this.#levels.set(level, layers);
    this.#shared = shared;
  }

  get #innermost(): Followed {
    const branch = this.#branches.at(-1);
    if (branch === undefined) throw new Error('arms and merges are in branches');
    return branch;
  }

  /** @param trained the trained layers; undefined where all are trained. */
  #train(trained: TrainedLayers | undefined, level: number): void {
    const { layers, shared } = this.#contents(level);
    this.#put(level, {
      layers: layers.map((content, layer) => (trained === undefined || trained.layers.includes(layer) ? written() : content)),
      shared: trained === undefined || trained.shared ? written() : shared,
    });
  }

  /** Between two widths everything that moves is new, the shared layers too. */
  #resized(transfer: ResolvedTransfer, layers: readonly Content[]): readonly Content[] {
    if (!('width' in transfer)) return layers;
    this.#shared = written();
    return layers.map(written);
  }

  /** Its arms do not know which layers are equal where it begins, so that a nested branch merges as it does by itself. */
  #arm(number: number, level: number): void {
    const now = this.#contents(level);
    if (number === 1) this.#branches.push({ around: now, start: { layers: now.layers.map(written), shared: written() }, arms: [] });
    else this.#innermost.arms.push(now);
    this.#put(level, this.#innermost.start);
  }

  #merged({ layers, shared }: ResolvedMerge, level: number): void {
    const { around, start, arms } = this.#innermost;
    this.#branches.pop();
    const ends = [...arms, this.#contents(level)];
    const from = ends.flatMap((end) => end.layers);
    const fromShared = ends.map((end) => end.shared);
    const known = new Map([
      ...start.layers.map((content, layer) => [content, at(around.layers, layer)] as const),
      [start.shared, around.shared],
    ]);
    const seenAround = (content: Content): Content => known.get(content) ?? content;
    this.#put(level, {
      layers: layers.recipes.map((recipe, layer) => seenAround(after(recipe, from, at(start.layers, layer), layers.moments))),
      shared: seenAround(after(shared.recipes[0] ?? { kind: 'keep' }, fromShared, start.shared, shared.moments)),
    });
  }
}
