/**
 * A disk that is full: the run ends saying which file could not be written, nothing on the disk is half-written, and when there is room
 * again it is resumed to the same bits.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { readEvents } from '../../src/runner/folder/read-events.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import { diskOf, hastyDisk, inTemporaryFolder, onnxBackend, right } from './harness.js';
import { leftBehind } from './left-behind.js';
import { MORTAL_VOCABULARY, mortalSchedule } from './mortal-schedule.js';

describe('a full disk', () => {
  const data = tokensDataset(MORTAL_VOCABULARY);

  for (const share of [0.05, 0.3, 0.6, 0.9, 0.97])
    it(`after ${share * 100} % of what a run writes: a clear end, and a resume to the same bits`, () =>
      inTemporaryFolder(async (folder) => {
        const backend = await onnxBackend();
        let total = 0;
        const counting: FileSystem = {
          ...hastyDisk,
          write: (file, bytes, offset) => {
            const written = hastyDisk.write(file, bytes, offset);
            total += written;
            return written;
          },
        };
        const [unbroken, broken] = [join(folder, 'unbroken'), join(folder, 'broken')];
        const how = { backend, listeners: [], checkpoints: { every: 2, keep: 2 } };
        right(await run(mortalSchedule, data, { ...how, folder: onDisk(unbroken, counting) })());

        const { outcome } = right(await run(mortalSchedule, data, { ...how, folder: onDisk(broken, diskOf(Math.round(share * total))) })());
        assert.equal(outcome.kind, 'failed');
        assert.match(outcome.kind === 'failed' ? outcome.message : '', /broken\/\S+ could not be written \(ENOSPC/);
        assert.ok(E.isRight(readEvents(readFileSync(join(broken, RUN_FILES.events), 'utf8'))), 'every line is whole');
        const names = readdirSync(broken, { recursive: true }).map(String);
        assert.deepEqual(
          names.filter((name) => name.endsWith('.part') || name.startsWith('running-')),
          [],
        );

        const again = right(await resume(data, { ...how, folder: onDisk(broken, hastyDisk) })());
        assert.equal(again.outcome.kind, 'finished');
        assert.deepEqual(leftBehind(broken), leftBehind(unbroken));
        assert.equal(backend.memory().held, 0);
        right(await backend.close()());
      }));
});
