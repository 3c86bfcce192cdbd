/** Token files as other tools write them: told by their content, checked, read in place. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as E from 'fp-ts/lib/Either.js';
import { trainingBatch } from '../../src/data/batches.js';
import type { Dataset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/sources/load-dataset.js';
import type { Fault } from '../../src/fault.js';
import { right, sentence } from './right.js';

const ids = Array.from({ length: 400 }, (_, index) => (index * 7919) % 50_257);

const uint16 = (tokens: readonly number[]): Buffer => Buffer.from(Uint16Array.from(tokens).buffer);
const int32 = (numbers: readonly number[]): Buffer => Buffer.from(Int32Array.from(numbers).buffer);
const int64 = (numbers: readonly number[]): Buffer => Buffer.from(BigInt64Array.from(numbers, BigInt).buffer);

const llmC = (tokens: Buffer, count: number, [magic, version]: readonly [number, number] = [20_240_520, 1]): Buffer =>
  Buffer.concat([int32([magic, version, count, ...new Array<number>(253).fill(0)]), tokens]);

const npy = (data: Buffer, descr: string, shape: string, fortran = 'False'): Buffer => {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`;
  const padded = header.padEnd(64 * Math.ceil((10 + header.length + 1) / 64) - 11, ' ');
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from(Uint16Array.of(padded.length + 1).buffer),
    Buffer.from(`${padded}\n`),
    data,
  ]);
};

/** The index of sequences of this many tokens, a document each. */
const idx = (lengths: readonly number[], code: number, width: number, version = 1): Buffer => {
  const begins = lengths.map((_, index) => width * lengths.slice(0, index).reduce((sum, each) => sum + each, 0));
  return Buffer.concat([
    Buffer.from('MMIDIDX\0\0', 'latin1'),
    int64([version]),
    Buffer.from([code]),
    int64([lengths.length, lengths.length + 1]),
    int32(lengths),
    int64(begins),
    int64([...lengths.keys(), lengths.length]),
  ]);
};

