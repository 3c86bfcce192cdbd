/**
 * The index says what the folders say, whatever becomes of them: run folders are the truth.
 */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import initSqlite, { type Database } from 'sql.js';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { stream } from '../../src/data/random.js';
import { Folder } from '../../src/files/folder.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { lockRun } from '../../src/runner/folder/run-lock.js';
import { run } from '../../src/runner/run.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { condition } from '../../src/store/condition.js';
import { findRuns } from '../../src/store/find-runs.js';
import { pruning, remove } from '../../src/store/prune.js';
import { type RunEntry, readEntry } from '../../src/store/run-entry.js';
import { INDEX_FILE, queryRuns, type RunQuery } from '../../src/store/run-index.js';
import { isWhole, sealed } from '../../src/store/sealed-index.js';
import { jobOf } from '../../src/sweep/job.js';
import { addToManifest, jobFolder, MANIFEST, manifestAt } from '../../src/sweep/manifest.js';
import { hastyDisk, inTemporaryFolder, onnxBackend, right } from '../runner/harness.js';
import { MORTAL_VOCABULARY, mortalSchedule } from '../runner/mortal-schedule.js';

const data = tokensDataset(MORTAL_VOCABULARY);
const SEED = 20250704;
const byFolder: RunQuery['sort'] = { field: 'folder', descending: false };

