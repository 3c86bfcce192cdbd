/** One bad run folder is one row that says so, whatever is wrong with it, and takes down nothing for the others. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { Folder } from '../../src/files/folder.js';
import { lossCurve } from '../../src/report/charts/loss-curve.js';
import { traceOf } from '../../src/report/comparison/run-trace.js';
import { readRun } from '../../src/report/run/read-run.js';
import { recordEvents } from '../../src/report/run/run-record.js';
import { readEvents } from '../../src/runner/folder/read-events.js';
import { historyUpTo } from '../../src/runner/run-history.js';
import { canonicalJson } from '../../src/schedule/json/canonical.js';
import { runCsv } from '../../src/store/csv.js';
import { findRuns } from '../../src/store/find-runs.js';
import { readEntry } from '../../src/store/run-entry.js';
import { tensorboardFile } from '../../src/store/tensorboard.js';
import { FollowedRun } from '../../src/watch/watched-run.js';
import { syntheticRun } from '../report/synthetic-run.js';
import { hastyDisk, inTemporaryFolder } from '../runner/harness.js';

const SEED = 20250702;

const events = syntheticRun(
  [
    ['restrict(every(2, 0))', 'restrict', 1, 2, 0],
    ['train(6)', 'train', 1, 2, 6],
    ['prolongate', 'prolongate', 0, 4, 0],
    ['train(3)', 'train', 0, 4, 3],
  ],
  2,
);
const lines = (all: readonly unknown[]): string => all.map((event) => `${JSON.stringify(event)}\n`).join('');
const started = events[0]?.kind === 'run-started' ? events[0] : assert.fail();
const stages = events.flatMap((event) => (event.kind === 'stage-ended' ? [event.record] : []));
const summary = JSON.stringify({ outcome: { kind: 'finished' }, stages, resumes: 0 });

const putRun = (folder: string): void => {
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  writeFileSync(join(folder, 'schedule.json'), canonicalJson(started.schedule));
  writeFileSync(join(folder, 'events.jsonl'), lines(events));
  writeFileSync(join(folder, 'summary.json'), summary);
};

/** What may become of a good run; and what its row says then. */
const SPOILT: Readonly<Record<string, readonly [spoil: (folder: string) => void, reason: RegExp]>> = {
  'a line that lacks fields': [
    (folder) => writeFileSync(join(folder, 'events.jsonl'), lines([...events, { kind: 'stage-ended', time: 0 }])),
    /events\.jsonl, line \d+: not an event of a run \(it must have required property 'record'\)/,
  ],
  'a first line that is no beginning': [
    (folder) => writeFileSync(join(folder, 'events.jsonl'), lines(events.slice(1))),
    /events\.jsonl, line 1: it must say how the run started \(was stage-started\)/,
  ],
  'a summary that is no summary': [
    (folder) => writeFileSync(join(folder, 'summary.json'), '{"outcome":{"kind":"finished"},"stages":[{"counted":null}],"resumes":0}'),
    /summary\.json: no summary of a run by this version of vcycle \(stages\.0 must have/,
  ],
  ...Object.fromEntries(
    ['events.jsonl', 'summary.json', 'schedule.json'].map((name) => [
      `a pipe for ${name}`,
      [
        (folder: string): void => {
          rmSync(join(folder, name));
          assert.equal(spawnSync('mkfifo', [join(folder, name)]).status, 0);
        },
        new RegExp(`${name} cannot be read \\(it must be a regular file \\(was a pipe\\)\\)|it must be a regular file \\(was a pipe\\)`),
      ] as const,
    ]),
  ),
  'a device without an end': [
    (folder) => {
      rmSync(join(folder, 'schedule.json'));
      symlinkSync('/dev/zero', join(folder, 'schedule.json'));
    },
    /schedule\.json cannot be read \(it must be a regular file \(was a device\)\)/,
  ],
  'a folder for a file': [
    (folder) => {
      rmSync(join(folder, 'summary.json'));
      mkdirSync(join(folder, 'summary.json'));
    },
    /summary\.json cannot be read \(it must be a regular file \(was a folder\)\)/,
  ],
};

describe('a run folder of a stranger, among others', () => {
  for (const [what, [spoil, reason]] of Object.entries(SPOILT))
    it(`with ${what} is one row that says so`, () =>
      inTemporaryFolder(async (root) => {
        for (const name of ['a', 'bad', 'z']) putRun(join(root, name));
        spoil(join(root, 'bad'));
        const entries = findRuns(Folder.at(root)).map(readEntry);
        assert.deepEqual(
          entries.map(({ name, status }) => [name, status]),
          [
            ['a', 'finished'],
            ['bad', 'unreadable'],
            ['z', 'finished'],
          ],
        );
        assert.match(entries[1]?.reason ?? '', reason);
        for (const name of ['a', 'bad', 'z']) assert.ok(new FollowedRun(0, Folder.at(join(root, name))).poll() !== undefined);
      }));

  it('that may not be read, or whose parts may not, is one row that says so', () =>
    inTemporaryFolder(async (root) => {
      for (const name of ['a', 'bad', 'z']) putRun(join(root, name));
      // Whoever may read everything (root) is refused nothing by the system itself.
      for (const [refused, calls] of [
        ['bad', ['list', 'follow']],
        ['bad', ['list']],
        [join('bad', 'checkpoints'), ['list']],
        [join('bad', 'events.jsonl'), ['open']],
        [join('bad', 'events.jsonl'), ['follow']],
        [join('bad', 'schedule.json'), ['open']],
      ] as const) {
        const allowed = (call: string, path: string): string => {
          if ((calls as readonly string[]).includes(call) && path.startsWith(join(root, refused)))
            throw new Error(`EACCES: permission denied, ${call} '${path}'`);
          return path;
        };
        const files: FileSystem = {
          ...hastyDisk,
          list: (path) => hastyDisk.list(allowed('list', path)),
          follow: (path) => hastyDisk.follow(allowed('follow', path)),
          open: (path, how) => hastyDisk.open(allowed('open', path), how),
        };
        const entries = findRuns(Folder.at(root, files)).map(readEntry);
        assert.deepEqual(
          entries.map(({ name, status }) => [name, status]),
          [
            ['a', 'finished'],
            ['bad', 'unreadable'],
            ['z', 'finished'],
          ],
          `${refused} ${calls}`,
        );
        assert.match(entries[1]?.reason ?? '', /EACCES/);
      }
    }));

  it('watched, tells whoever comes later, too, and is shown once it is fixed', () =>
    inTemporaryFolder(async (root) => {
      putRun(root);
      const file = join(root, 'events.jsonl');
      writeFileSync(file, `${lines(events.slice(0, 4))}{"kind":"step"}\n${lines(events.slice(4))}`);
      const run = new FollowedRun(0, Folder.at(root));
      const said = run.poll();
      assert.ok(said?.kind === 'unreadable');
      assert.match(said.reason, /line 5: not an event of a run/);
      assert.equal(run.poll(), undefined, 'once');
      assert.deepEqual(run.whole(), said);
      writeFileSync(file, lines(events));
      const fixed = run.poll();
      assert.ok(fixed?.kind === 'run');
      assert.equal(fixed.progress.training.length, 9);
      rmSync(file);
      assert.equal(run.poll()?.kind, 'unreadable');
      writeFileSync(file, lines(events));
      assert.equal(run.poll()?.kind, 'run');
    }));
});

type Path = readonly (string | number)[];

/** Every place in a value. */
const placesIn = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, Array.isArray(value) ? Number(key) : key]))]
    : [path];

