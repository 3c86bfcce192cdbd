/**
 * Where a session's results go. `fresh`: wherever the runtime puts them. `reused`: into host memory that earlier results left, so that
 * two sets of parameters and moments take turns and a step allocates nothing.
 *
 * The second way needs a word of explanation. onnxruntime-node computes into tensors that it is given, but then makes a copy of each
 * result for the object that `run` returns: 76 MB of new memory a step at 8 layers × 256, 4 to 15% of a step's time. It makes those
 * copies in the order of the graph's outputs and gives up at the first that it cannot hand to JavaScript. So the graph begins its outputs
 * with one of that sort, an empty sequence: everything is computed, nothing is copied. A version of the binding that can hand
 * over a sequence, or that does not copy, returns instead of throwing, and that is as good. See docs/decisions/0006.
 */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Program, TensorType, ValueId } from '../../src/program/program.js';
import { SEQUENCE } from './graph.js';
import { bytesOfType, outputName } from './lowering.js';

export interface Outputs {
  /** Whether the graph's outputs must begin with a sequence. */
  readonly sequenceFirst: boolean;
  /** How the session of a program is run: one tensor an output comes back, in the program's order. */
  readonly runner: (
    session: InferenceSession,
    program: Program,
  ) => (feeds: Readonly<Record<string, OrtTensor>>) => Promise<readonly OrtTensor[]>;
  /** The tensor's memory is free for a later result. */
  readonly recycle: (type: TensorType, tensor: OrtTensor) => void;
  /** Bytes that are kept for later results. */
  readonly pooled: () => number;
  readonly clear: () => void;
}

const typeOf = ({ types }: Program, value: ValueId): TensorType => types[value] as TensorType;

export const freshOutputs: Outputs = {
  sequenceFirst: false,
  runner:
    (session, { outputs }) =>
    async (feeds) => {
      const results = await session.run(feeds);
      return outputs.map((_, index) => results[outputName(index)] as OrtTensor);
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

const isReluctance = (error: unknown): boolean => error instanceof Error && error.message.includes(CANNOT_HAND_OVER);

/** Memory of one type that is free. */
interface Shelf {
  readonly type: TensorType;
  readonly tensors: OrtTensor[];
}

/** @param allocate host memory of a type, for when no earlier result has left any */
export const reusedOutputs = (allocate: (type: TensorType) => OrtTensor): Outputs => {
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
  return {
    sequenceFirst: true,
    runner: (session, program) => {
      const places = program.outputs.map(({ value }, index) => ({ name: outputName(index), shelf: shelfOf(typeOf(program, value)) }));
      return async (feeds) => {
        const results = places.map(({ shelf }) => shelf.tensors.pop() ?? allocate(shelf.type));
        const fetches: Record<string, OrtTensor | null> = { [SEQUENCE]: null };
        places.forEach(({ name }, index) => {
          fetches[name] = results[index] as OrtTensor;
        });
        try {
          await session.run(feeds, fetches);
        } catch (error) {
          if (!isReluctance(error)) throw error;
        }
        return results;
      };
    },
    recycle: (type, tensor) => shelfOf(type).tensors.push(tensor),
    pooled: () => [...shelves.values()].reduce((sum, { type, tensors }) => sum + bytesOfType(type) * tensors.length, 0),
    clear: () => {
      for (const { tensors } of shelves.values()) tensors.length = 0;
    },
  };
};
