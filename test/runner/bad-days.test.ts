/**
 * Bad days of a disk: any call may fail, once or from then on. What had to be told is told in one sentence, that of the first failure; nothing
 * is thrown; and when the disk is well again the run continues, or begins, to the end that it would have had.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import type { Fault } from '../../src/fault.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { Folder } from '../../src/files/folder.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { readEvents } from '../../src/runner/folder/read-events.js';
import { isBeingWritten } from '../../src/runner/folder/run-lock.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import { type Call, watchedCalls } from '../faults/calls.js';
import { hastyDisk, inTemporaryFolder, nullBackend, right } from './harness.js';
import { type LeftBehind, leftBehind } from './left-behind.js';
import { MORTAL_VOCABULARY, mortalSchedule } from './mortal-schedule.js';

const data = tokensDataset(MORTAL_VOCABULARY);
const checkpoints = { every: 2, keep: 2 };

/** Of the calls, each so manieth is made to fail: all of them take minutes. */
const STRIDE = 23;

const WRITING: ReadonlySet<Call> = new Set<Call>(['write', 'truncate', 'sync', 'makeFolder', 'rename', 'remove', 'removeFolder']);

/** A disk that says of each call, before it is done, whether it is refused: with an error of this code. */
const refusing = (refusal: (call: Call, args: readonly unknown[]) => string | undefined): FileSystem => {
  return watchedCalls(hastyDisk, (call, _count, act, args) => {
    const code = refusal(call, args);
    if (code === undefined) return act();
    throw Object.assign(new Error(`${code}: said by the disk, ${call}`), { code });
  });
};

const changes = (call: Call, [, how]: readonly unknown[]): boolean =>
  WRITING.has(call) || (call === 'open' && (how === 'new' || how === 'append'));

