/**
 * How values are passed to a session and back. `fresh`: one by one, with results in memory of the runtime. `reused`: results are computed into host
 * memory of earlier results, so that two sets of parameters and moments alternate and a step allocates nothing; and vectors are passed as one tensor
 * (`joined-vectors.ts`).
 *
 * The second way needs an explanation. onnxruntime-node computes into tensors that it is given, but then copies each result for the object that `run`
 * returns: 76 MB of new memory per step at 8 layers × 256, 4 to 15% of a step's time. It makes those copies in the order of the graph's outputs and
 * throws at the first that it cannot convert for JavaScript. So the first output of the graph is such a value, an empty sequence: everything is
 * computed, nothing is copied. A version of the binding that can convert a sequence, or that does not copy, returns instead of throwing, which works
 * as well. See docs/decisions/0006.
 */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { bytesOf, type TensorType } from '../../src/program/program.js';
import { messageOf } from '../../src/thrown.js';
import type { Succession } from '../update-regions.js';
import type { Convention, Port, Signature } from './signature.js';

/**
 * Takes one tensor per input and returns one per output, in the program's order.
 *
 * @param inPlace outputs that are computed in place; they are then the input's tensor.
 */
export type Run = (inputs: readonly OrtTensor[], inPlace?: readonly Succession[]) => Promise<readonly OrtTensor[]>;

export interface Passing {
  /** What it requires of the graphs whose values it passes. */
  readonly convention: Convention;
  readonly runner: (session: InferenceSession, signature: Signature) => Run;
  /** Frees the tensor's memory for a later result. */
  readonly recycle: (type: TensorType, tensor: OrtTensor) => void;
  /** Bytes kept for later results. */
  readonly pooled: () => number;
  readonly clear: () => void;
}

export const freshPassing: Passing = {
  convention: {},
  runner:
    (session, { inputs, outputs }) =>
    async (given) => {
      const results = await session.run(Object.fromEntries(inputs.ports.map(({ name, index }) => [name, given[index] as OrtTensor])));
      return outputs.ports.map(({ name }) => results[name] as OrtTensor);
    },
  recycle: (_, tensor) => {
    // On the host the memory is left to the garbage collector.
    if (tensor.location === 'gpu-buffer') tensor.dispose();
  },
  pooled: () => 0,
  clear: () => undefined,
};

/** The binding's error at the sequence, after everything has been computed. */
const CANNOT_HAND_OVER = 'Non tensor type is temporarily not supported';

const isReluctance = (error: unknown): boolean => messageOf(error).includes(CANNOT_HAND_OVER);

/** Free memory of one type. */
interface Shelf {
  readonly type: TensorType;
  readonly tensors: OrtTensor[];
}

/** Free memory of earlier results, by type. */
class Shelves {
  readonly #shelves = new Map<string, Shelf>();
  /** The same by the type object itself: a step has hundreds of outputs, and building their keys would take longer than everything else here. */
  readonly #known = new WeakMap<TensorType, Shelf>();

  constructor(private readonly allocate: (type: TensorType) => OrtTensor) {}

  of(type: TensorType): Shelf {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const key = `${type.dtype}[${type.shape}]`;
    const shelf = this.#shelves.get(key) ?? { type, tensors: [] };
    this.#shelves.set(key, shelf);
    this.#known.set(type, shelf);
    return shelf;
  }

  readonly take = ({ tensors, type }: Shelf): OrtTensor => tensors.pop() ?? this.allocate(type);

  bytes(): number {
    return [...this.#shelves.values()].reduce((sum, { type, tensors }) => sum + bytesOf(type) * tensors.length, 0);
  }

  clear(): void {
    for (const { tensors } of this.#shelves.values()) tensors.length = 0;
  }
}

/** The same memory in the shape that the session uses; made once per tensor, since they alternate. */
const inShape = (): ((tensor: OrtTensor, port: Port) => OrtTensor) => {
  const views = new WeakMap<OrtTensor, OrtTensor>();
  return (tensor, { type, shape }) => {
    if (shape === type.shape) return tensor;
    const known = views.get(tensor) ?? tensor.reshape(shape);
    views.set(tensor, known);
    return known;
  };
};

const numbersOf = (tensor: OrtTensor): Float32Array => tensor.data as Float32Array;

/** The values of a run: inputs come from the caller, outputs are in memory of earlier results. */
const reusingRunner = (shelves: Shelves, session: InferenceSession, { inputs, outputs, sequence }: Signature): Run => {
  const fixed = sequence === undefined ? {} : { [sequence]: null };
  const resultShelves = outputs.ports.map(({ type }) => shelves.of(type));
  const [inputShelf, outputShelf] = [shelves.of(inputs.joined.whole), shelves.of(outputs.joined.whole)];
  const shaped = inShape();
  return async (given, inPlace = []) => {
    const feeds: Record<string, OrtTensor> = {};
    for (const { index, name } of inputs.alone) feeds[name] = given[index] as OrtTensor;
    const vectors = shelves.take(inputShelf);
    if (inputs.joined.parts.length > 0) feeds[inputs.joined.name] = vectors;
    for (const { index, at } of inputs.joined.parts) numbersOf(vectors).set(numbersOf(given[index] as OrtTensor), at);

    const results: OrtTensor[] = [];
    for (const { input, output } of inPlace) results[output] = given[input] as OrtTensor;
    for (const [index, shelf] of resultShelves.entries()) results[index] ??= shelves.take(shelf);
    const fetches: Record<string, OrtTensor | null> = { ...fixed };
    for (const port of outputs.alone) fetches[port.name] = shaped(results[port.index] as OrtTensor, port);
    const nextVectors = shelves.take(outputShelf);
    if (outputs.joined.parts.length > 0) fetches[outputs.joined.name] = nextVectors;
    try {
      await session.run(feeds, fetches);
    } catch (error) {
      if (!isReluctance(error)) throw error;
    }
    for (const { index, at, size } of outputs.joined.parts)
      numbersOf(results[index] as OrtTensor).set(numbersOf(nextVectors).subarray(at, at + size));
    inputShelf.tensors.push(vectors);
    outputShelf.tensors.push(nextVectors);
    return results;
  };
};

/** @param allocate host memory of a type, if no earlier result has left any */
export const reusedPassing = (allocate: (type: TensorType) => OrtTensor): Passing => {
  const shelves = new Shelves(allocate);
  return {
    convention: { sequenceFirst: true, joinsVectors: true, updatesInPieces: true },
    runner: (session, signature) => reusingRunner(shelves, session, signature),
    recycle: (type, tensor) => shelves.of(type).tensors.push(tensor),
    pooled: () => shelves.bytes(),
    clear: () => shelves.clear(),
  };
};
