/**
 * How values are passed to a session and back. `fresh`: one by one, and results lie wherever the runtime puts them. `reused`: results are computed
 * into host memory that earlier results left, so that two sets of parameters and moments take turns and a step allocates nothing; and
 * vectors travel together (`joined-vectors.ts`).
 *
 * The second way needs a word of explanation. onnxruntime-node computes into tensors that it is given, but then makes a copy of each
 * result for the object that `run` returns: 76 MB of new memory a step at 8 layers × 256, 4 to 15% of a step's time. It makes those
 * copies in the order of the graph's outputs and gives up at the first that it cannot hand to JavaScript. So the graph begins its outputs
 * with one of that sort, an empty sequence: everything is computed, nothing is copied. A version of the binding that can hand
 * over a sequence, or that does not copy, returns instead of throwing, and that is as good. See docs/decisions/0006.
 */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { bytesOf, type Program, type TensorType, type ValueId } from '../../src/program/program.js';
import { messageOf } from '../../src/thrown.js';
import { SEQUENCE } from './graph.js';
import { JOINED, type Joined, joinedVectors } from './joined-vectors.js';
import { inputName, outputName } from './lowering.js';

/** Takes one tensor an input and gives one an output, in the program's order. */
export type Run = (inputs: readonly OrtTensor[]) => Promise<readonly OrtTensor[]>;

export interface Passing {
  /** Whether the graph's outputs must begin with a sequence. */
  readonly sequenceFirst: boolean;
  /** Whether the graph takes and gives vectors as one. */
  readonly joinsVectors: boolean;
  readonly runner: (session: InferenceSession, program: Program) => Run;
  /** The tensor's memory is free for a later result. */
  readonly recycle: (type: TensorType, tensor: OrtTensor) => void;
  /** Bytes that are kept for later results. */
  readonly pooled: () => number;
  readonly clear: () => void;
}

const typesOf = ({ types }: Program, values: readonly { readonly value: ValueId }[]): readonly TensorType[] =>
  values.map(({ value }) => types[value] as TensorType);

export const freshPassing: Passing = {
  sequenceFirst: false,
  joinsVectors: false,
  runner: (session, { inputs, outputs }) => {
    const names = inputs.map((_, index) => inputName(index));
    return async (given) => {
      const results = await session.run(Object.fromEntries(names.map((name, index) => [name, given[index] as OrtTensor])));
      return outputs.map((_, index) => results[outputName(index)] as OrtTensor);
    };
  },
  recycle: (_, tensor) => {
    // On the host the memory is the garbage collector's.
    if (tensor.location === 'gpu-buffer') tensor.dispose();
  },
  pooled: () => 0,
  clear: () => undefined,
};

/** What the binding says when it comes to the sequence, after everything has been computed. */
const CANNOT_HAND_OVER = 'Non tensor type is temporarily not supported';

const isReluctance = (error: unknown): boolean => messageOf(error).includes(CANNOT_HAND_OVER);

/** Memory of one type that is free. */
interface Shelf {
  readonly type: TensorType;
  readonly tensors: OrtTensor[];
}

const numbersOf = (tensor: OrtTensor): Float32Array => tensor.data as Float32Array;

/** @param allocate host memory of a type, for when no earlier result has left any */
export const reusedPassing = (allocate: (type: TensorType) => OrtTensor): Passing => {
  const shelves = new Map<string, Shelf>();
  /** The same by the type itself: a step has hundreds of outputs, and would spend longer on writing their keys than on anything else here. */
  const known = new WeakMap<TensorType, Shelf>();
  const shelfOf = (type: TensorType): Shelf => {
    const found = known.get(type);
    if (found !== undefined) return found;
    const key = `${type.dtype}[${type.shape}]`;
    const shelf = shelves.get(key) ?? { type, tensors: [] };
    shelves.set(key, shelf);
    known.set(type, shelf);
    return shelf;
  };
  const take = ({ tensors, type }: Shelf): OrtTensor => tensors.pop() ?? allocate(type);

  const runner = (session: InferenceSession, program: Program): Run => {
    const inputTypes = typesOf(program, program.inputs);
    const outputTypes = typesOf(program, program.outputs);
    const [going, coming] = [joinedVectors(inputTypes), joinedVectors(outputTypes)];
    const alone = (types: readonly TensorType[], { holds }: Joined, nameOf: (index: number) => string) =>
      types.flatMap((_, index) => (holds(index) ? [] : [{ index, name: nameOf(index) }]));
    const fed = alone(inputTypes, going, inputName);
    const fetched = alone(outputTypes, coming, outputName);
    const resultShelves = outputTypes.map(shelfOf);
    const [goingShelf, comingShelf] = [shelfOf(going.whole), shelfOf(coming.whole)];
    return async (given) => {
      const feeds: Record<string, OrtTensor> = {};
      for (const { index, name } of fed) feeds[name] = given[index] as OrtTensor;
      const vectors = take(goingShelf);
      if (going.parts.length > 0) feeds[JOINED.inputs] = vectors;
      for (const { index, at } of going.parts) numbersOf(vectors).set(numbersOf(given[index] as OrtTensor), at);

      const results = resultShelves.map(take);
      const fetches: Record<string, OrtTensor | null> = { [SEQUENCE]: null };
      for (const { index, name } of fetched) fetches[name] = results[index] as OrtTensor;
      const changed = take(comingShelf);
      if (coming.parts.length > 0) fetches[JOINED.outputs] = changed;
      try {
        await session.run(feeds, fetches);
      } catch (error) {
        if (!isReluctance(error)) throw error;
      }
      for (const { index, at, size } of coming.parts)
        numbersOf(results[index] as OrtTensor).set(numbersOf(changed).subarray(at, at + size));
      goingShelf.tensors.push(vectors);
      comingShelf.tensors.push(changed);
      return results;
    };
  };

  return {
    sequenceFirst: true,
    joinsVectors: true,
    runner,
    recycle: (type, tensor) => shelfOf(type).tensors.push(tensor),
    pooled: () => [...shelves.values()].reduce((sum, { type, tensors }) => sum + bytesOf(type) * tensors.length, 0),
    clear: () => {
      for (const { tensors } of shelves.values()) tensors.length = 0;
    },
  };
};
