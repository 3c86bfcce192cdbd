/** Events come back from a run folder as they went in; a torn last line does not spoil them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { Folder } from '../../src/files/folder.js';
import { readRun } from '../../src/report/run/read-run.js';
import { readEvents } from '../../src/runner/folder/read-events.js';
import { syntheticRun } from './synthetic-run.js';

const lines = (events: readonly unknown[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');

describe('events.jsonl', () => {
  const events = syntheticRun([
    ['restrict(even)', 'restrict', 1, 2, 0],
    ['train(6)', 'train', 1, 2, 6],
    ['prolongate', 'prolongate', 0, 4, 0],
    ['train(3)', 'train', 0, 4, 3],
  ]);

  it('gives every event whose line is whole, wherever a crash tore the file', () => {
    const text = lines(events);
    fc.assert(
      fc.property(fc.nat({ max: text.length }), (length) => {
        const torn = text.slice(0, length);
        const whole = torn.split('\n').length - 1;
        assert.deepEqual(readEvents(torn), E.right(events.slice(0, whole)));
      }),
    );
  });

  it('names the line that is no event', () => {
    const refused = (text: string, message: string): void => assert.deepEqual(readEvents(text), E.left({ kind: 'input', message }));
    refused('{"kind":"checkpointed","time":0,"step":8,"file":"a"}\nnonsense\n', 'events.jsonl, line 2: not JSON');
    refused('{"kind":"lunch"}\n', 'events.jsonl, line 1: not an event of a run (it must be of a kind that is known)');
    refused('null\n', 'events.jsonl, line 1: not an event of a run (it must be object)');
    refused(
      '{"kind":"checkpointed","time":1e999,"step":8,"file":"a"}\n',
      'events.jsonl, line 1: not an event of a run (time must be number)',
    );
    refused(
      '{"kind":"checkpointed","time":0,"file":"a"}\n',
      "events.jsonl, line 1: not an event of a run (it must have required property 'step')",
    );
    refused(
      '{"kind":"run-ended","time":0,"seconds":1,"outcome":{"kind":"failed"}}\n',
      "events.jsonl, line 1: not an event of a run (outcome must have required property 'message')",
    );
    const unscheduled = JSON.stringify({ ...events[0], schedule: { version: 1, setup: 3, stages: [] } });
    refused(`${unscheduled}\n`, 'events.jsonl, line 1: not an event of a run (its schedule: setup must be an object (was 3))');
  });

  it('is sorted by kind, in the order of time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vcycle-read-'));
    try {
      await writeFile(join(folder, 'events.jsonl'), `${lines(events)}{"kind":"st`);
      const record = await readRun(Folder.at(folder))();
      assert.ok(E.isRight(record));
      assert.deepEqual(
        record.right.steps.map(({ step }) => step),
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
      assert.equal(record.right.started.steps, 9);
      assert.equal(record.right.evaluations.length, 2);
      assert.equal(record.right.ended?.outcome.kind, 'finished');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('of a folder without a run is a fault of the input', async () => {
    const record = await readRun(Folder.at('/nowhere'))();
    assert.ok(E.isLeft(record));
    assert.equal(record.left.kind, 'input');
    assert.match(record.left.message, /^\/nowhere: no run is there/);
  });
});
