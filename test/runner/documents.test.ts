/**
 * Runs whose documents are kept separate: on all levels, in corrections, searches, microbatches and evaluations; counted as planned; resumed to the bit.
 * What a sequence with several documents computes: `test/model/documents.test.ts`.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Backend } from '../../src/backend.js';
import type { TextDataset } from '../../src/data/dataset.js';
import { startsAtToken, withStarts } from '../../src/data/document-starts.js';
import { loadDataset } from '../../src/data/sources/load-dataset.js';
import { storeOf } from '../../src/data/token-store.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import { scheduleHash } from '../../src/schedule/json/canonical.js';
import type { Schedule, TextSource } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { tolerances } from '../backends/tolerances.js';
import { assertClose } from '../program/on-reference.js';
import { hastyDisk, inTemporaryFolder, onnxBackend, right } from './harness.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

/** Token 0 opens a document, every few tokens. */
const tokens = storeOf(Int32Array.from({ length: 200 }, (_, place) => (place * place * 7) % 5));
const tokenizer = characterTokenizer('abcde');
const joined: TextDataset = { kind: 'text', digest: 'd', tokenizer, vocabulary: 5, training: tokens, heldOut: tokens };
const marked = withStarts(tokens, startsAtToken(0));
const separate: TextDataset = { ...joined, training: marked, heldOut: marked };

const STAGES =
  'train(3, stochasticDepth: 0.5) >> restrict(even, tau: 2) >> train(3) >> prolongate(correction: 1, lineSearch: 3) >> train(3, only: [1, 3])';

const scheduleOf = (documents: Pick<TextSource, 'documents'>, accumulate?: number): Schedule =>
  right(
    verify({
      version: 1,
      setup: {
        ...tinySetup,
        data: { kind: 'text', source: 'memory', tokenizer: 'characters', heldOut: 0.5, ...documents },
        batch: 4,
        evaluation: { every: 2, batches: 2 },
        ...(accumulate === undefined ? {} : { accumulate }),
      },
      stages: stagesOf(STAGES),
    }),
  );
const kept = scheduleOf({ documents: 'separate' });

const lossesOf = (events: readonly RunEvent[]): readonly number[] =>
  events.flatMap((event) => (event.kind === 'step' || event.kind === 'evaluated' ? [event.loss] : []));

describe('a run with separate documents', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  const ran = async (
    schedule: Schedule,
    data: TextDataset,
  ): Promise<{ readonly losses: readonly number[]; readonly summary: RunSummary }> => {
    const events: RunEvent[] = [];
    const listeners = [(event: RunEvent) => events.push(event)];
    const summary = right(await run(schedule, data, { backend, folder: new MemoryFolder(), listeners })());
    assert.deepEqual(summary.outcome, { kind: 'finished' });
    return { losses: lossesOf(events), summary };
  };

  it('is another run than with joined ones, counted as planned, and the same in microbatches', async () => {
    const { losses, summary } = await ran(kept, separate);
    for (const { planned, counted } of summary.stages) assert.deepEqual(counted, planned);
    const others = await ran(scheduleOf({}), joined);
    assert.equal(losses.length, others.losses.length);
    assert.ok(losses.every((loss, index) => loss !== others.losses[index]));
    // Marks that nobody asked for change nothing.
    assert.deepEqual((await ran(scheduleOf({}), separate)).losses, others.losses);
    const inParts = await ran(scheduleOf({ documents: 'separate' }, 2), separate);
    assertClose(inParts.losses, losses, tolerances.f32.trajectory, 'two microbatches');
    assert.notEqual(scheduleHash(kept), scheduleHash(scheduleOf({})));
  });

  it('reads them from Parquet as from JSON Lines, and trains the same', () =>
    inTemporaryFolder(async (folder) => {
      const rows = [
        'the sea, he saw the sea.',
        'naïve 日本語 😀',
        'and so on\nto the end',
        ...Array.from({ length: 40 }, (_, row) => `row ${row}`),
      ];
      const lines = join(folder, 'rows.jsonl');
      writeFileSync(lines, rows.map((text) => JSON.stringify({ text })).join('\n'));
      const losses: (readonly number[])[] = [];
      for (const [source, documents] of [
        ['test/data/fixtures/rows.zstd.parquet', 'separate'],
        [lines, 'separate'],
        [lines, 'joined'],
      ] as const) {
        const kept = documents === 'separate' ? { documents } : {};
        const data = { kind: 'text', source, tokenizer: 'bytes', heldOut: 0.3, ...kept } as const;
        const dataset = right(await loadDataset(data, { context: tinySetup.model.context })());
        const setup = { ...scheduleOf(kept).setup, data, model: { ...tinySetup.model, vocabulary: 256 } };
        losses.push((await ran(right(verify({ ...scheduleOf(kept), setup })), dataset as TextDataset)).losses);
      }
      const [parquet, jsonLines, joinedLines] = losses;
      assert.deepEqual(parquet, jsonLines);
      assert.notDeepEqual(parquet, joinedLines);
    }));

  it('that was ended and resumed has the same losses, to the bit', () =>
    inTemporaryFolder(async (folder) => {
      const whole = (await ran(kept, separate)).losses;
      const controller = new AbortController();
      let steps = 0;
      const events: RunEvent[] = [];
      const listeners = [
        (event: RunEvent) => {
          events.push(event);
          if (event.kind === 'step' && ++steps === 5) controller.abort();
        },
      ];
      const how = { backend, folder: onDisk(folder, hastyDisk), listeners };
      right(await run(kept, separate, { ...how, signal: controller.signal })());
      assert.equal(right(await resume(separate, how)()).outcome.kind, 'finished');
      assert.deepEqual(lossesOf(events), whole);
    }));

  it('does not begin, nor continue, on data that do not tell them apart', async () => {
    const says = /setup\.data\.documents is separate, and the data must tell their documents apart \(do not\); give what loadDataset/;
    const begun = await run(kept, joined, { backend, folder: new MemoryFolder() })();
    assert.match(E.isLeft(begun) ? begun.left.message : 'begun', says);
  });

  it('is said in one way: joined is the key left out', () => {
    const wrong = verify({ ...kept, setup: { ...kept.setup, data: { ...kept.setup.data, documents: 'joined' } } });
    assert.match(E.isLeft(wrong) ? wrong.left.message : 'accepted', /^setup\.data\.documents must be separate, or left out for joined/);
  });

  it('leaves nothing on the device', () => assert.equal(backend.memory().held, 0));
});
