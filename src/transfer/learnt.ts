/**
 * A transfer whose coefficients are learnt (LiGO, Wang et al. 2023): its recipes open to every layer that they may read, and the derivatives of a loss
 * by their coefficients. A layer that becomes base + s·Σⱼ wⱼ·tⱼ has, by the chain rule,
 *
 *     ∂loss/∂wⱼ = s · Σ over its parameters of gradient · tⱼ,
 *
 * where tⱼ is a layer that it reads, or for a correction the difference to what was restricted. Not here: steps along them
 * (`src/runner/stages/fit.ts`).
 */
import type { Program } from '../program/program.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import { blendInput } from './blend.js';
import type { LayerEntry } from './layer-matrix.js';
import type { LayerTensor } from './layer-tensor.js';
import type { Recipe } from './recipe.js';

/** A layer that is made of layers. */
export type MadeRecipe = Extract<Recipe, { readonly terms: readonly LayerEntry[] }>;

export const isMade = (recipe: Recipe): recipe is MadeRecipe => 'terms' in recipe;

/** The same weights, with a zero for each layer that is not read. */
const open = (terms: readonly LayerEntry[], sources: number): readonly LayerEntry[] =>
  Array.from({ length: sources }, (_, column) => ({ column, weight: terms.find((term) => term.column === column)?.weight ?? 0 }));

/** The recipes with a coefficient for each of the layers that may be read; layers that are made of none stay as they are. */
export const openRecipes = (recipes: readonly Recipe[], sources: number): readonly Recipe[] =>
  recipes.map((recipe): Recipe => {
    if (recipe.kind === 'take') return { kind: 'combine', terms: open([{ column: recipe.from, weight: 1 }], sources), fresh: recipe.fresh };
    return isMade(recipe) ? { ...recipe, terms: open(recipe.terms, sources) } : recipe;
  });

/** The recipes with other weights, a list for each layer that is made of layers, in their order. */
export const withWeights = (recipes: readonly Recipe[], weights: readonly (readonly number[])[]): readonly Recipe[] => {
  let row = 0;
  return recipes.map((recipe): Recipe => {
    if (!isMade(recipe)) return recipe;
    const own = weights[row];
    row += 1;
    return { ...recipe, terms: recipe.terms.map(({ column }, term) => ({ column, weight: own?.[term] ?? Number.NaN })) };
  });
};

export const weightsOf = (recipes: readonly Recipe[]): readonly (readonly number[])[] =>
  recipes.filter(isMade).map(({ terms }) => terms.map(({ weight }) => weight));

/** The share with which a layer's sum enters it. */
export const shareOf = (recipe: MadeRecipe): number => (recipe.kind === 'combine' ? 1 : recipe.share);

export const slopeInput = { ...blendInput, gradient: (tensor: string): string => `gradient/${tensor}` } as const;

/** Of one layer: (gradient, layers that it reads, for a correction also what was restricted) → Σ gradient · t for each of these, a scalar. */
export const slopesProgram = (recipe: MadeRecipe, tensors: readonly LayerTensor[]): Program => {
  const count = recipe.terms.length;
  const trace = new Tracer(`slopes[${count} layers]`);
  const input = (name: string, { shape }: LayerTensor): Tensor => trace.input(name, 'tensor', { dtype: 'f32', shape });
  const gradients = tensors.map((tensor) => input(slopeInput.gradient(tensor.name), tensor));
  const product = (tensor: LayerTensor, gradient: Tensor, term: number): Tensor => {
    const read = input(slopeInput.term(tensor.name, term), tensor);
    const moved = recipe.kind === 'correct' ? trace.sub(read, input(slopeInput.restricted(tensor.name, term), tensor)) : read;
    return trace.sumTo(trace.mul(gradient, moved), []);
  };
  return trace.finish(
    recipe.terms.map((_, term) => ({
      name: `slope.${term}`,
      tensor: tensors.map((tensor, index) => product(tensor, gradients[index] as Tensor, term)).reduce((sum, part) => trace.add(sum, part)),
    })),
  );
};

/** Equal exactly where the programs are. */
export const slopesKey = (recipe: MadeRecipe, tensors: readonly LayerTensor[]): string =>
  `slopes${recipe.kind === 'correct' ? ' of differences' : ''} ${recipe.terms.length} ${tensors.map(({ name, shape }) => `${name}[${shape}]`).join()}`;
