/**
 * How a program's values get into a session and out of it: by which names, in which order, which of them as one tensor. Computed once, when a
 * program is compiled; the graph declares it (`lower.ts`) and every run keeps to it (`passing.ts`). Not here: memory, and the runs themselves.
 */
import type { Program, TensorType, ValueId } from '../../src/program/program.js';
import { type Joined, joinedVectors } from './joined-vectors.js';

/** What a way of passing asks of the graph. */
export interface Convention {
  /** The outputs begin with an empty sequence (`passing.ts` says what for). */
  readonly sequenceFirst?: boolean;
  /** Vectors are passed as one (`joined-vectors.ts`). */
  readonly joinsVectors?: boolean;
}

/** The inputs of a session, or its outputs. */
export interface Side {
  /** What the graph calls each value, in the program's order. */
  readonly names: readonly string[];
  readonly types: readonly TensorType[];
  /** Places of the values that are passed one by one. */
  readonly alone: readonly number[];
  /** The others, as one tensor. */
  readonly joined: Joined & { readonly name: string };
}

export interface Signature {
  readonly inputs: Side;
  readonly outputs: Side;
  /** What the graph calls the empty sequence that its outputs begin with; undefined where there is none. */
  readonly sequence: string | undefined;
}

/**
 * @example
 * signatureOf(program).inputs.names // ['i0', 'i1', …]
 */
export const signatureOf = (
  { types, ...program }: Program,
  { sequenceFirst = false, joinsVectors = false }: Convention = {},
): Signature => {
  const side = (values: readonly { readonly value: ValueId }[], letter: string, name: string): Side => {
    const own = values.map(({ value }) => types[value] as TensorType);
    const joined = joinedVectors(joinsVectors ? own : []);
    const places = [...own.keys()];
    return {
      names: places.map((index) => `${letter}${index}`),
      types: own,
      alone: places.filter((index) => !joined.holds(index)),
      joined: { ...joined, name },
    };
  };
  return {
    inputs: side(program.inputs, 'i', 'vectors'),
    outputs: side(program.outputs, 'o', 'next-vectors'),
    sequence: sequenceFirst ? 'sequence' : undefined,
  };
};
