/**
 * A model's parameters as a class of Hugging Face's Transformers reads them, and back: names, layouts, configuration. Those classes have no step
 * size, so h is folded into the last product of each residual branch: h·(xW + b) = x(hW) + hb. Not here: a family's names (`gpt-hugging-face.ts`),
 * the file format (`safetensors.ts`), the folder (`model-folder.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { nearestOf } from '../nearest.js';
import { sameShape, sizeOf } from '../program/program.js';
import type { Model } from '../schedule/schedule.js';
import type { ParameterSpec } from './parameter-spec.js';

export interface Parameter {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export type Parameters = ReadonlyMap<string, Parameter>;

/** One of their tensors: our parameters that it concatenates along its last axis, or the transpose of one of them. */
export interface Correspondence {
  readonly theirs: string;
  /** By their full names. A parameter that our model does not have (a bias) is zeros there. */
  readonly ours: readonly string[];
  /** Shape of each of `ours`. */
  readonly shape: readonly number[];
  /** Whether theirs is [out, in]; then it is of a single one of ours. */
  readonly transposed?: true;
}

/** What their files contain and ours do not. */
export interface HuggingFaceReading<M extends Model = Model> {
  /** What `model_type` of their `config.json` may be. */
  readonly modelTypes: readonly string[];
  /** The prefix of all tensor names except the head's, which is missing in files of the model without its head. */
  readonly prefix: string;
  /** The head where it is in the file; a model without a tensor of that name has one that is tied to `ofVocabulary`. */
  readonly head: string;
  /** Buffers such as masks, which are not parameters. */
  readonly isBuffer: (name: string) => boolean;
  /** The model that a `config.json` describes. Left: one that is not supported. */
  modelOf(config: Readonly<Record<string, unknown>>): E.Either<Fault, M & { readonly vocabulary: number }>;
}

/** A family's names there. */
export interface HuggingFace<M extends Model = Model> {
  /** What else is needed to read their folders; a family without it can only be written. */
  readonly reading?: HuggingFaceReading<M>;
  /** All of their tensors; layers are those of the saved level. A tied head is omitted. */
  correspondences(model: M & { readonly vocabulary: number }): readonly Correspondence[];
  /** Their tensor whose first axis is the vocabulary. */
  readonly ofVocabulary: string;
  /** Whether Transformers.js has the class; left out where it has not. */
  readonly inTransformersJs?: true;
  /** Their `config.json`. */
  config(model: M & { readonly vocabulary: number }): Readonly<Record<string, unknown>>;
}

/** What both directions need of a model. */
export interface Naming {
  readonly correspondences: readonly Correspondence[];
  /** Our parameters, by their full names. */
  readonly parameters: ReadonlyMap<string, Pick<ParameterSpec, 'endsBranch'>>;
  /** The model in a few words, for sentences: `a gpt of 4 layers`. */
  readonly what: string;
  /** Step size of the level. */
  readonly h: number;
}

const lastOf = (shape: readonly number[]): number => shape[shape.length - 1] ?? 1;
const joinedShape = (shape: readonly number[], parts: number): readonly number[] => [...shape.slice(0, -1), parts * lastOf(shape)];

const transposedShape = ([rows = 0, columns = 0]: readonly number[]): readonly number[] => [columns, rows];

/** [rows, columns] → [columns, rows] */
const transposed = (data: Float32Array, [rows = 0, columns = 0]: readonly number[]): Float32Array => {
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column] ?? Number.NaN;
  return turned;
};

/** The shape of theirs. */
const theirShape = ({ ours, shape, transposed }: Correspondence): readonly number[] =>
  transposed ? transposedShape(shape) : joinedShape(shape, ours.length);

/** [rows, columns] each → [rows, parts · columns]. */
const joinColumns = (parts: readonly Float32Array[], columns: number): Float32Array => {
  const joined = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  parts.forEach((part, index) => {
    for (let row = 0; row * columns < part.length; row++) {
      joined.set(part.subarray(row * columns, (row + 1) * columns), (row * parts.length + index) * columns);
    }
  });
  return joined;
};

