/**
 * Batches as pure functions: a training batch of (seed, step), a held-out batch of its index. They depend on no level, backend or earlier batch, so a
 * run resumed at step 1,000 sees what an uninterrupted one saw.
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Fault } from '../fault.js';
import type { Dataset } from './dataset.js';
import { type RandomStream, stream } from './random.js';
import { storeOf, type TokenStore } from './token-store.js';

/** Both [batch, context], row-major. A row of `targets` is the row of `inputs` one token further on. */
export interface Batch {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  /** Where documents are kept separate: which one each input is of. */
  readonly documents?: RowDocuments;
}

/** Both [batch, context], row-major. */
export interface RowDocuments {
  /** The document of its row to which a token belongs, counted from 0; f32, since masks are computed from it. */
  readonly numbers: Float32Array;
  /** Tokens since the document's first one in the row. */
  readonly positions: Int32Array;
}

export interface BatchShape {
  /** Sequences. */
  readonly batch: number;
  /** Tokens in a sequence. */
  readonly context: number;
}

/** The sequences of one of several equal parts of a batch as many times as large: `microbatches` of that, without making the others. */
export interface PartOfBatch {
  readonly index: number;
}

/**
 * Sequences that start at positions drawn uniformly, with replacement, from the training tokens. Left: why the tokens of a file could not be read.
 *
 * @example
 * trainingBatch(dataset, { batch: 12, context: 64, seed: 1, step: 0 }); // right({ inputs, targets }), 768 tokens each
 */
export const trainingBatch = (
  dataset: Dataset,
  at: BatchShape & { readonly seed: number; readonly step: number; readonly part?: PartOfBatch | undefined },
): E.Either<Fault, Batch> => {
  const draws = stream(at.seed, 'training-batch', at.step);
  const { index } = at.part ?? { index: 0 };
  return match(dataset)
    .with({ kind: 'text' }, ({ training }) => {
      const starts = startsIn(training, at.context);
      for (let row = 0; row < index * at.batch; row++) draws.integer(starts);
      return windows(training, at, () => draws.integer(starts));
    })
    .with({ kind: 'tokens' }, ({ vocabulary }) => {
      for (let token = 0; token < index * at.batch * (at.context + 1); token++) draws.integer(vocabulary);
      return randomBatch(vocabulary, at, draws);
    })
    .exhaustive();
};

/**
 * Batch `index` (from 0) of `count` batches that together are spread evenly over the held-out tokens, from the first sequence to the last complete
 * one. The same at every evaluation and for every seed.
 *
 * @example
 * heldOutBatch(dataset, { batch: 12, context: 64, index: 0, count: 20 });
 */
export const heldOutBatch = (
  dataset: Dataset,
  at: BatchShape & { readonly index: number; readonly count: number },
): E.Either<Fault, Batch> =>
  match(dataset)
    .with({ kind: 'text' }, ({ heldOut }) => {
      const lastStart = startsIn(heldOut, at.context) - 1;
      const gaps = Math.max(1, at.batch * at.count - 1);
      return windows(heldOut, at, (row) => Math.floor(((at.index * at.batch + row) * lastStart) / gaps));
    })
    // Random tokens have no text to hold out; a separate stream takes its place.
    .with({ kind: 'tokens' }, ({ vocabulary }) => randomBatch(vocabulary, at, stream(0, 'held-out-batch', at.index)))
    .exhaustive();

/** All batches of an evaluation, in order, each made on demand. */
export function* heldOutBatches(dataset: Dataset, at: BatchShape & { readonly count: number }): Generator<E.Either<Fault, Batch>> {
  for (let index = 0; index < at.count; index += 1) yield heldOutBatch(dataset, { ...at, index });
}

/**
 * The sequences of a batch in this many parts of equal length, in their order.
 *
 * @example
 * microbatches(batch, 3).map(({ inputs }) => inputs.length); // [256, 256, 256]
 */
export const microbatches = (batch: Batch, count: number): readonly Batch[] => {
  if (count === 1) return [batch];
  const length = batch.inputs.length / count;
  const { inputs, targets, documents } = batch;
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index * length, (index + 1) * length];
    return {
      inputs: inputs.slice(from, to),
      targets: targets.slice(from, to),
      ...(documents === undefined
        ? {}
        : { documents: { numbers: documents.numbers.slice(from, to), positions: documents.positions.slice(from, to) } }),
    };
  });
};

/** The number of positions at which a sequence with its last target can start. */
const startsIn = (tokens: TokenStore, context: number): number => {
  const starts = tokens.length - context;
  if (starts < 1) throw new RangeError(`a dataset of ${tokens.length} tokens holds no sequence of ${context} with its last target`);
  return starts;
};

const windows = (tokens: TokenStore, { batch, context }: BatchShape, startOf: (row: number) => number): E.Either<Fault, Batch> => {
  const inputs = new Int32Array(batch * context);
  const targets = new Int32Array(batch * context);
  const { documentStarts } = tokens;
  const documents: RowDocuments | undefined = documentStarts && {
    numbers: new Float32Array(batch * context),
    positions: new Int32Array(batch * context),
  };
  for (let row = 0; row < batch; row++) {
    const start = startOf(row);
    const sequence = tokens.read(start, context + 1);
    if (E.isLeft(sequence)) return sequence;
    const seen = sequence.right.subarray(0, context);
    inputs.set(seen, row * context);
    targets.set(sequence.right.subarray(1), row * context);
    if (documentStarts === undefined || documents === undefined) continue;
    const starts = documentStarts(start, seen);
    if (E.isLeft(starts)) return starts;
    const within = (all: Float32Array | Int32Array) => all.subarray(row * context, (row + 1) * context);
    fillRow(starts.right, within(documents.numbers), within(documents.positions));
  }
  return E.right({ inputs, targets, ...(documents === undefined ? {} : { documents }) });
};

/** A row begins with a document, or with what is left of one: positions count from there. */
const fillRow = (starts: readonly number[], numbers: Float32Array | Int32Array, positions: Float32Array | Int32Array): void => {
  const begins = starts[0] === 0 ? starts : [0, ...starts];
  for (const [number, begin] of begins.entries()) {
    const end = begins[number + 1] ?? numbers.length;
    numbers.fill(number, begin, end);
    for (let place = begin; place < end; place++) positions[place] = place - begin;
  }
};

/** Each row is a random sequence of context + 1 tokens. */
const randomBatch = (vocabulary: number, shape: BatchShape, draws: RandomStream): E.Either<Fault, Batch> => {
  const length = shape.context + 1;
  const tokens = new Int32Array(shape.batch * length);
  for (let index = 0; index < tokens.length; index++) tokens[index] = draws.integer(vocabulary);
  return windows(storeOf(tokens), shape, (row) => row * length);
};
