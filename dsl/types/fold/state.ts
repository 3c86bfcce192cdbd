/**
 * What the compiler knows between two stages. A fold carries it over the stages; a stage that changes depth in a new way
 * (growth, say) only has to give another stack.
 */
import type { Trained } from './trained.js';

/** An open level: its layers and its heads (`number`: not known), and the restriction that led to it (`null` for level 0). */
export interface Open<Layers extends number = number, Heads extends number = number, Restriction = unknown> {
  readonly layers: Layers;
  readonly heads: Heads;
  readonly restriction: Restriction;
}

/**
 * The open levels, the present one first; a tuple as long as the stages so far in this body; the levels that were open where the innermost
 * branch began (none outside of branches); what has been trained; and a tuple as long as all stages that were followed, wherever they are.
 */
export interface Known<
  Levels extends readonly Open[] = readonly Open[],
  Count extends readonly unknown[] = readonly unknown[],
  Base extends readonly Open[] = readonly Open[],
  T extends Trained = Trained,
  Followed extends readonly unknown[] = readonly unknown[],
> {
  readonly levels: Levels;
  readonly count: Count;
  readonly base: Base;
  readonly trained: T;
  readonly followed: Followed;
}

/** Something in the stages is not literal, or there is too much of it: from here on the verifier decides. */
export interface Deferred {
  readonly deferred: true;
}

/** The stage that was folded last does not fit. */
export interface Fault<Sentence extends string = string> {
  readonly fault: Sentence;
}

export type State = Known | Deferred | Fault;

/**
 * One stage further; the same levels, unless others are given. A condition, here and elsewhere in what a fold carries on: an alias that is only a
 * reference is worked out late, and a long chain of those is "excessively deep" (TS2589).
 */
export type Counted<S extends Known, Levels extends readonly Open[] = S['levels'], T extends Trained = S['trained']> = S extends unknown
  ? Known<Levels, [...S['count'], 0], S['base'], T, [...S['followed'], 0]>
  : never;

/** After a stage that holds others, which ended with `After`. */
export type Left<S extends Known, After extends Known, Levels extends readonly Open[]> = S extends unknown
  ? Known<Levels, [...S['count'], 0], S['base'], After['trained'], [...After['followed'], 0]>
  : never;

/** How many levels are open above the present one. */
export type LevelOf<Levels extends readonly unknown[]> = Levels extends readonly [unknown, ...infer Finer] ? Finer['length'] : never;