/** [rows, count · columns] → `count` of [rows, columns]. */
const splitColumns = (joined: Float32Array, columns: number, count: number): readonly Float32Array[] =>
  Array.from({ length: count }, (_, index) => {
    const part = new Float32Array(joined.length / count);
    for (let row = 0; row * columns < part.length; row++) {
      const from = (row * count + index) * columns;
      part.set(joined.subarray(from, from + columns), row * columns);
    }
    return part;
  });

const nearestName = (name: string, names: readonly string[]): string => {
  const nearest = nearestOf(name, names);
  return nearest === undefined ? '' : ` (the nearest name is ${nearest})`;
};

const MEND = 'save the model again or name another';

/** How many more there are of the kind of the one that is named. */
const others = (all: number): string => (all > 1 ? ` (and ${all - 1} more)` : '');

const endsBranch = ({ parameters }: Naming, { ours }: Correspondence): boolean =>
  ours.some((name) => parameters.get(name)?.endsBranch === true);

/**
 * Parameters under their names, with h folded in. Throws where a parameter is missing or has a shape that does not fit the model: such parameters are
 * not this model's.
 *
 * @example
 * encodeSafetensors(asTensors(toHuggingFace(parameters, naming)), { format: 'pt' });
 */
export const toHuggingFace = (values: Parameters, naming: Naming): ReadonlyMap<string, Parameter> => {
  const part = (name: string, shape: readonly number[]): Float32Array => {
    if (!naming.parameters.has(name)) return new Float32Array(sizeOf(shape));
    const parameter = values.get(name);
    if (parameter === undefined) throw new RangeError(`the model has no parameter ${name}`);
    if (!sameShape(parameter.shape, shape)) throw new RangeError(`${name}: the shape must be [${shape}] (was [${parameter.shape}])`);
    return parameter.data;
  };
  return new Map(
    naming.correspondences.map((correspondence): [string, Parameter] => {
      const { theirs, ours, shape } = correspondence;
      const joined = joinColumns(
        ours.map((name) => part(name, shape)),
        lastOf(shape),
      );
      const data = endsBranch(naming, correspondence) ? joined.map((value) => naming.h * value) : joined;
      return [theirs, { shape: theirShape(correspondence), data: correspondence.transposed ? transposed(data, shape) : data }];
    }),
  );
};

/**
 * The inverse of `toHuggingFace` for the same model and h, to the bit where h is a power of two. With h = 1 (what their classes run) the parameters
 * stay folded: the same function at step size 1. Left: a tensor that is missing, misshapen or unknown, or a non-zero bias where the model has none.
 */
export const fromHuggingFace = (tensors: Parameters, naming: Naming): E.Either<Fault, Parameters> => {
  const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(`model: ${message}`));
  const values = new Map<string, Parameter>();
  const known = new Set(naming.correspondences.map(({ theirs }) => theirs));
  const unknown = [...tensors.keys()].filter((name) => !known.has(name));
  for (const correspondence of naming.correspondences) {
    const { theirs, ours, shape } = correspondence;
    const tensor = tensors.get(theirs);
    const wanted = theirShape(correspondence);
    if (tensor === undefined) {
      const missing = naming.correspondences.filter((each) => !tensors.has(each.theirs)).length;
      return refuse(
        `the tensor ${theirs} is missing${others(missing)}, and ${naming.what} needs it${nearestName(theirs, unknown)}; ${MEND}`,
      );
    }
    if (!sameShape(tensor.shape, wanted)) return refuse(`${theirs}: the shape must be [${wanted}] (was [${tensor.shape}]); ${MEND}`);
    if (!ours.some((name) => naming.parameters.has(name))) {
      if (tensor.data.some((value) => value !== 0)) return refuse(`${theirs}: must be zero in a model without biases`);
      continue;
    }
    const folded = naming.h !== 1 && endsBranch(naming, correspondence);
    const unfolded = folded ? tensor.data.map((value) => value / naming.h) : tensor.data;
    const own = correspondence.transposed ? transposed(unfolded, wanted) : unfolded;
    const parts = splitColumns(own, lastOf(shape), ours.length);
    ours.forEach((name, index) => {
      values.set(name, { shape, data: parts[index] ?? new Float32Array() });
    });
  }
  const [first] = unknown;
  return first === undefined
    ? E.right(values)
    : refuse(`the tensor ${first}${others(unknown.length)} has no place in ${naming.what}${nearestName(first, [...known])}; ${MEND}`);
};
