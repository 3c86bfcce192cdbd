/** A run in memory leaves what a run on disk leaves. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { run } from '../../src/runner/run.js';
import { datasetOf, twoLevels } from '../backends/two-levels.js';
import { inTemporaryFolder, onnxBackend, right, runWithEvents } from './harness.js';

describe('a run folder in memory', () => {
  it('holds the files of the one on disk, checkpoints that are no longer kept left out; and takes one run', () =>
    inTemporaryFolder(async (path) => {
      const backend = await onnxBackend();
      const folder = new MemoryFolder();
      right(await run(twoLevels, datasetOf(), { backend, folder, listeners: [] })());
      right((await runWithEvents(twoLevels, { backend, folder: path, dataset: datasetOf() })).result);
      const names = (under: string): readonly string[] => readdirSync(join(path, under)).map((name) => `${under}/${name}`);
      const same = ['schedule.json', ...names('model'), ...names('checkpoints')];
      assert.ok(same.length >= 6, same.join());
      assert.deepEqual([...folder.files.keys()].sort(), [...same, 'summary.json'].sort());
      for (const name of same) assert.ok(readFileSync(join(path, name)).equals(right(folder.read(name))), name);

      const again = await run(twoLevels, datasetOf(), { backend, folder, listeners: [] })();
      assert.ok(E.isLeft(again) && /holds a run already/.test(again.left.message));
      assert.ok(E.isLeft(folder.read('nowhere')));
      right(await backend.close()());
    }));
});
