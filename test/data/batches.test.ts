import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { type Batch, heldOutBatch, heldOutBatches, trainingBatch } from '../../src/data/batches.js';
import { type Dataset, type TextDataset, textDataset, tokensDataset } from '../../src/data/dataset.js';
import { right } from './right.js';

/** Distinct characters all through, so that a token is its own place in the text. */
const counting = (length: number, heldOut: number, context: number): TextDataset => {
  const text = Array.from({ length }, (_, place) => String.fromCodePoint(0x4e00 + place)).join('');
  const dataset = textDataset(text, { source: 'counting', heldOut, context });
  if (E.isLeft(dataset)) assert.fail(dataset.left.message);
  return dataset.right;
};

const rows = ({ inputs, targets }: Batch, context: number): readonly { readonly inputs: Int32Array; readonly targets: Int32Array }[] =>
  Array.from({ length: inputs.length / context }, (_, row) => ({
    inputs: inputs.slice(row * context, (row + 1) * context),
    targets: targets.slice(row * context, (row + 1) * context),
  }));

const consecutive = (start: number, length: number): Int32Array => Int32Array.from({ length }, (_, offset) => start + offset);

const text = counting(1000, 0.3, 16);
const sources: readonly [string, Dataset][] = [
  ['text', text],
  ['random tokens', tokensDataset(65)],
];

describe('batches', () => {
  for (const [name, dataset] of sources) {
    it(`of ${name} are a pure function of seed and step (law 8)`, () => {
      fc.assert(
        fc.property(fc.integer(), fc.nat(), fc.integer({ min: 1, max: 8 }), (seed, step, batch) => {
          const at = { batch, context: 16, seed, step };
          const first = trainingBatch(dataset, at);
          trainingBatch(dataset, { ...at, step: step + 1 });
          heldOutBatch(dataset, { batch, context: 16, index: 0, count: 2 });
          assert.deepEqual(trainingBatch(dataset, at), first);
          assert.notDeepEqual(trainingBatch(dataset, { ...at, batch: 8, step: step + 1 }), trainingBatch(dataset, { ...at, batch: 8 }));
          assert.notDeepEqual(trainingBatch(dataset, { ...at, batch: 8, seed: seed + 1 }), trainingBatch(dataset, { ...at, batch: 8 }));
        }),
      );
    });

    it(`of ${name} have targets one token further on, and tokens inside the vocabulary`, () => {
      const batches = [
        trainingBatch(dataset, { batch: 5, context: 16, seed: 1, step: 3 }),
        heldOutBatch(dataset, { batch: 5, context: 16, index: 1, count: 3 }),
      ].map(right);
      for (const batch of batches) {
        assert.equal(batch.inputs.length, 80);
        for (const { inputs, targets } of rows(batch, 16)) {
          assert.deepEqual(inputs.subarray(1), targets.subarray(0, -1));
          assert.ok([...inputs, ...targets].every((token) => token >= 0 && token < dataset.vocabulary));
        }
      }
    });
  }

  it('of text are stretches of the training part, every start of which is drawn', () => {
    const small = counting(60, 0.5, 8); // 30 training tokens: starts 0 … 21
    const seen = new Set<number>();
    for (let step = 0; step < 100; step++) {
      for (const { inputs, targets } of rows(right(trainingBatch(small, { batch: 4, context: 8, seed: 1, step })), 8)) {
        const start = inputs[0] ?? Number.NaN;
        assert.deepEqual(inputs, consecutive(start, 8));
        assert.deepEqual(targets, consecutive(start + 1, 8));
        assert.ok(start + 8 < 30, 'a target from the held-out part');
        seen.add(start);
      }
    }
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [...consecutive(0, 22)],
    );
  });

  it('of random tokens use the whole vocabulary', () => {
    const { inputs } = right(trainingBatch(tokensDataset(65), { batch: 16, context: 128, seed: 1, step: 0 }));
    assert.equal(new Set(inputs).size, 65);
  });

  it('for validation are made one at a time, however many there are', () => {
    const many = { batch: 2, context: 4, count: 999_999_999 };
    const [first] = heldOutBatches(text, many);
    assert.deepEqual(first, heldOutBatch(text, { ...many, index: 0 }));
  });

  it('for validation spread evenly from the first held-out sequence to the last', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 32 }),
        (batch, count, context) => {
          const starts = Array.from({ length: count }, (_, index) => heldOutBatch(text, { batch, context, index, count })).flatMap(
            (drawn) =>
              rows(right(drawn), context).map(({ inputs, targets }) => {
                const start = inputs[0] ?? Number.NaN;
                assert.deepEqual([...inputs, targets[context - 1]], [...consecutive(start, context + 1)]);
                return start;
              }),
          );
          assert.equal(starts[0], 700);
          if (starts.length > 1) assert.equal(starts[starts.length - 1], 1000 - context - 1);
          const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? Number.NaN));
          assert.ok(Math.max(0, ...gaps) - Math.min(Number.MAX_VALUE, ...gaps) <= 1 || gaps.length === 0, `gaps ${gaps}`);
        },
      ),
    );
  });

  it('ask for a dataset that holds a sequence: anything else is a mistake of the caller', () => {
    assert.throws(() => trainingBatch(text, { batch: 1, context: 700, seed: 1, step: 0 }), RangeError);
  });
});
