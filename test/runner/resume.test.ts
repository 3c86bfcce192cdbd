/**
 * Law 6: a run that was ended and resumed, however often, leaves what one that was never ended leaves, to the bit. And what is refused.
 */

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { createReference } from '../../backends/reference/index.js';
import type { Arithmetic, Backend } from '../../src/backend.js';
import { joined } from '../../src/byte-pieces.js';
import { type Dataset, textDataset, tokensDataset } from '../../src/data/dataset.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { readEvents } from '../../src/runner/folder/read-events.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import type { ResumeOptions, RunOptions } from '../../src/runner/run-rules.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import { canonicalJson } from '../../src/schedule/json/canonical.js';
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { bind, parse } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { adamw } from '../model/tiny.js';
import { hastyDisk, inTemporaryFolder, nullBackend, onnxBackend, right } from './harness.js';
import { leftBehind } from './left-behind.js';
import { smallSchedules, VOCABULARY } from './pipelines.js';

const restrict: Stage = { kind: 'restrict', operator: { kind: 'average', factor: 2 }, h: 'scale', moments: 'rescale', counters: 'carry' };
const prolongate: Stage = {
  kind: 'prolongate',
  correction: { kind: 'correction', alpha: 0.5 },
  interpolation: 'linear',
  moments: 'carry',
  counters: 'carry',
};
const train = (steps: number): Stage => ({ kind: 'train', steps });

const scheduleOf = (stages: readonly Stage[]): Schedule => ({
  version: 1,
  setup: {
    model: { kind: 'gpt', layers: 4, heads: 2, width: 4, context: 3, bias: true },
    data: { kind: 'tokens', vocabulary: VOCABULARY },
    optimizer: adamw,
    batch: 2,
    seed: 1,
    evaluation: { every: 3, batches: 1 },
  },
  stages,
});
const twoLevels = scheduleOf([train(2), restrict, train(5), prolongate, train(3)]);
const data = tokensDataset(VOCABULARY);

/** Aborts after this many steps of this process. */
const stopAfter = (steps: number): Pick<RunOptions, 'signal' | 'listeners'> => {
  const controller = new AbortController();
  let left = steps;
  return {
    signal: controller.signal,
    listeners: [
      ({ kind }) => {
        if (kind === 'step' && --left === 0) controller.abort();
      },
    ],
  };
};
const whole: Pick<RunOptions, 'listeners'> = { listeners: [] };

const begun = async (backend: Backend, folder: string, how: Partial<RunOptions> = whole, schedule = twoLevels): Promise<RunSummary> =>
  right(await run(schedule, data, { backend, folder: onDisk(folder, hastyDisk), ...whole, ...how })());
const resumed = async (backend: Backend, folder: string, how: Partial<ResumeOptions> = whole): Promise<RunSummary> =>
  right(await resume(data, { backend, folder: onDisk(folder, hastyDisk), ...whole, ...how })());
const refused = async (backend: Backend, folder: string, how: Partial<ResumeOptions> = {}, dataset: Dataset = data): Promise<string> => {
  const result = await resume(dataset, { backend, folder: onDisk(folder, hastyDisk), ...whole, ...how })();
  assert.ok(E.isLeft(result), 'it went on');
  assert.equal(result.left.kind, 'input');
  return result.left.message;
};

const newest = (folder: string): string => {
  const name = readdirSync(join(folder, RUN_FILES.checkpoints)).sort().at(-1) ?? assert.fail('no checkpoint');
  return join(folder, RUN_FILES.checkpoints, name);
};

