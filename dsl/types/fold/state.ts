/**
 * What the compiler knows between two stages. The fold passes it from stage to stage; a stage that changes depth in a new way only has to return
 * another stack.
 */
import type { Trained } from './trained.js';

/** The sizes of a network that a transfer over the width divides; a family without heads of keys and values of their own has those of its queries. */
export interface Widths<Heads extends number = number, KeyValueHeads extends number = number, Hidden extends number = number> {
  readonly heads: Heads;
  readonly keyValueHeads: KeyValueHeads;
  readonly hidden: Hidden;
}

/**
 * An open level: its layers and its sizes (`number`: unknown), the restriction that opened it (`null` for level 0), and how often its layers are
 * applied; 1 on coarse levels, where it does not matter, since only level 0 grows.
 */
export interface Open<Layers extends number = number, W extends Widths = Widths, Restriction = unknown, Loops extends number = number> {
  readonly layers: Layers;
  readonly widths: W;
  readonly restriction: Restriction;
  readonly loops: Loops;
}

/**
 * The open levels, the present one first; a tuple as long as the stages so far in this body; the levels that were open where the innermost branch
 * began (none outside branches); what has been trained; and a tuple as long as all stages followed so far, at any depth.
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

/** Something in the stages is not literal, or there are too many: from here on the verifier decides. */
export interface Deferred {
  readonly deferred: true;
}

/** The last folded stage does not fit. */
export interface Fault<Sentence extends string = string> {
  readonly fault: Sentence;
}

export type State = Known | Deferred | Fault;

/**
 * The state one stage further, with the same levels unless others are given. It is a conditional type, here and elsewhere in the state of a fold,
 * because a plain alias is resolved late, and a long chain of those is "excessively deep" (TS2589).
 */
export type Counted<S extends Known, Levels extends readonly Open[] = S['levels'], T extends Trained = S['trained']> = S extends unknown
  ? Known<Levels, [...S['count'], 0], S['base'], T, [...S['followed'], 0]>
  : never;

/** The state after a stage that contains others, which ended with `After`. */
export type Left<S extends Known, After extends Known, Levels extends readonly Open[]> = S extends unknown
  ? Known<Levels, [...S['count'], 0], S['base'], After['trained'], [...After['followed'], 0]>
  : never;

/** The number of levels above the present one. */
export type LevelOf<Levels extends readonly unknown[]> = Levels extends readonly [unknown, ...infer Finer] ? Finer['length'] : never;
