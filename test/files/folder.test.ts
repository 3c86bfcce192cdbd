/** Nothing that is written or deleted lies outside of the folder that was given; what is read is a regular file. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { writeDurably } from '../../src/files/durable.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { Folder } from '../../src/files/folder.js';
import { nodeFiles } from '../../src/files/node-files.js';
import { firstLine, readText } from '../../src/files/read.js';
import { hastyDisk, inTemporaryFolder } from '../runner/harness.js';

const SEED = 20250701;

/** A given folder beside one that is nobody's business, with `kept.txt` in it. */
const beside = (use: (folder: Folder, outside: string) => void): Promise<void> =>
  inTemporaryFolder(async (parent) => {
    const [given, outside] = [join(parent, 'given'), join(parent, 'outside')];
    mkdirSync(given);
    mkdirSync(outside);
    writeFileSync(join(outside, 'kept.txt'), 'kept');
    use(Folder.at(given, hastyDisk), outside);
    assert.deepEqual(readdirSync(outside), ['kept.txt']);
    assert.equal(readFileSync(join(outside, 'kept.txt'), 'utf8'), 'kept');
  });

describe('a folder that was given', () => {
  it(`has no name that leads out of it (seed ${SEED})`, () =>
    beside((folder) => {
      const part = fc.constantFrom('..', '.', '', 'a', 'kept.txt', 'outside', '\0');
      fc.assert(
        fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
          const name = parts.join('/');
          const leadsOut = parts.some((each) => ['..', '.', '', '\0'].includes(each));
          for (const use of [() => folder.pathOf(name), () => folder.folder(name), () => folder.remove(name)])
            if (leadsOut) assert.throws(use, /is no name within a folder/);
            else use();
        }),
        { seed: SEED },
      );
      assert.throws(() => folder.write('../outside/kept.txt', 'gone'), /is no name within a folder/);
      assert.throws(() => folder.write(join(folder.path, 'a'), ''), /is no name within a folder/);
    }));

  it('is written, renamed and emptied behind no link, however deep', () =>
    beside((folder, outside) => {
      mkdirSync(join(folder.path, 'a', 'b'), { recursive: true });
      symlinkSync(outside, join(folder.path, 'a', 'b', 'link'));
      symlinkSync('../../outside', join(folder.path, 'a', 'relative'));
      for (const name of ['a/b/link', 'a/relative']) {
        const behind = folder.folder(name);
        for (const use of [
          () => behind.make(),
          () => behind.write('kept.txt', 'gone'),
          () => behind.append('kept.txt'),
          () => behind.create('new.txt', ''),
          () => behind.remove('kept.txt'),
          () => behind.removeAll('kept.txt'),
          () => behind.rename('kept.txt', 'moved.txt'),
          () => folder.rename(`${name}/kept.txt`, 'stolen.txt'),
          () => behind.folder('deeper').make(),
        ])
          assert.throws(use, /is a link, and nothing is written/);
        assert.equal(behind.text('kept.txt'), 'kept', 'reading follows links');
      }
    }));

  it('may itself be reached through a link', () =>
    beside((folder, outside) => {
      symlinkSync(folder.path, `${outside}-link`);
      const reached = Folder.at(`${outside}-link`, hastyDisk);
      reached.folder('a').make();
      reached.folder('a').write('b.txt', 'here');
      assert.equal(readFileSync(join(folder.path, 'a', 'b.txt'), 'utf8'), 'here');
    }));

  it('has what is under a name replaced, and never written through: links, links in place of a temporary file, links to nothing', () =>
    beside((folder, outside) => {
      for (const target of [join(outside, 'kept.txt'), join(outside, 'none'), outside])
        for (const suffix of ['', '.part']) {
          const path = join(folder.path, 'file');
          symlinkSync(target, `${path}${suffix}`);
          folder.write('file', 'new');
          assert.equal(readFileSync(path, 'utf8'), 'new');
          assert.ok(lstatSync(path).isFile() && !existsSync(`${path}.part`));
          folder.remove('file');
        }
      symlinkSync(join(outside, 'kept.txt'), join(folder.path, 'events'));
      assert.throws(() => folder.append('events'), /events must be a regular file to be written to \(was a link\)/);
      assert.throws(() => folder.create('events', ''), /EEXIST/);
    }));

  it('gives a file of several names bytes of its own before it is written at its end', () =>
    beside((folder, outside) => {
      const path = join(folder.path, 'events');
      linkSync(join(outside, 'kept.txt'), path);
      const file = folder.append('events');
      folder.files.write(file, new TextEncoder().encode(' and more'), 0);
      folder.files.close(file);
      assert.equal(readFileSync(path, 'utf8'), 'kept and more');
    }));

  it('loses links with all that is removed, and not what they lead to', () =>
    beside((folder, outside) => {
      mkdirSync(join(folder.path, 'tree', 'deep'), { recursive: true });
      symlinkSync(outside, join(folder.path, 'tree', 'deep', 'link'));
      symlinkSync(join(outside, 'kept.txt'), join(folder.path, 'tree', 'file'));
      symlinkSync('nowhere', join(folder.path, 'tree', 'dangling'));
      folder.removeAll('tree');
      symlinkSync(outside, join(folder.path, 'link'));
      assert.equal(readlinkSync(join(folder.path, 'link')), outside);
      folder.removeAll('link');
      assert.deepEqual(folder.names(), []);
    }));
});

describe('a file that is read', () => {
  it('is a regular one: a pipe does not wait, a device is not read for ever, a folder says that it is one', () =>
    inTemporaryFolder(async (folder) => {
      const pipe = join(folder, 'pipe');
      assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
      symlinkSync('/dev/zero', join(folder, 'endless'));
      for (const [path, what] of [
        [pipe, 'a pipe'],
        [join(folder, 'endless'), 'a device'],
        [folder, 'a folder'],
      ] as const)
        assert.throws(() => readText(nodeFiles, path), { message: `it must be a regular file (was ${what})` });
    }));

  it('gives its first line, however long that is', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'lines');
      for (const length of [0, 1, 65_535, 65_536, 200_000]) {
        writeFileSync(path, `${'é'.repeat(length)}\nmore\n`);
        assert.equal(firstLine(nodeFiles, path), 'é'.repeat(length));
      }
      writeFileSync(path, 'torn');
      assert.equal(firstLine(nodeFiles, path), undefined);
    }));
});

describe('a file that is written whole or not at all', () => {
  it('is as it was where any call fails, and the first failure is the one that is told', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'file');
      const calls = ['open', 'write', 'sync', 'close', 'rename'] as const;
      for (const failing of calls) {
        writeFileSync(path, 'old');
        let failed = false;
        // A disk that has become read-only: nothing can be tidied up either.
        const refuse = (name: string): never => {
          const first = !failed;
          failed = true;
          throw new Error(first ? `EROFS: ${name}` : `a later failure: ${name}`);
        };
        const files: FileSystem = {
          ...hastyDisk,
          [failing]: () => refuse(failing),
          remove: (name) => (failed ? refuse('remove') : hastyDisk.remove(name)),
        };
        assert.throws(() => writeDurably(files, path, new TextEncoder().encode('new')), { message: `EROFS: ${failing}` });
        assert.equal(readFileSync(path, 'utf8'), 'old', failing);
      }
      assert.ok(readdirSync(folder).every((name) => name === 'file' || name === 'file.part'));
    }));
});
