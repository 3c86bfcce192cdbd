/** Law 11: a run that begins with a kept state ends in the same bits as one from the beginning. And which states it must not take. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { createReference } from '../../backends/reference/index.js';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { Folder } from '../../src/files/folder.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import type { RunOptions } from '../../src/runner/run-rules.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import type { LearningRate, Schedule } from '../../src/schedule/schedule.js';
import { read } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { removeBeyond, stateFiles, statesIn } from '../../src/store/states-folder.js';
import { adamw } from '../model/tiny.js';
import { hastyDisk, inTemporaryFolder, onnxBackend, right } from './harness.js';
import { type LeftBehind, leftBehind } from './left-behind.js';
import { tinySchedules, VOCABULARY } from './pipelines.js';

const data = tokensDataset(VOCABULARY);

const scheduleOf = (text: string, learningRate: LearningRate = adamw.learningRate): Schedule => ({
  version: 1,
  setup: {
    model: { kind: 'gpt', layers: 4, heads: 2, width: 4, context: 3, bias: true },
    data: { kind: 'tokens', vocabulary: VOCABULARY },
    optimizer: { ...adamw, learningRate },
    batch: 2,
    seed: 1,
    evaluation: { every: 3, batches: 1 },
  },
  stages: right(read(text)),
});

const CONSTANT: LearningRate = { kind: 'constant', peak: 0.01, warmup: 2, clock: 'global' };
const COSINE: LearningRate = { kind: 'cosine', peak: 0.01, floor: 0, warmup: 2, clock: 'global' };

/** Of a run and of what continues it. */
type How = Partial<Pick<RunOptions, 'states' | 'signal' | 'listeners'>>;

interface Place {
  readonly root: string;
  readonly told: string[];
  readonly facts?: readonly string[];
  readonly budget?: number;
}

const statesOf = ({ root, told, facts = ['test'], budget = 1e9 }: Place) =>
  statesIn({ folder: Folder.at(join(root, 'states'), hastyDisk), budget, facts, reuse: true, tell: (said) => told.push(said) });

