/** Where an export may be put: nothing of anybody's is replaced, and nothing is left half-written. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Exported } from '../../src/export/export-format.js';
import { isFree, putAt } from '../../src/export/place.js';
import type { Fault } from '../../src/fault.js';
import { diskOf, hastyDisk, inTemporaryFolder, right } from '../runner/harness.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const folder: Exported = {
  content: () =>
    new Map([
      ['config.json', bytes('{}')],
      ['model.safetensors', bytes('weights')],
    ]),
  notes: [],
};
const file: Exported = { content: () => bytes('weights'), notes: [] };

const faultOf = (result: E.Either<Fault, void>): Fault => (E.isLeft(result) ? result.left : assert.fail('it was written'));

describe('where an export is put', () => {
  it('is a new file or folder, or a folder that is empty', () =>
    inTemporaryFolder(async (at) => {
      mkdirSync(join(at, 'empty'));
      for (const name of ['deep/new', 'empty']) right(putAt(join(at, name), folder, hastyDisk));
      right(putAt(join(at, 'deeper/a.gguf'), file, hastyDisk));
      assert.deepEqual(readdirSync(join(at, 'empty')), ['config.json', 'model.safetensors']);
      assert.equal(readFileSync(join(at, 'deep/new/model.safetensors'), 'utf8'), 'weights');
      assert.equal(readFileSync(join(at, 'deeper/a.gguf'), 'utf8'), 'weights');
      assert.deepEqual(readdirSync(at).sort(), ['deep', 'deeper', 'empty']);
    }));

  it('is the same folder afterwards where it was there, for whoever is in it', () =>
    inTemporaryFolder(async (at) => {
      const { ino } = statSync(at);
      right(putAt(at, { content: () => new Map([['onnx/model.onnx', bytes('weights')]]) }, hastyDisk));
      assert.equal(statSync(at).ino, ino);
      assert.deepEqual(readdirSync(at), ['onnx']);
    }));

  it('holds nothing yet: files, links and folders that are there stay as they are', () =>
    inTemporaryFolder(async (at) => {
      writeFileSync(join(at, 'file'), 'mine');
      mkdirSync(join(at, 'full'));
      writeFileSync(join(at, 'full', 'notes.txt'), 'mine');
      symlinkSync('full', join(at, 'link'));
      for (const [name, made, sentence] of [
        ['file', file, 'is a file that already exists, and nothing is replaced'],
        ['full', file, 'is a folder that already exists, and nothing is replaced'],
        ['file', folder, 'must be a folder (was a file)'],
        ['link', folder, 'must be a folder (was a link)'],
        ['full', folder, 'must be an empty folder, or one that does not exist yet (it has notes.txt in it)'],
      ] as const) {
        const whole = { kind: 'input', message: `${join(at, name)} ${sentence}; name another place, or remove it` };
        const { kind, message } = faultOf(putAt(join(at, name), made, hastyDisk));
        assert.deepEqual({ kind, message }, whole);
        assert.equal(faultOf(isFree(join(at, name), made === file ? 'file' : 'folder', hastyDisk)).message, whole.message);
      }
      assert.equal(readFileSync(join(at, 'file'), 'utf8'), 'mine');
      assert.deepEqual(readdirSync(join(at, 'full')), ['notes.txt']);
    }));

  it('has all of it or nothing where the disk is full, which is not the input’s fault', () =>
    inTemporaryFolder(async (at) => {
      mkdirSync(join(at, 'empty'));
      for (let room = 0; room < 9; room++)
        for (const [name, made] of [
          ['empty', folder],
          ['new', folder],
          ['a.gguf', file],
        ] as const) {
          if (made === file && room >= 7) continue;
          const { kind, message } = faultOf(putAt(join(at, name), made, diskOf(room)));
          assert.equal(kind, 'run', message);
          assert.match(message, / could not be written \(ENOSPC: .*\); make room for it$/);
          assert.deepEqual(readdirSync(at), ['empty']);
          assert.deepEqual(readdirSync(join(at, 'empty')), []);
        }
      right(putAt(join(at, 'empty'), folder, diskOf(9)));
      assert.ok(existsSync(join(at, 'empty', 'model.safetensors')));
    }));
});