/** The value with another one at a place; without it for undefined. */
const put = (value: unknown, [key, ...rest]: Path, other: unknown): unknown => {
  if (key === undefined) return other;
  if (Array.isArray(value)) return value.map((inner, index) => (index === key ? put(inner, rest, other) : inner));
  const inner = put((value as Record<string, unknown>)[key], rest, other);
  return { ...(value as object), [key]: inner };
};

describe('events that somebody else wrote', () => {
  it(`are refused, or make tables, curves and exports without a NaN (seed ${SEED})`, () =>
    inTemporaryFolder(async (root) => {
      putRun(root);
      const folder = Folder.at(root);
      const other = fc.oneof(
        fc.constantFrom(undefined, null, true, '', 'x', '__proto__', [], {}, -1, 0, 0.5, 1e308, -1e308, 5e-324, 2 ** 53, 1e18),
        fc.constant({ kind: 'finished' }),
        fc.jsonValue(),
      );
      const places = events.map((event) => placesIn(event));
      let [refused, taken] = [0, 0];
      const bad = /NaN|undefined|Infinity|null|\[object/;
      await fc.assert(
        fc.asyncProperty(fc.nat(events.length - 1), fc.nat(), other, async (index, at, value) => {
          const where = places[index] ?? [];
          const path = where[at % where.length] ?? [];
          const text = lines(events.map((event, each) => (each === index ? (put(event, path, value) ?? event) : event)));
          writeFileSync(join(root, 'events.jsonl'), text);
          const entry = readEntry(folder);
          assert.ok(Object.values(entry).every((each) => typeof each !== 'number' || Number.isFinite(each)));
          new FollowedRun(0, folder).poll();
          historyUpTo(new TextEncoder().encode(text), 12);
          const record = await readRun(folder)();
          if (E.isLeft(record)) {
            refused += 1;
            assert.match(record.left.message, /events\.jsonl/);
            return;
          }
          taken += 1;
          assert.doesNotMatch(runCsv(record.right), bad);
          tensorboardFile(record.right);
          lossCurve(record.right, 'flops');
          traceOf(record.right);
        }),
        { seed: SEED, numRuns: 1000 },
      );
      assert.ok(refused > 500 && taken > 50, `${refused} refused, ${taken} taken`);
    })).timeout(60_000);

  it('of a real run are taken, every kind of them', () => {
    assert.deepEqual(E.map(() => undefined)(E.chain(recordEvents)(readEvents(lines(events)))), E.right(undefined));
  });
});