describe('a run that begins with a kept state (law 11)', () => {
  // Nothing is compiled on it: most of such a small run's time would be that.
  const backend = createReference();

  const trained = async (name: string, schedule: Schedule, place: Place, options: Partial<RunOptions> = {}): Promise<RunSummary> =>
    right(await run(schedule, data, { backend, folder: onDisk(join(place.root, name), hastyDisk), states: statesOf(place), ...options })());

  const fromTheBeginning = async (name: string, schedule: Schedule, { root }: Place): Promise<RunSummary> =>
    right(await run(schedule, data, { backend, folder: onDisk(join(root, name), hastyDisk) })());

  /** What it left, but for what it says that it reused. */
  const leftBy = (folder: string): LeftBehind => {
    const { events, ...rest } = leftBehind(folder);
    const same = events.map((event) => {
      const { reused: _, conditions: __, ...others } = event as RunEvent & { readonly reused?: unknown; readonly conditions?: string };
      return others;
    });
    return { ...rest, events: same };
  };

  const within = (use: (place: Place) => Promise<void>): Promise<void> => inTemporaryFolder((root) => use({ root, told: [] }));

  /** Another pipeline that begins alike. */
  const withAnotherTail = ({ stages, ...rest }: Schedule): Schedule => ({ ...rest, stages: [...stages, { kind: 'train', steps: 2 }] });

  const constantly = (schedule: Schedule): Schedule => {
    const { optimizer } = schedule.setup;
    const { peak, warmup, clock } = optimizer.learningRate;
    return {
      ...schedule,
      setup: { ...schedule.setup, optimizer: { ...optimizer, learningRate: { kind: 'constant', peak, warmup, clock } } },
    };
  };

  it('ends in the same bits, over generated pairs of pipelines', async () => {
    let reused = 0;
    const property = fc.asyncProperty(tinySchedules, async (generated) => {
      const first = constantly(generated);
      const second = withAnotherTail(first);
      if (E.isLeft(verify(second))) return;
      await within(async (place) => {
        const one = await trained('one', first, place);
        const [whole, again] = [await fromTheBeginning('whole', second, place), await trained('again', second, place)];
        assert.deepEqual(place.told, []);
        if (one.outcome.kind !== 'finished' || whole.outcome.kind !== 'finished') return;
        assert.deepEqual(leftBy(again.folder), leftBy(whole.folder));
        if (again.reused === undefined) return;
        reused += 1;
        assert.equal(again.reused.run, one.folder);
      });
    });
    await fc.assert(property, { numRuns: 30 });
    assert.ok(reused >= 10, `only ${reused} of them began with a kept state`);
  }).timeout(120_000);

  it('does so on ONNX Runtime, too', () =>
    within(async (place) => {
      const onnx: Backend = await onnxBackend();
      const second = scheduleOf('restrict(even) >> train(4) >> prolongate >> train(5)', CONSTANT);
      await trained('one', scheduleOf('restrict(even) >> train(4) >> prolongate >> train(3)', CONSTANT), place, { backend: onnx });
      const whole = right(await run(second, data, { backend: onnx, folder: onDisk(join(place.root, 'whole'), hastyDisk) })());
      const again = await trained('again', second, place, { backend: onnx });
      assert.equal(again.reused?.step, 4);
      assert.deepEqual(leftBy(again.folder), leftBy(whole.folder));
      assert.equal((await trained('elsewhere', second, place)).reused, undefined, 'a state of another backend');
    }));

  it('says which stages, of which run, and what they cost; takes the longest head that is there', () =>
    within(async (place) => {
      const one = await trained('one', scheduleOf('restrict(even) >> train(4) >> prolongate >> train(3)', CONSTANT), place);
      const two = await trained('two', scheduleOf('restrict(even) >> train(4) >> prolongate >> train(3) >> train(1)', CONSTANT), place);
      assert.deepEqual({ ...two.reused, seconds: 0 }, { run: one.folder, stages: 4, step: 7, flops: one.plan.total.matmul, seconds: 0 });
      const other = await trained('other', scheduleOf('restrict(even) >> train(4) >> prolongate >> train(5)', CONSTANT), place);
      assert.deepEqual([other.reused?.stages, other.reused?.step], [2, 4]);
      const same = await trained('same', scheduleOf('restrict(even) >> train(4) >> prolongate >> train(5)', CONSTANT), place);
      assert.deepEqual([same.reused?.run, same.reused?.stages], [other.folder, 4], 'all of it');
      const records = (summary: RunSummary) => summary.stages.map(({ op, counted, planned }) => [op, counted, planned]);
      assert.deepEqual(records(same), records(other));
    }));

  it('is not the state of another seed, rate, batch, evaluation, version of vcycle, or length of a decay', () =>
    within(async (place) => {
      const head = 'restrict(even) >> train(4) >> prolongate >> train(3)';
      const base = scheduleOf(head, COSINE);
      await trained('one', base, place);
      const { setup } = base;
      const others: readonly (readonly [string, Schedule, Place?])[] = [
        ['seed', { ...base, setup: { ...setup, seed: 2 } }],
        ['rate', scheduleOf(head, { ...COSINE, peak: 0.02 })],
        ['batch', { ...base, setup: { ...setup, batch: 4 } }],
        ['evaluation', { ...base, setup: { ...setup, evaluation: { every: 0, batches: 1 } } }],
        ['decay', scheduleOf(`${head} >> train(9)`, COSINE)],
        ['way', scheduleOf(head.replace('even', 'odd'), COSINE)],
        // Its restriction keeps what the search may take back.
        ['line search', scheduleOf(head.replace('prolongate', 'prolongate(correction: 1, lineSearch: 2)'), COSINE)],
        ['version', base, { ...place, facts: ['another'] }],
      ];
      for (const [name, schedule, where = place] of others) assert.equal((await trained(name, schedule, where)).reused, undefined, name);
      assert.equal((await trained('again', base, place)).reused?.stages, 4);
      // The same total, and so the same decay.
      assert.equal(
        (await trained('split', scheduleOf('restrict(even) >> train(4) >> prolongate >> train(1) >> train(2)', COSINE), place)).reused
          ?.stages,
        2,
      );
    }));

  it('is the state of whatever comes later: transfers, ways back, growth', () =>
    within(async (place) => {
      const head = 'restrict(average(2)) >> train(4) >>';
      await trained('one', scheduleOf(`${head} prolongate`, CONSTANT), place);
      const tails = [
        'prolongate(correction: 0.5) >> train(2)',
        'prolongate(mix: 0.5) >> grow(stack(2)) >> train(2)',
        'prolongate >> grow(width(2), moments: zero-new) >> train(2)',
        'restrict(width(2)) >> train(1) >> prolongate >> prolongate',
        'prolongate >> (train(1) | restrict(even) >> train(1) >> prolongate)',
        'prolongate >> train(2, batch: 4, context: 2, learningRate: 0.1)',
        'prolongate >> train(2, layers: random, keep: 0.5)',
        'evaluate >> prolongate',
      ];
      for (const [index, tail] of tails.entries()) {
        const schedule = scheduleOf(`${head} ${tail}`, CONSTANT);
        const again = await trained(`again-${index}`, schedule, place);
        assert.equal(again.reused?.stages, 2, tail);
        assert.deepEqual(leftBy(again.folder), leftBy((await fromTheBeginning(`whole-${index}`, schedule, place)).folder), tail);
      }
    }));

  it('a damaged state is told, no longer kept, and trained again to the same bits', () =>
    within(async (place) => {
      const schedule = scheduleOf('train(4) >> train(3)', CONSTANT);
      await trained('one', schedule, place);
      const states = join(place.root, 'states');
      for (const name of readdirSync(states).filter((name) => name.endsWith('.state'))) {
        const bytes = readFileSync(join(states, name));
        bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
        writeFileSync(join(states, name), bytes);
      }
      const again = await trained('again', schedule, place);
      assert.equal(again.reused, undefined);
      assert.deepEqual(
        place.told,
        [2, 1].map(
          (stage) =>
            `the state kept after stage ${stage} cannot be used (its checksum is not that of its content); what led to it is trained again`,
        ),
      );
      assert.deepEqual(leftBy(again.folder), leftBy(join(place.root, 'one')));
      assert.equal((await trained('third', schedule, place)).reused?.run, again.folder);
    }));

  it('a folder that has the name of a state is moved aside, told once, and stays whole', () =>
    within(async (place) => {
      const schedule = scheduleOf('train(4)', CONSTANT);
      await trained('one', schedule, place);
      const states = join(place.root, 'states');
      const state = readdirSync(states).find((name) => name.endsWith('.state')) ?? assert.fail();
      rmSync(join(states, state));
      mkdirSync(join(states, state));
      writeFileSync(join(states, state, 'notes.txt'), 'mine');
      assert.deepEqual(stateFiles(Folder.at(states)), []);
      const again = await trained('again', schedule, place);
      assert.equal(again.reused, undefined);
      assert.match(
        place.told.join(),
        /^the state kept after stage 1 cannot be used \(a folder had its name, and is now .*\); what led to it/,
      );
      const aside = readdirSync(states).find((name) => name.includes('.aside-')) ?? assert.fail();
      assert.equal(readFileSync(join(states, aside, 'notes.txt'), 'utf8'), 'mine');
      assert.equal((await trained('third', schedule, place)).reused?.run, again.folder);
      assert.equal(place.told.length, 1);
    }));

  it('a pipe that has the name of a state is moved aside, and told once', function () {
    if (process.platform === 'win32') {
      console.log('      skipped: Windows has no pipes in folders');
      return this.skip();
    }
    return within(async (place) => {
      const schedule = scheduleOf('train(4)', CONSTANT);
      await trained('one', schedule, place);
      const states = join(place.root, 'states');
      const state = readdirSync(states).find((name) => name.endsWith('.state')) ?? assert.fail();
      rmSync(join(states, state));
      execFileSync('mkfifo', [join(states, state)]);
      assert.equal((await trained('again', schedule, place)).reused, undefined);
      assert.match(
        place.told.join(),
        /^the state kept after stage 1 cannot be used \(a pipe had its name, and is now .*\); what led to it/,
      );
      assert.equal((await trained('third', schedule, place)).reused?.step, 4);
      assert.equal(place.told.length, 1);
    });
  });

  it('a state under the name of another one is told, and what led to it is trained', () =>
    within(async (place) => {
      const [schedule, other] = [scheduleOf('train(4)', CONSTANT), scheduleOf('train(4)', { ...CONSTANT, peak: 0.02 })];
      await trained('other', other, place);
      const states = join(place.root, 'states');
      const [[theirs = assert.fail()], one] = [readdirSync(states), await trained('one', schedule, place)];
      const ours = readdirSync(states).find((name) => name.endsWith('.state') && name !== theirs) ?? assert.fail();
      copyFileSync(join(states, theirs), join(states, ours));
      const again = await trained('again', schedule, place);
      assert.equal(again.reused, undefined);
      assert.deepEqual(place.told, [
        'the state kept after stage 1 cannot be used (it is another state, under the name of this one); what led to it is trained again',
      ]);
      assert.deepEqual(leftBy(again.folder), leftBy(one.folder));
    }));

  it('is resumed, like any run, to the same bits', () =>
    within(async (place) => {
      await trained('one', scheduleOf('restrict(even) >> train(4) >> prolongate >> train(3)', CONSTANT), place);
      const schedule = scheduleOf('restrict(even) >> train(4) >> prolongate >> train(8)', CONSTANT);
      await fromTheBeginning('whole', schedule, place);
      const controller = new AbortController();
      const stopped = await trained('again', schedule, place, {
        signal: controller.signal,
        listeners: [(event) => event.kind === 'step' && event.step === 6 && controller.abort()],
      });
      assert.deepEqual([stopped.outcome.kind, stopped.reused?.step], ['interrupted', 4]);
      const summary = right(await resume(data, { backend, folder: onDisk(stopped.folder, hastyDisk), schedule })());
      assert.equal(summary.reused?.step, 4);
      assert.deepEqual(leftBy(summary.folder), leftBy(join(place.root, 'whole')));
      // Without any checkpoint it begins again, and says so.
      const { folder } = await trained('broken', schedule, place, { signal: AbortSignal.abort() });
      for (const name of readdirSync(join(folder, RUN_FILES.checkpoints))) writeFileSync(join(folder, RUN_FILES.checkpoints, name), '');
      assert.equal(right(await resume(data, { backend, folder: onDisk(folder, hastyDisk) })()).reused, undefined);
      assert.deepEqual(leftBy(folder), leftBy(join(place.root, 'whole')));
    }));

  it('of a run that was continued is kept only if all of it was computed under the same conditions', () =>
    within(async (place) => {
      const schedule = scheduleOf('train(2) >> train(2) >> train(2)', CONSTANT);
      /** Stopped in the first stage, then in the second, and continued to the end, each time under some conditions; none where no state is kept. */
      const keptBy = async (name: string, facts: readonly (string | undefined)[]): Promise<number> => {
        const own = { root: join(place.root, name), told: place.told };
        const under = (fact: string | undefined): How =>
          fact === undefined ? {} : { states: { ...statesOf({ ...own, facts: [fact] }), reuse: false } };
        const stopped = (at: number): How => {
          const controller = new AbortController();
          return { signal: controller.signal, listeners: [(event) => event.kind === 'step' && event.step === at && controller.abort()] };
        };
        const path = join(own.root, 'run');
        const [first, second, third] = facts;
        right(await run(schedule, data, { backend, folder: onDisk(path, hastyDisk), ...stopped(1), ...under(first) })());
        right(await resume(data, { backend, folder: onDisk(path, hastyDisk), ...stopped(3), ...under(second) })());
        right(await resume(data, { backend, folder: onDisk(path, hastyDisk), ...under(third) })());
        return stateFiles(Folder.at(join(own.root, 'states'), hastyDisk)).length;
      };
      assert.equal(await keptBy('alike', ['a', 'a', 'a']), 3);
      assert.deepEqual(place.told, []);
      assert.equal(await keptBy('elsewhere', ['a', 'b', 'b']), 0);
      assert.match(
        place.told.join(),
        /^(no state of this run is kept from here on: it was begun .*, or on another backend or machine,[^,]*,[^,]*,?){2}$/,
      );
      assert.equal(await keptBy('there and back', ['a', 'b', 'a']), 0);
      assert.equal(await keptBy('at last', ['a', 'a', 'b']), 1);
      assert.equal(await keptBy('not known', [undefined, 'a', 'a']), 0);
    }));

  it('is within the budget of the run that comes to it or begins with it, though one with a larger budget kept it', () =>
    within(async (place) => {
      const schedule = scheduleOf('train(2) >> train(2) >> train(2)', CONSTANT);
      await trained('one', schedule, place);
      const folder = Folder.at(join(place.root, 'states'), hastyDisk);
      const [first, second, third] = stateFiles(folder);
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      const addresses = (): readonly string[] => stateFiles(folder).map(({ address }) => address);
      const unused = { ...statesOf({ ...place, budget: second.bytes + third.bytes }), reuse: false };
      await trained('two', scheduleOf('train(2)', CONSTANT), place, { states: unused });
      assert.deepEqual(addresses(), [third.address, first.address], 'the first one was come to');
      const again = await trained('three', schedule, { ...place, budget: third.bytes });
      assert.equal(again.reused?.stages, 3);
      assert.deepEqual(addresses(), [third.address]);
    }));

  it('is kept within a budget: the least recently used go; one that is too large is told, and the run continues', () =>
    within(async (place) => {
      const schedule = scheduleOf('train(2) >> train(2) >> train(2)', CONSTANT);
      await trained('one', schedule, place);
      const folder = Folder.at(join(place.root, 'states'), hastyDisk);
      const [first, second, third] = stateFiles(folder);
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      await trained('two', scheduleOf('train(2) >> train(3)', CONSTANT), place);
      const { bytes: newest } = stateFiles(folder).at(-1) ?? assert.fail();
      assert.equal(stateFiles(folder).length, 4);
      const removed = removeBeyond(folder, first.bytes + newest);
      assert.deepEqual(
        removed.map(({ address }) => address),
        [second.address, third.address],
        'the first one was used',
      );
      // A process that died while it wrote one has left this; one that writes now has left the other.
      const [stray, fresh] = [`${first.address}-7.part`, `${first.address}-8`];
      for (const name of [stray, fresh]) writeFileSync(join(folder.path, name), 'begun');
      utimesSync(join(folder.path, stray), 0, 0);
      assert.deepEqual(
        removeBeyond(folder, first.bytes + newest).map(({ address }) => address),
        [stray],
        'it counts, and is the first to go',
      );
      assert.deepEqual([folder.has(stray), folder.has(fresh), stateFiles(folder).length], [false, true, 2]);
      const tight = { ...place, budget: 100 };
      assert.equal((await trained('three', scheduleOf('train(7)', CONSTANT), tight)).outcome.kind, 'finished');
      assert.match(
        place.told.join(),
        /^the state after stage 1 is not kept \(it has \d+ bytes, and the budget for all is 100; raise it\)$/,
      );
      assert.deepEqual(stateFiles(folder), [], 'all of them have at most that, whoever kept them');
    }));
});