describe('a resumed run', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  it('run(a >> b) is run(b) after run(a), to the bit: any pipeline, ended after any steps, as often as you like', () =>
    fc.assert(
      fc.asyncProperty(
        smallSchedules,
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
        fc.record({ every: fc.integer({ min: 1, max: 4 }), keep: fc.integer({ min: 1, max: 3 }) }),
        (schedule, stops, checkpoints) =>
          inTemporaryFolder(async (folder) => {
            const [unbroken, broken] = [join(folder, 'unbroken'), join(folder, 'broken')];
            await begun(backend, unbroken, { checkpoints }, schedule);
            let [first = 1, ...further] = stops;
            let summary = await begun(backend, broken, { checkpoints, ...stopAfter(first) }, schedule);
            let resumes = 0;
            while (summary.outcome.kind !== 'finished') {
              assert.equal(summary.outcome.kind, 'interrupted');
              [first = Number.POSITIVE_INFINITY, ...further] = further;
              resumes += 1;
              summary = await resumed(backend, broken, stopAfter(first));
              assert.equal(summary.resumes, resumes);
            }
            assert.deepEqual(leftBehind(broken), leftBehind(unbroken));
            assert.equal(backend.memory().held, 0);
          }),
      ),
      { numRuns: 12 },
    )).timeout(120_000);

  /** What holds more than weights and moments while it is open; and what a checkpoint in its middle must have to continue from. */
  const within: readonly (readonly [what: string, text: string, holds: RegExp])[] = [
    [
      'a level with a tau correction',
      'train(2) >> restrict(even, tau: 2) >> train(3) >> prolongate(correction: 1) >> train(1)',
      /^level\.1\/tau\/layers\.1\.mlp\.expand\.weight$/,
    ],
    [
      'a corrected level over a corrected level',
      'train(1) >> restrict(average(2), tau: 1) >> train(1) >> restrict(even, tau: 1) >> train(2) >> prolongate(correction: 0.5) >> train(1) >> prolongate(correction: 1)',
      /^level\.2\/tau\/layers\.0\.mlp\.expand\.weight$/,
    ],
    [
      'a level that a line search will answer',
      'train(2) >> restrict(average(2), tau: 1) >> train(3) >> prolongate(correction: 1, lineSearch: (tries: 3, batches: 2)) >> train(2)',
      /^level\.1\/restricted\/embedding\.token\.weight$/,
    ],
    [
      'the second arm of a branch',
      'train(1) >> ( restrict(even) >> train(2) >> prolongate | restrict(odd) >> train(2) >> prolongate >> train(1), shared: average ) >> train(1)',
      /^branch\.0\/arm\.0\/layers\.0\.mlp\.expand\.weight$/,
    ],
    [
      'a branch in an arm, with corrected levels',
      'train(1) >> ( restrict(even, tau: 1) >> ( train(1) | train(2), shared: last ) >> prolongate(correction: 1, lineSearch: 2) | train(1), shared: average ) >> train(1)',
      /^branch\.1\/arm\.0\/layers\.0\.mlp\.expand\.weight$/,
    ],
  ];
  for (const [what, text, holds] of within)
    it(`continues in the middle of ${what} to the same bits, after whichever step it was ended`, () =>
      inTemporaryFolder(async (folder) => {
        const schedule = right(verify(scheduleOf(right(bind(right(parse(text)), {})))));
        const unbroken = join(folder, 'unbroken');
        await begun(backend, unbroken, whole, schedule);
        const expected = leftBehind(unbroken);
        const steps = expected.events.filter((event) => (event as RunEvent).kind === 'step').length;
        let inside = 0;
        for (let stop = 1; stop < steps; stop++) {
          const broken = join(folder, `broken-${stop}`);
          const { outcome } = await begun(backend, broken, stopAfter(stop), schedule);
          assert.equal(outcome.kind, 'interrupted');
          const { tensors, metadata } = right(decodeSafetensors(readFileSync(newest(broken))));
          const names = [...tensors.keys(), ...Object.keys(JSON.parse(metadata.aliases ?? '{}'))];
          if (names.some((name) => holds.test(name))) inside += 1;
          await resumed(backend, broken);
          assert.deepEqual(leftBehind(broken), expected, `ended after step ${stop}`);
        }
        assert.ok(inside > 0, 'never ended inside');
        assert.equal(backend.memory().held, 0);
      })).timeout(60_000);

  it('in float64 too: a checkpoint keeps the precision of its backend', () =>
    inTemporaryFolder(async (folder) => {
      const reference = createReference();
      await begun(reference, join(folder, 'unbroken'));
      await begun(reference, join(folder, 'broken'), stopAfter(4));
      await resumed(reference, join(folder, 'broken'));
      assert.deepEqual(leftBehind(join(folder, 'broken')), leftBehind(join(folder, 'unbroken')));
    }));

  it('continues on another backend to the same losses, within its precision', () =>
    inTemporaryFolder(async (folder) => {
      const reference = createReference();
      await begun(backend, join(folder, 'unbroken'));
      await begun(backend, join(folder, 'broken'), stopAfter(4));
      await resumed(reference, join(folder, 'broken'));
      const losses = (name: string): readonly number[] =>
        right(readEvents(readFileSync(join(folder, name, RUN_FILES.events), 'utf8'))).flatMap((event) =>
          event.kind === 'step' ? [event.loss] : [],
        );
      const [unbroken, broken] = [losses('unbroken'), losses('broken')];
      assert.equal(broken.length, 10);
      for (const [step, loss] of broken.entries()) assert.ok(Math.abs(loss - (unbroken[step] ?? Number.NaN)) < 1e-5, `step ${step + 1}`);
    }));

  it('not in another precision, nor in another mode: the difference is reported, and nothing is lost', () =>
    inTemporaryFolder(async (folder) => {
      const otherwise = (arithmetic: Partial<Arithmetic>): Backend => ({
        ...backend,
        capabilities: { ...backend.capabilities, ...arithmetic },
      });
      for (const [first, second, says] of [
        [backend, otherwise({ precision: 'bf16' }), 'f32, not compiled, and onnx-cpu would continue in bf16, not compiled'],
        [otherwise({ precision: 'bf16' }), backend, 'bf16, not compiled, and onnx-cpu would continue in f32, not compiled'],
        [otherwise({ compiled: true }), backend, 'f32, compiled, and onnx-cpu would continue in f32, not compiled'],
      ] as const) {
        const place = join(folder, says.slice(0, 10).replaceAll(/\W/g, '-') + says.length);
        await begun(first, place, stopAfter(4));
        const before = leftBehind(place);
        assert.equal(await refused(second, place), `${place} began in ${says}: another run; resume it as it began`);
        assert.deepEqual(leftBehind(place), before);
        const { precision, compiled } = JSON.parse(readFileSync(join(place, RUN_FILES.summary), 'utf8'));
        assert.deepEqual({ precision, compiled }, { precision: first.capabilities.precision, compiled: first.capabilities.compiled });
      }
    }));

  it('says so: an event with its checkpoint, a count in its summary, and listeners hear how it began', () =>
    inTemporaryFolder(async (folder) => {
      await begun(backend, folder, stopAfter(4));
      const events: RunEvent[] = [];
      const summary = await resumed(backend, folder, { listeners: [(event) => events.push(event)] });
      assert.equal(summary.resumes, 1);
      assert.equal(JSON.parse(readFileSync(join(folder, RUN_FILES.summary), 'utf8')).resumes, 1);
      assert.deepEqual(
        events.slice(0, 4).map(({ kind }) => kind),
        ['run-started', 'stage-started', 'run-resumed', 'step'],
      );
      const [, , told] = events;
      assert.ok(told?.kind === 'run-resumed');
      assert.deepEqual([told.checkpoint, told.stage, told.step, told.passedOver], ['checkpoints/step-00000004.safetensors', 2, 4, []]);
      assert.ok(!readdirSync(folder).some((name) => name.startsWith('running-')), 'the lock is gone');
    }));

  it('begins again where no checkpoint was written yet', () =>
    inTemporaryFolder(async (folder) => {
      await begun(backend, join(folder, 'unbroken'));
      await begun(backend, join(folder, 'broken'), stopAfter(1));
      for (const name of readdirSync(join(folder, 'broken', RUN_FILES.checkpoints)))
        writeFileSync(join(folder, 'broken', RUN_FILES.checkpoints, name), '');
      await resumed(backend, join(folder, 'broken'));
      assert.deepEqual(leftBehind(join(folder, 'broken')), leftBehind(join(folder, 'unbroken')));
    }));

  const damages: readonly (readonly [string, (file: string) => void, RegExp])[] = [
    ['torn', (file) => truncateSync(file, 1000), /damaged/],
    ['empty', (file) => truncateSync(file, 0), /damaged/],
    [
      'altered in one bit of its tensors',
      (file) => {
        const bytes = readFileSync(file);
        bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
        writeFileSync(file, bytes);
      },
      /damaged \(its checksum is not that of its content\)/,
    ],
    [
      'altered in its place',
      (file) => {
        const bytes = readFileSync(file);
        const at = bytes.indexOf('\\"stageStep\\":') + '\\"stageStep\\":'.length;
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        writeFileSync(file, bytes);
      },
      /damaged \(its checksum/,
    ],
    [
      'whole, with weights that are not finite',
      (file) => {
        const checkpoint = right(decodeCheckpoint(readFileSync(file)));
        const weights = checkpoint.tensors.get('level.1/layers.1.mlp.expand.weight') ?? assert.fail();
        weights.data[3] = Number.NaN;
        weights.data[5] = Number.NEGATIVE_INFINITY;
        // A moment is no weight.
        (checkpoint.tensors.get('layers.0.mlp.expand.weight/first-moment') ?? assert.fail()).data[0] = Number.NaN;
        writeFileSync(file, joined(encodeCheckpoint(checkpoint)));
      },
      /^2 of \d+ weights are not finite, the first in level\.1\/layers\.1\.mlp\.expand\.weight$/,
    ],
  ];
  for (const [how, damage, pattern] of damages)
    it(`uses the checkpoint before one that is ${how}, and says so`, () =>
      inTemporaryFolder(async (folder) => {
        const [unbroken, broken] = [join(folder, 'unbroken'), join(folder, 'broken')];
        await begun(backend, unbroken);
        await begun(backend, broken, stopAfter(4));
        const file = newest(broken);
        damage(file);
        const events: RunEvent[] = [];
        await resumed(backend, broken, { listeners: [(event) => events.push(event)] });
        const told = events.find((event) => event.kind === 'run-resumed');
        assert.ok(told?.kind === 'run-resumed');
        assert.equal(told.checkpoint, 'checkpoints/step-00000003.safetensors');
        assert.equal(told.passedOver.length, 1);
        assert.equal(told.passedOver[0]?.file, 'checkpoints/step-00000004.safetensors');
        assert.match(told.passedOver[0]?.reason ?? '', pattern);
        assert.ok(existsSync(`${file}.damaged`), 'kept under another name');
        assert.deepEqual(leftBehind(broken), leftBehind(unbroken));
      }));

  it('fixes a torn last line of its events, and takes an older checkpoint where events are missing', () =>
    inTemporaryFolder(async (folder) => {
      const [unbroken, broken] = [join(folder, 'unbroken'), join(folder, 'broken')];
      await begun(backend, unbroken);
      await begun(backend, broken, stopAfter(4));
      const file = join(broken, RUN_FILES.events);
      appendFileSync(file, '{"kind":"st');
      await resumed(backend, broken, stopAfter(2));
      const lines = readFileSync(file, 'utf8').split('\n');
      const third = lines.findIndex((line) => line.includes('"kind":"step"') && line.includes('"step":4'));
      writeFileSync(file, `${lines.slice(0, third).join('\n')}\n`);
      const summary = await resumed(backend, broken);
      assert.equal(summary.outcome.kind, 'finished');
      assert.deepEqual(leftBehind(broken), leftBehind(unbroken));
    }));
});

