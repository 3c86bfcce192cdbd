/**
 * How a program's values get into a session and out of it: their names, their order, and which are passed as one tensor. Computed once, when a
 * program is compiled; the graph declares it (`lower.ts`) and every run follows it (`passing.ts`). Not here: memory, and the runs themselves.
 */
import { type Program, type Shape, type TensorType, typeIn, type ValueId } from '../../src/program/program.js';
import type { Succession } from '../update-regions.js';
import { type Joined, joinedVectors } from './joined-vectors.js';
import { type RegionInPieces, regionsInPieces } from './regions-in-pieces.js';

/** What a way of passing requires of the graph. */
export interface Convention {
  /** The outputs begin with an empty sequence (`passing.ts` says why). */
  readonly sequenceFirst?: boolean;
  /** Vectors are passed as one (`joined-vectors.ts`). */
  readonly joinsVectors?: boolean;
  /** Large tensors of state are updated piece by piece (`update-in-pieces.ts`). */
  readonly updatesInPieces?: boolean;
}

/** A value that passes into a session or out of it. */
export interface Port {
  /** Its index among the program's inputs, or outputs. */
  readonly index: number;
  /** Its name in the graph. */
  readonly name: string;
  readonly type: TensorType;
  /** Its shape in the session, if it is not that of the type. */
  readonly shape: Shape;
}

/** The inputs of a session, or its outputs. */
export interface Side {
  /** In the program's order. */
  readonly ports: readonly Port[];
  /** Those that are passed one by one. */
  readonly alone: readonly Port[];
  /** The others, passed as one tensor. */
  readonly joined: Joined & { readonly name: string };
}

export interface Signature {
  readonly inputs: Side;
  readonly outputs: Side;
  /** The graph's name of the empty sequence that is its first output; undefined where there is none. */
  readonly sequence: string | undefined;
  readonly regions: readonly RegionInPieces[];
  /** Outputs that may be computed in place of inputs. */
  readonly inPlace: readonly Succession[];
}

/**
 * @example
 * signatureOf(program).inputs.ports.map(({ name }) => name) // ['i0', 'i1', …]
 */
export const signatureOf = (
  program: Program,
  { sequenceFirst = false, joinsVectors = false, updatesInPieces = false }: Convention = {},
): Signature => {
  const regions = updatesInPieces ? regionsInPieces(program) : [];
  const shapes = new Map(regions.flatMap(({ pieces, successions }) => successions.map(({ output }): [number, Shape] => [output, pieces])));
  const side = (values: readonly { readonly value: ValueId }[], letter: string, name: string): Side => {
    const ports = values.map(({ value }, index): Port => {
      const type = typeIn(program, value);
      const shape = (values === program.outputs ? shapes.get(index) : undefined) ?? type.shape;
      return { index, name: `${letter}${index}`, type, shape };
    });
    const joined = joinedVectors(joinsVectors ? ports.map(({ type }) => type) : []);
    return { ports, alone: ports.filter(({ index }) => !joined.holds(index)), joined: { ...joined, name } };
  };
  return {
    inputs: side(program.inputs, 'i', 'vectors'),
    outputs: side(program.outputs, 'o', 'next-vectors'),
    sequence: sequenceFirst ? 'sequence' : undefined,
    regions,
    inPlace: regions.flatMap(({ inPlace }) => inPlace),
  };
};
