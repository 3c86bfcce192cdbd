/** The stages of cycles as tuples of stage types: src/schedule/cycles.ts for the compiler. */

import type { GrowthKind } from '../../../src/schedule/bounds/growth.js';
import type { CycleName } from '../../../src/schedule/cycles.js';
import type { Training } from './training.js';
import type { WayBack } from './way-back.js';

/** Tuples of stage types; an empty one is an absent part. */
export interface Parts {
  readonly down: readonly unknown[];
  readonly up: readonly unknown[];
  readonly pre: readonly unknown[];
  readonly post: readonly unknown[];
  readonly coarse: readonly unknown[];
}

/** Levels from here down, as a tuple of that length. */
type Levels = readonly unknown[];

export interface CycleRepeat<Stages extends readonly unknown[]> {
  readonly kind: 'repeat';
  readonly times: 2;
  readonly stages: Stages;
}

type Visit<P extends Parts, Below extends readonly unknown[]> = [...P['pre'], ...P['down'], ...Below, ...P['up'], ...P['post']];

type V<P extends Parts, L extends Levels> = L extends readonly [unknown, ...infer Below extends readonly [unknown, ...unknown[]]]
  ? Visit<P, V<P, Below>>
  : P['coarse'];

type W<P extends Parts, L extends Levels> = L extends readonly [unknown, ...infer Below extends readonly [unknown, unknown, ...unknown[]]]
  ? Visit<P, [CycleRepeat<W<P, Below>>]>
  : V<P, L>;

type F<P extends Parts, L extends Levels> = L extends readonly [unknown, ...infer Below extends readonly [unknown, unknown, ...unknown[]]]
  ? Visit<P, [...F<P, Below>, ...V<P, Below>]>
  : V<P, L>;

type NestedFrom<P extends Parts, L extends Levels> = L extends readonly [unknown, ...infer Below extends readonly [unknown, ...unknown[]]]
  ? [...NestedFrom<P, Below>, ...P['up'], ...V<P, L>]
  : P['coarse'];

/** The stages once for each level except the coarsest. */
type BetweenLevels<Stages extends readonly unknown[], L extends Levels> = L extends readonly [
  unknown,
  ...infer Below extends readonly [unknown, ...unknown[]],
]
  ? [...Stages, ...BetweenLevels<Stages, Below>]
  : [];

interface Shapes<P extends Parts, L extends Levels> {
  readonly vCycle: V<P, L>;
  readonly wCycle: W<P, L>;
  readonly fCycle: F<P, L>;
  readonly nested: [...BetweenLevels<P['down'], L>, ...NestedFrom<P, L>];
  readonly cascade: [...BetweenLevels<P['down'], L>, ...P['coarse'], ...BetweenLevels<[...P['up'], ...P['post']], L>];
}

export type CycleStages<Name extends CycleName, P extends Parts, L extends Levels> = Shapes<P, L>[Name];

/** `never` for an absent part. */
type Train<Part> = [Part] extends [never]
  ? []
  : [Part] extends [{ readonly kind: 'train' }]
    ? [Part]
    : [Training<Part, undefined, undefined>];

interface Growth {
  readonly kind: GrowthKind;
}

/** The given options of a cycle's transfers that the fold reads. */
interface Transfers {
  readonly operator: unknown;
}

export interface CycleMoments<Policy> {
  readonly moments: Policy;
}

type MomentsDown<Given> = Given extends { readonly moments: infer Policy }
  ? CycleMoments<Policy extends { readonly down: infer Down } ? Down : Policy>
  : unknown;

type MomentsUp<Given> = Given extends { readonly moments: infer Policy }
  ? CycleMoments<Policy extends { readonly up: infer Up } ? Up : Policy>
  : unknown;

export interface CycleRestrict {
  readonly kind: 'restrict';
}

export interface CycleProlongate<Back> {
  readonly kind: 'prolongate';
  readonly correction: Back;
}

export interface CycleGrowth<Given> {
  readonly kind: 'grow';
  readonly growth: Given;
}

type Restriction<Given extends Transfers> = Pick<Given, keyof Given & ('operator' | 'tau')> & MomentsDown<Given> & CycleRestrict;

type Prolongation<Given> = Pick<Given, keyof Given & ('interpolation' | 'lineSearch')> & MomentsUp<Given> & CycleProlongate<WayBack<Given>>;

/** The parts of a cycle, from its options. Training is a number of steps, a conditional end or a stage; `never` where it is not given. */
export interface PartsOf<Given extends Transfers, Pre, Coarse, Post> {
  readonly down: Given['operator'] extends Growth ? [] : [Restriction<Given>];
  readonly up: Given['operator'] extends Growth ? [CycleGrowth<Given['operator']>] : [Prolongation<Given>];
  readonly pre: Train<Pre>;
  readonly post: Train<Post>;
  readonly coarse: Train<Coarse>;
}
