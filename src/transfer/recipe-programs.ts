/**
 * The programs that a recipe needs: none where tensors are reused unchanged. Not here: the programs as such (`blend.ts`), running them, their cost.
 */
import { match } from 'ts-pattern';
import type { Program } from '../program/program.js';
import { combineProgram, correctProgram, mixProgram } from './blend.js';
import type { LayerEntry } from './layer-matrix.js';
import { type CellTensors, type LayerTensor, PARAMETER_CLASS, parameterTensors } from './layer-tensor.js';
import { beginsAtZero, HALF, type MomentsTransfer } from './moments.js';
import type { Recipe } from './recipe.js';
import type { Blend } from './resolved.js';

/** The tensors of a layer that a recipe must compute, and the kind of computation; for a mix also its share. */
export type BlendWork = (
  | { readonly kind: 'combine' }
  | { readonly kind: 'mix'; readonly share: number }
  /** `halfway`: half of the correction. */
  | { readonly kind: 'correct'; readonly share: number; readonly halfway: boolean }
) & {
  readonly terms: readonly LayerEntry[];
  readonly tensors: readonly LayerTensor[];
};

/** The tensor operations of one layer's recipe; none where the cell's tensors are reused unchanged. */
export const workOf = (recipe: Recipe, moments: MomentsTransfer, tensors: readonly LayerTensor[]): readonly BlendWork[] => {
  const { policy, gradientFactor } = moments;
  const ofWeights = tensors.filter((tensor) => tensor.class === PARAMETER_CLASS);
  const ofMoments = tensors.filter((tensor) => tensor.class !== PARAMETER_CLASS);
  const moved = beginsAtZero(recipe, moments) ? ofWeights : tensors;
  return match(recipe)
    .returnType<readonly BlendWork[]>()
    .with({ kind: 'keep' }, { kind: 'identity' }, { kind: 'initial' }, () => [])
    .with({ kind: 'take' }, ({ from }) => {
      const terms = [{ column: from, weight: 1 }];
      if (policy === 'average') return [{ kind: 'mix', share: HALF, terms, tensors: ofMoments }];
      return policy === 'rescale' && gradientFactor !== 1 ? [{ kind: 'combine', terms, tensors: ofMoments }] : [];
    })
    .with({ kind: 'combine' }, ({ terms }) =>
      policy === 'average'
        ? [
            { kind: 'combine', terms, tensors: ofWeights },
            { kind: 'mix', share: HALF, terms, tensors: ofMoments },
          ]
        : [{ kind: 'combine', terms, tensors: moved }],
    )
    .with({ kind: 'correct' }, ({ share, terms }) =>
      policy === 'average'
        ? [
            { kind: 'correct', share, halfway: false, terms, tensors: ofWeights },
            { kind: 'correct', share, halfway: true, terms, tensors: ofMoments },
          ]
        : [{ kind: 'correct', share, halfway: false, terms, tensors: moved }],
    )
    .with({ kind: 'mix' }, ({ share, terms }) =>
      policy === 'average'
        ? [
            { kind: 'mix', share, terms, tensors: ofWeights },
            // The mean of the existing value and its mix is half the mix.
            { kind: 'mix', share: HALF * share, terms, tensors: ofMoments },
          ]
        : [{ kind: 'mix', share, terms, tensors: moved }],
    )
    .exhaustive();
};

export const blendProgram = (work: BlendWork): Program =>
  match(work)
    .with({ kind: 'combine' }, ({ tensors, terms }) => combineProgram(tensors, terms.length))
    .with({ kind: 'correct' }, ({ tensors, terms, halfway }) => correctProgram(tensors, terms.length, halfway))
    .with({ kind: 'mix' }, ({ tensors, terms }) => mixProgram(tensors, terms.length))
    .exhaustive();

/** Equal exactly where the programs are. */
export const blendKey = (work: BlendWork): string => {
  const { kind, terms, tensors } = work;
  const halfway = work.kind === 'correct' && work.halfway ? ' halfway' : '';
  return `${kind}${halfway} ${terms.length} ${tensors.map(({ name, shape }) => `${name}[${shape}]`).join()}`;
};

/** The tensors of each cell that a blend computes, among those that cells have at its width. */
export const tensorsOfBlend = ({ of }: Blend, { layer, shared }: CellTensors): readonly LayerTensor[] =>
  match(of)
    .with('layers', () => layer)
    .with('shared', () => shared)
    .with('parameters', () => parameterTensors(layer))
    .exhaustive();
