/**
 * What the compiler knows between two stages. A fold carries it over the stages; a stage that changes depth in a new way
 * (growth, say) only has to give another stack.
 */

/**
 * Layers of each open level, the present one first (`number`: not known); a tuple as long as the stages so far in this body; the levels
 * that were open where the innermost branch began (none outside of branches); and heads of each open level.
 */
export interface Known<
  Stack extends readonly number[] = readonly number[],
  Count extends readonly unknown[] = readonly unknown[],
  Base extends readonly number[] = readonly number[],
  Heads extends readonly number[] = readonly number[],
> {
  readonly stack: Stack;
  readonly count: Count;
  readonly base: Base;
  readonly heads: Heads;
}

/** Something in the stages is not literal: from here on the verifier decides. */
export interface Deferred {
  readonly deferred: true;
}

/** The stage that was folded last does not fit. */
export interface Fault<Sentence extends string = string> {
  readonly fault: Sentence;
}

export type State = Known | Deferred | Fault;

/** The same levels, one stage further. */
export type Counted<S extends Known, Stack extends readonly number[] = S['stack'], Heads extends readonly number[] = S['heads']> = Known<
  Stack,
  [...S['count'], 0],
  S['base'],
  Heads
>;
