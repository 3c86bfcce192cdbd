/**
 * Branches as values: arms that all begin with the same state, and how they are merged. Not here: the merge itself (`src/transfer`), the other stages
 * (`stages.ts`).
 */
import type { SharedPolicy } from '../src/schedule/schedule.js';
import { optionsLast } from '../src/schedule/sentences.js';
import { defaults } from '../src/schedule/text/index.js';
import { inPlace } from './builder.js';
import { stageOptionsFault } from './option-faults.js';
import type { Branch, StageLike } from './stages.js';
import type { BranchArguments } from './types/fault/options-fault.js';
import type { WeightArguments } from './types/fault/weight-fault.js';

export interface BranchOptions<Shared extends 'average' | 'last' | SharedPolicy = 'average' | 'last' | SharedPolicy> {
  /**
   * How layers that several arms wrote are merged, in particular the shared ones: the mean (`average`, the default), the `last` arm's version, or a
   * mean with one weight per arm, `weighted(0.25, 0.75)`.
   */
  readonly shared?: Shared;
}

type SharedIn<Shared> = Shared extends 'average' | 'last' ? { readonly kind: Shared } : Shared extends SharedPolicy ? Shared : SharedPolicy;

/** The options after the arms; the last arm may be a branch, which has a policy of its own. */
export type PolicyOf<Given extends readonly unknown[]> = Given extends readonly [...unknown[], infer Last]
  ? Last extends { readonly kind: string }
    ? { readonly kind: 'average' }
    : Last extends { readonly shared: infer Shared }
      ? SharedIn<Shared>
      : { readonly kind: 'average' }
  : { readonly kind: 'average' };

/** The arms, each as a tuple of stages; the last argument may be options. */
export type ArmsOf<Given extends readonly unknown[]> = Given extends readonly [...infer Arms, infer Last]
  ? Last extends { readonly kind: string }
    ? Alone<Given>
    : Alone<Arms>
  : number extends Given['length']
    ? readonly (readonly StageLike[])[]
    : [];

type Alone<Arms extends readonly unknown[]> = { readonly [I in keyof Arms]: readonly [Arms[I] extends StageLike ? Arms[I] : never] };

/** Weights of the arms, positive and summing to 1: `branch(a, b, { shared: weighted(0.25, 0.75) })`. */
export const weighted = <const Weights extends readonly number[]>(
  ...weights: WeightArguments<Weights>
): { readonly kind: 'weighted'; readonly weights: Weights } => ({ kind: 'weighted', weights: weights as unknown as Weights });

const policyOf = (shared: BranchOptions['shared']): SharedPolicy => {
  if (shared === undefined) return defaults.branch.shared;
  return typeof shared === 'string' ? { kind: shared } : shared;
};

/** In plain JavaScript anything may be here; the verifier says what is wrong with an arm. */
const isArm = (given: StageLike | BranchOptions | undefined): given is StageLike =>
  (typeof given !== 'object' && typeof given !== 'function') || given === null || 'kind' in given;

/**
 * Arms that all begin with the present state and run one after the other, each returning to the present level. A layer that one arm wrote is taken
 * from that arm; what several wrote is merged. An arm of several stages is a `sequence`.
 *
 * @example
 * // the two networks of Lauga et al. (2025)
 * const arm = (operator: typeof even | typeof odd) => sequence(restrict(operator), train(100), prolongate)
 * pipeline(setup, branch(arm(even), arm(odd)), train(50))
 * // ( restrict(even) >> train(100) >> prolongate | restrict(odd) >> train(100) >> prolongate ) >> train(50)
 */
export const branch = <const Given extends readonly (StageLike | BranchOptions)[]>(
  ...given: BranchArguments<Given>
): Branch<ArmsOf<Given>, PolicyOf<Given>> => {
  const all: readonly (StageLike | BranchOptions)[] = given as unknown as Given;
  const last = all.at(-1);
  const options: BranchOptions = last === undefined || isArm(last) ? {} : last;
  const arms = options === last ? all.slice(0, -1) : all;
  const misplaced = arms.findIndex((arm) => !isArm(arm));
  const fault = stageOptionsFault('branch', options) ?? (misplaced === -1 ? undefined : optionsLast(misplaced + 1));
  if (fault !== undefined) return inPlace(fault);
  const stage: Branch = { kind: 'branch', arms: arms.filter(isArm).map((arm) => [arm]), shared: policyOf(options.shared) };
  return stage as Branch<ArmsOf<Given>, PolicyOf<Given>>;
};