describe('a bad day of the disk', function () {
  this.timeout(120_000);
  let backend: Backend;
  before(async () => {
    backend = await nullBackend();
  });

  const runOn = (folder: string, files: FileSystem): Promise<E.Either<Fault, RunSummary>> =>
    run(mortalSchedule, data, { backend, listeners: [], checkpoints, folder: onDisk(folder, files) })();

  /** What an unbroken run leaves, and how many calls it takes. */
  const unbroken = async (folder: string): Promise<{ readonly left: LeftBehind; readonly calls: number }> => {
    let calls = 0;
    right(
      await runOn(
        folder,
        refusing(() => {
          calls += 1;
          return undefined;
        }),
      ),
    );
    return { left: leftBehind(folder), calls };
  };

  /** On a disk that is well again: from what is there, or from the beginning. Gives what is left then. */
  const recovered = async (folder: string): Promise<LeftBehind> => {
    if (
      existsSync(join(folder, 'summary.json')) &&
      JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')).outcome.kind === 'finished'
    )
      return leftBehind(folder);
    const again = existsSync(join(folder, 'schedule.json'))
      ? await resume(data, { backend, listeners: [], checkpoints, folder: onDisk(folder, hastyDisk) })()
      : await runOn(folder, hastyDisk);
    assert.equal(right(again).outcome.kind, 'finished');
    return leftBehind(folder);
  };

  const messageOf = (ended: E.Either<Fault, RunSummary>): string | undefined => {
    if (E.isLeft(ended)) return ended.left.message;
    return ended.right.outcome.kind === 'failed' ? ended.right.outcome.message : undefined;
  };

  for (const [what, code, lasts] of [
    ['fails once', 'EIO', false],
    ['is the first of a disk that has become read-only', 'EROFS', true],
  ] as const)
    it(`on which any call ${what}: one sentence, and the run succeeds all the same`, () =>
      inTemporaryFolder(async (parent) => {
        const { left, calls } = await unbroken(join(parent, 'unbroken'));
        let [told, points] = [0, 0];
        for (let point = 1 + (lasts ? 7 : 0); point <= calls; point += STRIDE) {
          points += 1;
          const folder = join(parent, `${point}`);
          let count = 0;
          let failed: Call | undefined;
          const files = refusing((call, args) => {
            count += 1;
            const refuses = lasts ? count >= point && changes(call, args) : count === point;
            if (refuses) failed ??= call;
            return refuses ? code : undefined;
          });
          const message = messageOf(await runOn(folder, files));
          if (message !== undefined) {
            told += 1;
            assert.ok(message.includes(`${code}: said by the disk, ${failed}`), `call ${point}: ${message}`);
          }
          const events = join(folder, 'events.jsonl');
          if (existsSync(events)) assert.ok(E.isRight(readEvents(readFileSync(events, 'utf8'))), `call ${point}: every line is whole`);
          if (existsSync(folder)) assert.equal(isBeingWritten(Folder.at(folder)), false, `call ${point}`);
          assert.deepEqual(await recovered(folder), left, `call ${point}, ${failed}: ${message}`);
        }
        console.log(`      ${points} of ${calls} calls, ${told} of them told`);
        assert.ok(told > points / 2);
      }));

  it('on which any one event is lost: the run has failed, and what is resumed has every row once', () =>
    inTemporaryFolder(async (parent) => {
      const { left } = await unbroken(join(parent, 'unbroken'));
      const kinds = left.events.map((event) => (event as RunEvent).kind);
      for (const [index, kind] of kinds.entries()) {
        if (kind === 'step' && index % 3 !== 0) continue;
        const folder = join(parent, `${index}`);
        let seen = 0;
        const files = refusing((call, [, bytes]) => {
          if (call !== 'write' || !(bytes instanceof Uint8Array)) return undefined;
          const line = new TextDecoder().decode(bytes.subarray(0, 400));
          const isEvent =
            line.startsWith('{"') && line.includes('"kind":') && line.includes('"time":') && !/"(checkpointed|run-resumed)"/.test(line);
          seen += isEvent ? 1 : 0;
          return isEvent && seen === index + 1 ? 'ENOSPC' : undefined;
        });
        const message = messageOf(await runOn(folder, files));
        assert.match(message ?? '', /events\.jsonl could not be written \(ENOSPC/, `event ${index}, ${kind}`);
        assert.deepEqual(await recovered(folder), left, `event ${index}, ${kind}`);
      }
      assert.ok(['evaluated', 'stage-ended', 'transferred', 'run-ended'].every((kind) => kinds.some((each) => each === kind)));
    }));

  for (const path of ['events.jsonl', 'checkpoints', 'model', 'summary.json', 'running-'])
    it(`on which ${path}${path.endsWith('-') ? '….json' : ''} becomes immutable: what it is, and nothing else`, () =>
      inTemporaryFolder(async (parent) => {
        const { left } = await unbroken(join(parent, 'unbroken'));
        const folder = join(parent, 'run');
        const files = new Map<unknown, string>();
        let steps = 0;
        const disk = refusing((call, args) => {
          const named = typeof args[0] === 'string' ? args[0] : (files.get(args[0]) ?? '');
          return steps > 4 && changes(call, args) && args.concat(named).some((each) => String(each).startsWith(join(folder, path)))
            ? 'EPERM'
            : undefined;
        });
        const noting: FileSystem = {
          ...disk,
          open: (name, how) => {
            const file = disk.open(name, how);
            files.set(file, name);
            return file;
          },
        };
        const listeners = [
          ({ kind }: RunEvent) => {
            if (kind === 'step') steps += 1;
          },
        ];
        const ended = await run(mortalSchedule, data, { backend, listeners, checkpoints, folder: onDisk(folder, noting) })();
        if (path === 'running-') {
          assert.equal(messageOf(ended), undefined, 'a lock that is void is no failure');
          assert.equal(readdirSync(folder).filter((name) => name.startsWith('running-')).length, 1);
          assert.equal(isBeingWritten(Folder.at(folder)), false);
        } else assert.match(messageOf(ended) ?? '', new RegExp(`${path}.* could not be written \\(EPERM: said by the disk`));
        assert.deepEqual(await recovered(folder), left);
      }));

  it('on which there is no room for the lock: nothing is left behind, and the folder is as good as new', () =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, 'run');
      const full = refusing((call) => (call === 'write' ? 'ENOSPC' : undefined));
      const ended = await runOn(folder, full);
      assert.ok(E.isLeft(ended));
      assert.match(ended.left.message, /run cannot be written to \(ENOSPC: .*\); make room for it$/);
      assert.deepEqual([existsSync(folder), ended.left.kind], [false, 'run']);
      assert.equal(right(await runOn(folder, hastyDisk)).outcome.kind, 'finished');
    }));
});