describe('the index over run folders', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  const trained = async (folder: string, seed: number, stopAt = Number.POSITIVE_INFINITY): Promise<void> => {
    const schedule: Schedule = { ...mortalSchedule, setup: { ...mortalSchedule.setup, seed } };
    const controller = new AbortController();
    const listeners = [({ kind, step }: { kind: string; step?: number }) => kind === 'step' && step === stopAt && controller.abort()];
    right(await run(schedule, data, { backend, folder: onDisk(folder, hastyDisk), listeners, signal: controller.signal })());
  };
  const found = async (root: string, conditions: readonly string[] = [], sort = byFolder, rebuild = false): Promise<readonly RunEntry[]> =>
    right(await queryRuns([root], { conditions: conditions.map((text) => right(condition(text))), sort }, { rebuild })()).entries;
  const names = (entries: readonly RunEntry[]): readonly string[] => entries.map(({ name }) => name);

  it('has a row a run: finished, stopped, crashed, running, unreadable; and follows the folders', () =>
    inTemporaryFolder(async (root) => {
      await trained(join(root, 'finished'), 1);
      await trained(join(root, 'deep', 'stopped'), 2, 5);
      await trained(join(root, 'crashed'), 3, 4);
      rmSync(join(root, 'crashed', RUN_FILES.summary));
      const events = join(root, 'crashed', RUN_FILES.events);
      const inBf16 = readFileSync(events, 'utf8').replace('"precision":"f32"', '"precision":"bf16","compiled":true');
      writeFileSync(events, inBf16);
      await trained(join(root, 'running'), 4, 4);
      rmSync(join(root, 'running', RUN_FILES.summary));
      const lock = right(lockRun(Folder.at(join(root, 'running'))));
      await trained(join(root, 'unreadable'), 5);
      writeFileSync(join(root, 'unreadable', RUN_FILES.schedule), '{"version": 7}');
      mkdirSync(join(root, 'no-run'));

      const entries = await found(root);
      assert.deepEqual(
        entries.map(({ name, status, step }) => [name, status, step]),
        [
          ['crashed', 'crashed', 4],
          ['stopped', 'interrupted', 5],
          ['finished', 'finished', 10],
          ['running', 'running', 4],
          ['unreadable', 'unreadable', null],
        ],
      );
      assert.match(entries[4]?.reason ?? '', /version/);
      assert.deepEqual(
        entries.map(({ backend, device, precision, compiled }) => [backend, device, precision, compiled]),
        ['bf16', 'f32', 'f32', 'f32', undefined].map((precision, at) =>
          precision === undefined
            ? [null, null, null, null]
            : ['onnx-cpu', backend.capabilities.device, precision, at === 0 ? 'yes' : 'no'],
        ),
      );
      assert.deepEqual(
        entries.map((entry) => ({ ...entry })),
        findRuns(Folder.at(root)).map(readEntry),
      );

      lock.release();
      await trained(join(root, 'later'), 6);
      rmSync(join(root, 'crashed'), { recursive: true });
      appendFileSync(join(root, 'finished', RUN_FILES.events), '{"torn');
      const now = await found(root);
      assert.deepEqual(names(now), ['stopped', 'finished', 'later', 'running', 'unreadable']);
      assert.equal(now[3]?.status, 'crashed', 'its writer has gone');
      assert.deepEqual(
        now.map((entry) => ({ ...entry })),
        findRuns(Folder.at(root)).map(readEntry),
      );
      assert.deepEqual(await found(root, [], byFolder, true), now, 'a rebuilt index says the same');
    }));

  it('counts the steps that a run kept, apart from those that spikes threw away; and says whose stages it began with', () =>
    inTemporaryFolder(async (root) => {
      const { setup } = mortalSchedule;
      const schedule: Schedule = { ...mortalSchedule, setup: { ...setup, onSpike: { factor: 1e9, window: 2, back: 1 } } };
      const folder = join(root, 'a');
      right(await run(schedule, data, { backend, folder: onDisk(folder, hastyDisk) })());
      const file = join(folder, RUN_FILES.events);
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      const flops = { matmul: 0, softmax: 0, elementwise: 0 };
      const thrown = { steps: 3, flops, evaluationFlops: flops };
      const spiked = { kind: 'spiked', time: 0, stage: 0, level: 0, loss: 9, limit: 5, step: 4, to: 1, thrown, returns: 1 };
      const reused = { run: 'runs/other', stages: 1, step: 1, flops: 1, seconds: 1 };
      const start = { ...JSON.parse(lines[0] ?? ''), reused };
      writeFileSync(file, [JSON.stringify(start), JSON.stringify(spiked), ...lines.slice(1), ''].join('\n'));
      rmSync(join(folder, RUN_FILES.summary));
      const [entry] = await found(root, ['reused~other', 'thrown>0']);
      const kept = lines.filter((line) => line.includes('"kind":"step"')).length - 3;
      assert.deepEqual([entry?.step, entry?.thrown, entry?.reused], [kept, 3, 'runs/other']);
    }));

  it('is made again where it is damaged, deleted, or of another version', () =>
    inTemporaryFolder(async (root) => {
      await trained(join(root, 'a'), 1);
      const before = await found(root);
      const path = join(root, INDEX_FILE);
      assert.ok(readFileSync(path).subarray(0, 15).toString().startsWith('SQLite format 3'));
      for (const spoil of [
        () => rmSync(path),
        () => writeFileSync(path, 'nonsense'),
        () => writeFileSync(path, readFileSync(path).subarray(0, 700)),
      ]) {
        spoil();
        assert.deepEqual(await found(root), before);
      }
      assert.deepEqual(names(await found(join(root, 'a'))), ['a']);
      assert.ok(!existsSync(join(root, 'a', INDEX_FILE)), 'a run folder holds no index');
    }));

  it(`is made again where any part of it was altered, by accident or on purpose (seed ${SEED})`, () =>
    inTemporaryFolder(async (root) => {
      await trained(join(root, 'a'), 1);
      await trained(join(root, 'b'), 2, 5);
      const before = await found(root);
      const path = join(root, INDEX_FILE);
      const whole = readFileSync(path);
      const again = async (bytes: Uint8Array): Promise<void> => {
        writeFileSync(path, bytes);
        assert.deepEqual(await found(root), before);
        assert.ok(isWhole(readFileSync(path)), 'and is kept again');
      };
      const draws = stream(SEED, 'altered');
      for (let round = 0; round < 150; round++) {
        const bytes = Uint8Array.from(whole);
        const at = draws.integer(bytes.length);
        if (round % 3 === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << draws.integer(8));
        else if (round % 3 === 1) bytes.fill(draws.integer(256), at, at + 1 + draws.integer(4096));
        if (Buffer.from(bytes).equals(whole)) continue;
        await again(round % 3 === 2 ? bytes.subarray(0, at) : bytes);
      }
      // Whoever knows how it is sealed can make one that is, and no index.
      const { Database } = await initSqlite();
      const forged = (change: (database: Database) => void, from?: Uint8Array): Uint8Array => {
        const database = new Database(from === undefined ? undefined : Uint8Array.from(from));
        change(database);
        return sealed(database.export());
      };
      await again(sealed(new Uint8Array(4096)));
      await again(forged((database) => database.run('CREATE TABLE runs (folder)')));
      await again(forged((database) => database.run('DROP TABLE runs'), whole));
      for (const change of ["status = 'fine'", 'bytes = NULL', "loss = 'low'", "step = x'00'"])
        await again(forged((database) => database.run(`UPDATE runs SET ${change}`), whole));
    })).timeout(120_000);

  it('knows a run that was copied without its empty folder of checkpoints', () =>
    inTemporaryFolder(async (root) => {
      await trained(join(root, 'a'), 1);
      rmSync(join(root, 'a', RUN_FILES.checkpoints), { recursive: true });
      assert.deepEqual(
        (await found(root)).map(({ name, status }) => [name, status]),
        [['a', 'finished']],
      );
    }));

  it('has the loss and the depth of the network that was saved, and says so where an earlier version did not evaluate it', () =>
    inTemporaryFolder(async (root) => {
      const stages: Schedule['stages'] = [
        ...mortalSchedule.stages,
        { kind: 'grow', growth: { kind: 'stack', factor: 2 }, h: 'scale', moments: 'carry', counters: 'carry' },
      ];
      const folder = join(root, 'grown');
      const { model } = right(
        await run({ ...mortalSchedule, stages }, data, { backend, folder: onDisk(folder, hastyDisk), listeners: [] })(),
      );
      assert.deepEqual([model?.layers, model?.level], [8, 0]);
      const grown = ({ validation, level, layers, reason }: RunEntry) => ({ validation, level, layers, reason });
      const known = { validation: model?.validationLoss ?? assert.fail(), level: 0, layers: 8, reason: null };
      assert.deepEqual((await found(root, ['layers=8', 'level=0', `validation=${known.validation}`])).map(grown), [known]);
      assert.deepEqual(await found(root, ['layers=4']), []);

      const [events, summary] = [RUN_FILES.events, RUN_FILES.summary].map((name) => join(folder, name)) as [string, string];
      const lines = readFileSync(events, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line): RunEvent => JSON.parse(line));
      // As an earlier version left it.
      const evaluated = lines.filter((event) => event.kind === 'evaluated').at(-2) ?? assert.fail();
      const earlier = lines
        .filter((event) => event.kind !== 'evaluated' || event.stage < stages.length - 1)
        .map((event) => (event.kind === 'run-ended' ? { ...event, model: undefined } : event));
      writeFileSync(events, earlier.map((event) => `${JSON.stringify(event)}\n`).join(''));
      writeFileSync(summary, JSON.stringify({ ...JSON.parse(readFileSync(summary, 'utf8')), model: undefined, events: undefined }));
      const [entry = assert.fail()] = (await found(root)).map(grown);
      assert.deepEqual({ ...entry, reason: '' }, { ...known, validation: null, reason: '' });
      const figure = evaluated.kind === 'evaluated' ? evaluated.loss.toFixed(4) : assert.fail();
      assert.equal(
        entry.reason,
        `an earlier version of vcycle saved a network of 8 layers on level 0 and did not evaluate it (its last evaluation, ${figure}, is of 4 layers on level 0); remove its summary.json and resume it, which does`,
      );
    }));

  it('has the network that was evaluated last of a run on its way', () =>
    inTemporaryFolder(async (root) => {
      // Evaluated after the third step, on the fine level, and after the sixth, on the coarse one.
      for (const [name, next] of [
        ['coarse', 7],
        ['fine', 5],
      ] as const) {
        await trained(join(root, name), 1);
        rmSync(join(root, name, RUN_FILES.summary));
        const events = join(root, name, RUN_FILES.events);
        const lines = readFileSync(events, 'utf8').split('\n');
        const cut = lines.findIndex((line) => line.includes(`"kind":"step"`) && line.includes(`"step":${next},`));
        const [started = assert.fail(), ...rest] = lines.slice(0, cut);
        // As of a text, whose tokens are four bytes.
        writeFileSync(events, [JSON.stringify({ ...JSON.parse(started), bytesPerToken: 4 }), ...rest, ''].join('\n'));
      }
      assert.deepEqual(
        (await found(root)).map(({ name, status, level, layers, validation }) => [name, status, level, layers, validation !== null]),
        [
          ['coarse', 'crashed', 1, 2, true],
          ['fine', 'crashed', 0, 4, true],
        ],
      );
      for (const { validation, bitsPerByte } of await found(root, ['bitsPerByte>0']))
        assert.equal(bitsPerByte, (validation ?? assert.fail()) / Math.LN2 / 4);
      assert.equal((await found(root, ['bitsPerByte>0'])).length, 2);
    }));

  it('filters and sorts', () =>
    inTemporaryFolder(async (root) => {
      for (const seed of [1, 2, 3]) await trained(join(root, `seed-${seed}`), seed);
      await trained(join(root, 'stopped'), 4, 5);
      assert.deepEqual(names(await found(root, ['seed>=2', 'status=finished'])), ['seed-2', 'seed-3']);
      assert.deepEqual(names(await found(root, ['name~SEED', 'seed!=2'])), ['seed-1', 'seed-3']);
      assert.deepEqual(names(await found(root, ['started>2020-01-01', 'step<6'])), ['stopped']);
      assert.deepEqual(names(await found(root, [], { field: 'seed', descending: true })), ['stopped', 'seed-3', 'seed-2', 'seed-1']);
      assert.deepEqual(names(await found(root, ["name=x' OR 1=1 --"])), []);
    }));

  it('takes a date for the moment at which it begins, here or in a zone that is named', () => {
    const read = (text: string) => right(condition(text)).value;
    assert.equal(read('started>2025'), new Date(2025, 0, 1).getTime());
    assert.equal(read('started>2025-03'), new Date(2025, 2, 1).getTime());
    assert.equal(read('started>2025-03-31'), new Date(2025, 2, 31).getTime());
    assert.equal(read('started>2025-03-31 14:05'), new Date(2025, 2, 31, 14, 5).getTime());
    assert.equal(read('started>2025-03-31T14:05:09.5Z'), Date.UTC(2025, 2, 31, 14, 5, 9, 500));
    assert.equal(read('started<=2025-03-31T00:00+02:00'), Date.UTC(2025, 2, 30, 22));
    assert.equal(read('started>1769900399001'), 1_769_900_399_001);
  });

  it('says what is wrong with a condition', () => {
    for (const [text, pattern] of [
      ['los<2', /no field "los"; did you mean loss\?/],
      ['loss', /a condition must be a field, one of .* \(was "loss"\)/],
      ['loss<small', /^loss is compared with a number, as in loss<2 \(was "small"\)$/],
      ['status!=finnished', /^status must be one of finished, interrupted, .* \(was "finnished"\); did you mean finished\?$/],
      ['loss~2', /^loss is a number, and ~ looks into text; compare it, as in loss<2$/],
      ['started>soon', /^started is compared with a date, as in started>=2026-01-31 or started<2026 \(was "soon"\)$/],
      ['started>2', /^started is compared with a date, .* \(was "2"\)$/],
      ['started>2026-02-30', /^started is compared with a date, .* \(was "2026-02-30"\)$/],
      ['started=2026', /^started is a moment, to the millisecond: compare it by < or >=, .* \(was =\)$/],
    ] as const) {
      const parsed = condition(text);
      assert.ok(E.isLeft(parsed));
      assert.equal(parsed.left.kind, 'input');
      assert.match(parsed.left.message, pattern);
    }
  });

  it('prunes what is chosen, never what is being written, and of unfinished runs no checkpoints', () =>
    inTemporaryFolder(async (root) => {
      await trained(join(root, 'finished'), 1);
      await trained(join(root, 'stopped'), 2, 5);
      await trained(join(root, 'written'), 3);
      const lock = right(lockRun(Folder.at(join(root, 'written'))));
      const entries = await found(root);
      const { removals: checkpoints } = pruning(entries, 'checkpoints', false);
      assert.deepEqual(
        checkpoints.map(({ folder }) => folder),
        [join(root, 'finished'), join(root, 'written')],
      );
      assert.ok(E.isRight(remove(checkpoints[0] ?? assert.fail())));
      assert.deepEqual(readdirSync(join(root, 'finished', RUN_FILES.checkpoints)), []);
      assert.ok(E.isLeft(remove(checkpoints[1] ?? assert.fail())));
      assert.ok(existsSync(join(root, 'written', RUN_FILES.checkpoints, 'step-00000010.safetensors')));
      lock.release();
      for (const removal of pruning(await found(root, ['seed<3']), 'folder', false).removals) right(remove(removal));
      assert.deepEqual(names(await found(root)), ['written']);
    }));

  it('prunes behind no link: not where checkpoints are one, not where the run folder is one, and not for what an index says', () =>
    inTemporaryFolder(async (parent) => {
      const [root, outside] = [join(parent, 'runs'), join(parent, 'outside')];
      mkdirSync(outside);
      for (const [name, seed] of [
        ['checkpoints-are-a-link', 1],
        ['holds-a-link', 2],
      ] as const)
        await trained(join(root, name), seed);
      const linked = join(root, 'checkpoints-are-a-link', RUN_FILES.checkpoints);
      rmSync(linked, { recursive: true });
      writeFileSync(join(outside, 'mine.txt'), 'mine');
      symlinkSync(outside, linked);
      symlinkSync(outside, join(root, 'holds-a-link', RUN_FILES.checkpoints, 'link'));
      const kept = (): void => assert.equal(readFileSync(join(outside, 'mine.txt'), 'utf8'), 'mine');

      const { removals, linked: left } = pruning(await found(root), 'checkpoints', false);
      assert.deepEqual(
        [removals.map(({ folder }) => folder), left],
        [[join(root, 'holds-a-link')], [join(root, 'checkpoints-are-a-link')]],
      );
      for (const removal of removals) right(remove(removal));
      assert.deepEqual(readdirSync(join(root, 'holds-a-link', RUN_FILES.checkpoints)), []);
      kept();
      // Were it a link only after it was looked at.
      const late = remove({ folder: join(root, 'checkpoints-are-a-link'), what: 'checkpoints', bytes: 0 });
      assert.match(E.isLeft(late) ? late.left.message : '', /checkpoints could not be removed \(.*is a link/);
      kept();

      symlinkSync(join(root, 'holds-a-link'), join(parent, 'link'));
      const whole = remove({ folder: join(parent, 'link'), what: 'folder', bytes: 0 });
      assert.match(E.isLeft(whole) ? whole.left.message : '', /it is a link; name the folder that it leads to/);
      assert.ok(existsSync(join(root, 'holds-a-link', RUN_FILES.events)));
      for (const removal of pruning(await found(root), 'folder', false).removals) right(remove(removal));
      assert.deepEqual(readdirSync(root), [INDEX_FILE]);
      kept();
    }));

  const arms = (entries: readonly RunEntry[]): readonly (readonly unknown[])[] =>
    entries.map(({ arm, seed, status, comparison }) => [arm, seed, status, comparison]);

  it('knows the jobs of comparisons by arm and seed, and keeps what these have their figures from', () =>
    inTemporaryFolder(async (root) => {
      const comparison = join(root, 'c');
      const manifest = join(comparison, MANIFEST);
      const jobs = (['fine', 'coarse-only', 'fine'] as const).map((arm, index) =>
        jobOf(arm, {
          schedule: { ...mortalSchedule, setup: { ...mortalSchedule.setup, seed: index } },
          backend: 'onnx-cpu',
          allowCpu: false,
        }),
      );
      mkdirSync(join(comparison, 'jobs'), { recursive: true });
      right(addToManifest(manifestAt(manifest), jobs));
      for (const [index, job] of jobs.entries())
        await trained(jobFolder(manifestAt(manifest), job).path, index, index === 2 ? 5 : Number.POSITIVE_INFINITY);
      await trained(join(root, 'alone'), 3);

      const bySeed: RunQuery['sort'] = { field: 'seed', descending: false };
      assert.deepEqual(arms(await found(root, [], bySeed)), [
        ['fine', 0, 'finished', comparison],
        ['coarse-only', 1, 'finished', comparison],
        ['fine', 2, 'interrupted', comparison],
        [null, 3, 'finished', null],
      ]);
      assert.deepEqual(arms(await found(root, ['arm=fine', 'status=finished'], bySeed)), [['fine', 0, 'finished', comparison]]);

      const all = await found(root, [], bySeed);
      const folders = (entries: readonly { readonly folder: string }[]): readonly string[] => entries.map(({ folder }) => folder);
      const [first = '', second = '', third = '', alone = ''] = folders(all);
      const careless = pruning(all, 'folder', false);
      assert.deepEqual(
        [folders(careless.removals), careless.results],
        [
          [third, alone],
          [first, second],
        ],
      );
      assert.deepEqual(folders(pruning(all, 'folder', true).removals), [first, second, third, alone]);
      assert.deepEqual(folders(pruning(all, 'checkpoints', false).removals), [first, second, alone]);
      const lock = right(lockRun(Folder.at(comparison)));
      assert.deepEqual(folders(pruning(all, 'folder', true).removals), [alone], 'the comparison is under way');
      assert.ok(E.isLeft(remove({ folder: third, what: 'folder', bytes: 0 })), 'and has begun meanwhile');
      lock.release();

      rmSync(manifest);
      assert.deepEqual(arms(await found(root, ['seed=0'])), [[null, 0, 'finished', null]], 'a folder of no comparison any more');
    }));

  it('looks into several folders at once, and sorts across them', () =>
    inTemporaryFolder(async (root) => {
      for (const [folder, seed] of [
        ['a/x', 1],
        ['b/y', 2],
        ['a/z', 3],
      ] as const)
        await trained(join(root, folder), seed);
      const { entries } = right(
        await queryRuns(
          [join(root, 'a'), join(root, 'b'), root],
          { conditions: [], sort: { field: 'seed', descending: true } },
          { rebuild: false },
        )(),
      );
      assert.deepEqual(names(entries), ['z', 'y', 'x']);
    }));
});