describe('what cannot be resumed', () => {
  let backend: Backend;
  before(async () => {
    backend = await nullBackend();
  });

  it('a folder that is not there, or holds no run', () =>
    inTemporaryFolder(async (folder) => {
      assert.match(await refused(backend, join(folder, 'nowhere')), /nowhere: there is no such run folder; `vcycle runs` lists the runs$/);
      assert.match(await refused(backend, folder), /no run is there \(schedule\.json is missing\); `vcycle runs` lists the runs$/);
      assert.deepEqual(readdirSync(folder), []);
    }));

  it('a run that has finished', () =>
    inTemporaryFolder(async (folder) => {
      await begun(backend, folder);
      const before = readFileSync(join(folder, RUN_FILES.events), 'utf8');
      assert.match(await refused(backend, folder), /has finished; there is nothing to resume$/);
      assert.equal(readFileSync(join(folder, RUN_FILES.events), 'utf8'), before);
    }));

  it('with another schedule: the difference is shown, and nothing touched', () =>
    inTemporaryFolder(async (folder) => {
      await begun(backend, folder, stopAfter(4));
      const before = readFileSync(join(folder, RUN_FILES.events), 'utf8');
      const other: Schedule = { ...scheduleOf([train(2), restrict, train(6), prolongate, train(3)]) };
      const changed = { ...other, setup: { ...other.setup, batch: 3 } };
      const sentence = /was begun with another schedule \(setup\.batch was 2 and is 3, stage 3 was train\(5\) and is train\(6\)\)/;
      assert.match(await refused(backend, folder, { schedule: changed }), sentence);
      writeFileSync(join(folder, RUN_FILES.schedule), JSON.stringify(changed));
      assert.match(await refused(backend, folder), sentence);
      assert.equal(readFileSync(join(folder, RUN_FILES.events), 'utf8'), before);
    }));

  it('with a schedule of another version, or none at all', () =>
    inTemporaryFolder(async (folder) => {
      await begun(backend, folder, stopAfter(4));
      writeFileSync(join(folder, RUN_FILES.schedule), JSON.stringify({ ...twoLevels, version: 9 }));
      assert.match(await refused(backend, folder), /schedule\.json: .*version/);
      writeFileSync(join(folder, RUN_FILES.schedule), 'nonsense');
      assert.match(await refused(backend, folder), /schedule\.json:1: not JSON: .*; put back the schedule that was run$/);
      writeFileSync(join(folder, RUN_FILES.schedule), canonicalJson(twoLevels).replace('"seed"', '"batch": 5,\n"seed"'));
      assert.match(
        await refused(backend, folder),
        /schedule\.json:\d+: the key "batch" is given twice in setup \(first in line \d+\); give it once$/,
      );
    }));

  it('over another text', () =>
    inTemporaryFolder(async (folder) => {
      const text = (letters: string) => right(textDataset(letters.repeat(40), { source: 'a.txt', context: 3, heldOut: 0.2 }));
      const model = { ...twoLevels.setup.model, vocabulary: 8 };
      const schedule: Schedule = {
        ...twoLevels,
        setup: { ...twoLevels.setup, model, data: { kind: 'text', source: 'a.txt', tokenizer: 'characters', heldOut: 0.2 } },
      };
      right(await run(schedule, text('abcd'), { backend, folder: onDisk(folder, hastyDisk), ...stopAfter(4) })());
      assert.match(await refused(backend, folder, {}, text('dcba')), /the text is not the one that the run began with; put that one back/);
    }));

  it('while it is being written, by this process or another', () =>
    inTemporaryFolder(async (folder) => {
      let during: string | undefined;
      const asked: Promise<void>[] = [];
      await begun(backend, folder, {
        listeners: [
          (event) => {
            if (event.kind === 'step' && event.step === 2)
              asked.push(
                refused(backend, folder).then((message) => {
                  during = message;
                }),
              );
          },
        ],
      });
      await Promise.all(asked);
      assert.match(during ?? '', new RegExp(`is being written by process ${process.pid}; wait for it to end, or stop it$`));
    }));

  it('twice at once: one continues, the other is refused', () =>
    inTemporaryFolder(async (folder) => {
      await begun(backend, folder, stopAfter(4));
      const results = await Promise.all([1, 2].map(() => resume(data, { backend, folder: onDisk(folder, hastyDisk), ...whole })()));
      assert.deepEqual(results.map(({ _tag }) => _tag).sort(), ['Left', 'Right']);
    }));

  it('that another machine may still write', () =>
    inTemporaryFolder(async (folder) => {
      await begun(backend, folder, stopAfter(4));
      writeFileSync(join(folder, 'running-1-1.json'), JSON.stringify({ pid: 1, host: 'elsewhere' }));
      assert.match(await refused(backend, folder), /process 1 on elsewhere, .* if it has ended, remove .*running-1-1\.json$/);
    }));

  it('with checkpoints of another version', () =>
    inTemporaryFolder(async (folder) => {
      await begun(backend, folder, stopAfter(4));
      const { encodeSafetensors } = await import('../../src/model/safetensors.js');
      for (const name of readdirSync(join(folder, RUN_FILES.checkpoints)))
        writeFileSync(join(folder, RUN_FILES.checkpoints, name), joined(encodeSafetensors(new Map(), { place: '{}' })));
      assert.match(await refused(backend, folder), /a checkpoint must be of version 1 \(was one without a checksum\); use the vcycle/);
      assert.equal(readdirSync(join(folder, RUN_FILES.checkpoints)).length, 2, 'nothing is set aside');
    }));
});