describe('token files', function () {
  this.timeout(20_000);
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vcycle-tokens-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (name: string, content: Buffer | string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const load = (source: string, tokenizer = 'gpt2', context = 8): Promise<E.Either<Fault, Dataset>> =>
    loadDataset({ kind: 'text', source, tokenizer, heldOut: 0.25 }, { context })();
  const sides = (dataset: Dataset): readonly (readonly number[])[] =>
    dataset.kind === 'text' ? [dataset.training, dataset.heldOut].map((side) => [...right(side.read(0, side.length))]) : assert.fail();
  const split = [ids.slice(0, 300), ids.slice(300)];

  it('of nanoGPT, llm.c, Megatron-LM and NumPy hold the tokens that were written', async () => {
    const wide = [...ids.slice(0, 399), 100_000];
    const files: readonly (readonly [string, readonly number[], RegExp, string?])[] = [
      [put('nano.bin', uint16(ids)), ids, /nanoGPT's uint16, 400 tokens$/],
      [put('shard.bin', llmC(uint16(ids), 400)), ids, /llm\.c's, 400 tokens$/],
      [put('llama.bin', llmC(int32(wide), 400, [20_240_801, 7])), wide, /llm\.c's/, 'cl100k_base'],
      [put('u2.npy', npy(uint16(ids), '<u2', '400,')), ids, /NumPy's \.npy, 400 tokens$/],
      [put('i4.npy', npy(int32(ids), '<i4', '4, 100')), ids, /NumPy/],
      [put('i8.npy', npy(int64(ids), '<i8', '400,')), ids, /NumPy/],
      [put('mega.bin', uint16(ids)), ids, /Megatron-LM's, 400 tokens$/],
      [put('wide.bin', int32(ids)), ids, /Megatron-LM's/],
    ];
    put('mega.idx', idx([100, 50, 250], 8, 2));
    put('wide.idx', idx([400], 4, 4));
    for (const [path, tokens, found, tokenizer] of files) {
      const dataset = right(await load(path, tokenizer));
      assert.deepEqual(sides(dataset).flat(), tokens, path);
      assert.deepEqual(sides(dataset)[0]?.length, 300);
      assert.match((dataset.kind === 'text' ? dataset.found?.[0] : undefined) ?? '', found);
    }
  });

  it('are validated on the file that is named for it, beside a single one and in a folder', async () => {
    put('train.bin', uint16(ids.slice(0, 300)));
    put('val.bin', uint16(ids.slice(300)));
    assert.deepEqual(sides(right(await load(join(folder, 'train.bin')))), split);
    assert.deepEqual(sides(right(await load(folder))), split);
    mkdirSync(join(folder, 'shards'));
    for (const [name, from, to] of [
      ['fine_train_000002', 100, 300],
      ['fine_train_000001', 0, 100],
      ['fine_val_000000', 300, 400],
    ] as const)
      put(`shards/${name}.bin`, llmC(uint16(ids.slice(from, to)), to - from));
    assert.deepEqual(sides(right(await load(join(folder, 'shards', 'fine_*.bin')))), split);
    // A read that crosses from one shard into the next.
    const { training } = right(await load(join(folder, 'shards'))) as Extract<Dataset, { kind: 'text' }>;
    assert.deepEqual([...right(training.read(95, 10))], ids.slice(95, 105));
  });

  it('have a digest that tells another file, another tokenizer and another order', async () => {
    const digest = async (path: string, tokenizer?: string): Promise<string> => {
      const dataset = right(await load(path, tokenizer));
      return dataset.kind === 'text' ? dataset.digest : '';
    };
    const path = put('nano.bin', uint16(ids));
    const first = await digest(path);
    assert.equal(await digest(path), first);
    assert.notEqual(await digest(path, 'p50k_base'), first);
    assert.notEqual(await digest(put('other.bin', uint16(ids.with(200, 5)))), first);
    assert.notEqual(await digest(put('shard.bin', llmC(uint16(ids), 400))), first);
  });

  it('of 20 GB are opened as fast as small ones, and read where they are asked', async () => {
    const path = put('large.bin', '');
    truncateSync(path, 20 * 2 ** 30);
    appendFileSync(path, uint16(ids));
    const before = process.memoryUsage().arrayBuffers;
    const dataset = right(await load(path));
    const { heldOut } = dataset as Extract<Dataset, { kind: 'text' }>;
    assert.deepEqual([...right(heldOut.read(heldOut.length - 400, 400))], ids);
    assert.ok(process.memoryUsage().arrayBuffers - before < 50 * 2 ** 20);
  });

  it('are refused with what is wrong', async () => {
    const refused = async (path: string, tokenizer?: string): Promise<string> => sentence(await load(path, tokenizer));
    put('mega.bin', uint16(ids));
    put('cut.bin', uint16(ids.slice(0, 390)));
    put('cut.idx', idx([400], 8, 2));
    const says: readonly (readonly [string, RegExp, string?])[] = [
      [put('nano.bin', uint16(ids)), /holds tokens, and which ones only the tokenizer knows .* tokenizer 'gpt2'/, 'characters'],
      [put('nano.bin', uint16(ids)), /token 1 is 7919, and ids of the tokenizer bytes are 0 to 255; name the tokenizer/, 'bytes'],
      [put('far.bin', uint16(ids.with(333, 50_257))), /far\.bin: token 333 is 50257, and ids of the tokenizer gpt2 are 0 to 50256/],
      [put('odd.bin', Buffer.concat([uint16(ids), Buffer.of(0)])), /whole number of pairs of bytes \(was 801\); it is cut short/],
      [put('short.bin', llmC(uint16(ids), 500)), /a shard of 500 tokens must have 2024 bytes \(was 1824\); it is cut short/],
      [put('old.bin', llmC(uint16(ids), 400, [20_240_520, 2])), /must be of version 1 \(was 2\)/],
      [put('big.bin', llmC(uint16(ids), 400).swap32()), /must be little-endian \(this one is big-endian\)/],
      [put('be.npy', npy(uint16(ids), '>u2', '400,')), /little-endian \(was ">u2"; may be/],
      [put('float.npy', npy(int32(ids), '<f4', '400,')), /whole numbers.*\(was "<f4"/],
      [put('fortran.npy', npy(int32(ids), '<i4', '4, 100', 'True')), /C order/],
      [put('cut.npy', npy(uint16(ids), '<u2', '401,')), /an array of 401 numbers must have 930 bytes \(was 928\); it is cut short/],
      [join(folder, 'cut.bin'), /cut\.bin: the tokens must have the 800 bytes that .*cut\.idx says \(was 780\)/],
      [join(folder, 'cut.idx'), /cut\.idx: the file must hold tokens \(this is Megatron-LM's index of them\); name .*cut\.bin$/],
      [put('alone.idx', idx([400], 8, 2)), /index of them\); put its \.bin beside it, and name that$/],
      [
        put('u8.npy', npy(Buffer.from(BigUint64Array.of(2n ** 63n, ...ids.slice(1).map(BigInt)).buffer), '<u8', '400,')),
        /u8\.npy: token 0 is 9223372036854776000, and ids/,
      ],
      [join(folder, 'none*.bin'), /no file matches this pattern/],
      [put('nano.bin', uint16(ids)), /the tokenizer "gpt3" is not known .* the nearest word is gpt2/, 'gpt3'],
    ];
    for (const [path, wanted, tokenizer] of says) assert.match(await refused(path, tokenizer), wanted);
    put('mega.idx', idx([400], 8, 2, 3));
    assert.match(await refused(join(folder, 'mega.bin')), /mega\.idx: the index must be of version 1 \(was 3\)/);
    put('mega.idx', idx([400], 6, 2));
    assert.match(await refused(join(folder, 'mega.bin')), /tokens must be of type 1 .* \(was 6\)/);
    put('mega.idx', idx([400], 8, 2).subarray(0, 40));
    assert.match(await refused(join(folder, 'mega.bin')), /an index of 1 sequences must have 62 bytes \(was 40\)/);
    const big = idx([400], 8, 2);
    big.writeBigUInt64BE(1n, 9);
    put('mega.idx', big);
    assert.match(await refused(join(folder, 'mega.bin')), /mega\.idx: the index must be little-endian/);
    mkdirSync(join(folder, 'mixed'));
    put('mixed/a.bin', uint16(ids));
    put('mixed/b.txt', 'a text');
    assert.match(await refused(join(folder, 'mixed')), /must be of one kind \(.*a\.bin holds tokens, .*b\.txt does not\)/);
    assert.match(
      sentence(await load(put('nano.bin', uint16(ids)), 'gpt2', 300)),
      /the training part .* at least 301 tokens .* \(was 300 of 400/,
    );
  });

  it('that change under a run give a sentence, and no tokens', async () => {
    const path = put('nano.bin', uint16(ids));
    const dataset = right(await load(path));
    writeFileSync(path, uint16(ids.map((id, index) => (index === 7 ? 60_000 : id))), { flag: 'r+' });
    const { training } = dataset as Extract<Dataset, { kind: 'text' }>;
    assert.match(sentence(training.read(5, 5)), /nano\.bin: token 7 is 60000, and ids of the tokenizer gpt2 are 0 to 50256/);
    truncateSync(path, 100);
    assert.match(sentence(training.read(140, 20)), /nano\.bin: the file must hold 400 tokens, as when the run began \(ends after 50\)/);
    const drawn = Array.from({ length: 20 }, (_, step) => trainingBatch(dataset, { batch: 2, context: 8, seed: 1, step }));
    assert.ok(drawn.some((each) => each._tag === 'Left' && each.left.kind === 'run'));
  });
});
