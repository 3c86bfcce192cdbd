import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { textDataset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/sources/load-dataset.js';
import type { TokenStore } from '../../src/data/token-store.js';
import { right } from './right.js';

const all = (store: TokenStore): Int32Array => right(store.read(0, store.length));

describe('textDataset', () => {
  it('splits a text in two that together are the text', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 60, maxLength: 300 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        fc.integer({ min: 1, max: 4 }),
        (text, heldOut, context) => {
          const dataset = textDataset(text, { source: 'text', heldOut, context });
          assert.ok(E.isRight(dataset));
          const { tokenizer, training, heldOut: validation, vocabulary } = dataset.right;
          assert.equal(tokenizer.decode(all(training)) + tokenizer.decode(all(validation)), text);
          assert.ok(Math.abs(validation.length - heldOut * [...text].length) <= 1);
          assert.equal(vocabulary, new Set(text).size);
        },
      ),
    );
  });

  it('holds the last tenth of 1,115,394 characters out as nanoGPT does: 1,003,854 and 111,540', () => {
    const dataset = textDataset('x'.repeat(1_115_394), { source: 'text', heldOut: 0.1, context: 64 });
    assert.ok(E.isRight(dataset));
    assert.deepEqual([dataset.right.training.length, dataset.right.heldOut.length], [1_003_854, 111_540]);
  });

  it('holds out the share in the decimals that it is written in: not a token is lost to rounding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 4000 }), fc.integer({ min: 1, max: 999 }), (tokens, thousandths) => {
        const training = Math.floor((tokens * (1000 - thousandths)) / 1000);
        fc.pre(Math.min(training, tokens - training) >= 2);
        const dataset = textDataset('x'.repeat(tokens), { source: 'text', heldOut: thousandths / 1000, context: 1 });
        assert.ok(E.isRight(dataset));
        assert.equal(dataset.right.training.length, training);
      }),
      { examples: [[1000, 900]] },
    );
  });

  it('takes a side of one sequence and its last target, and no less', () => {
    const split = { source: 'poem.txt', heldOut: 0.5, context: 10 };
    assert.ok(E.isRight(textDataset('x'.repeat(22), split)));
    assert.deepEqual(
      textDataset('x'.repeat(21), split),
      E.left({
        kind: 'input',
        message:
          'poem.txt: the training part of the text must hold at least 11 tokens for a context of 10 (was 10 of 21, with 0.5 held out); ' +
          'take a longer text, a shorter context, or hold out less',
      }),
    );
  });

  it('says which part is short', () => {
    const dataset = textDataset('x'.repeat(100), { source: 'poem.txt', heldOut: 0.1, context: 10 });
    assert.ok(E.isLeft(dataset));
    assert.match(dataset.left.message, /^poem\.txt: the held-out part .* at least 11 tokens .* \(was 10 of 100, .* hold out more$/);
  });
});

describe('loadDataset', () => {
  it('loads text from a file, and random tokens from nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vcycle-dataset-'));
    try {
      const source = join(folder, 'text.txt');
      await writeFile(source, 'abc'.repeat(50));
      const text = await loadDataset({ kind: 'text', source, tokenizer: 'characters', heldOut: 0.2 }, { context: 8 })();
      assert.ok(E.isRight(text) && text.right.kind === 'text');
      assert.deepEqual([text.right.vocabulary, text.right.training.length, text.right.heldOut.length], [3, 120, 30]);
    } finally {
      await rm(folder, { recursive: true });
    }
    const tokens = await loadDataset({ kind: 'tokens', vocabulary: 65 }, { context: 1024 })();
    assert.deepEqual(tokens, E.right({ kind: 'tokens', tokenizer: undefined, vocabulary: 65 }));
  });

  it('passes on why a corpus cannot be read', async () => {
    const dataset = await loadDataset({ kind: 'text', source: 'npm:nothing', tokenizer: 'characters', heldOut: 0.1 }, { context: 8 })();
    assert.ok(E.isLeft(dataset));
    assert.match(dataset.left.message, /npm:nothing/);
  });
});
