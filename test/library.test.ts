/** What programs are given: results, at once or as promises, and nothing to catch. */
import assert from 'node:assert/strict';
import * as backends from '../backends/null/index.js';
import { createNull } from '../backends/null/null.js';
import * as library from '../src/index.js';
import { tinySetup } from './runner/tiny-setup.js';

const { MemoryFolder, orThrow, pipeline, plan, run, tokensDataset, train, verify } = library;

describe('the library', () => {
  const data = tokensDataset(7);
  const schedule = pipeline(tinySetup, train(2));

  it('gives a value, or a fault with its sentence', () => {
    assert.deepEqual(verify(schedule), { ok: true, value: schedule });
    const wrong = verify(pipeline(tinySetup, 'prolongate' as string));
    assert.ok(!wrong.ok);
    assert.equal(wrong.fault.message, 'stage 1, prolongate: no finer level is open (was at level 0); put a restrict before it');
    assert.throws(() => orThrow(wrong), new Error(wrong.fault.message));
  });

  it('begins when it is called, on a backend that was opened or on one that keeps the contract', async () => {
    const opened = orThrow(await backends.createNull());
    const kept = await createNull()();
    assert.ok(kept._tag === 'Right');
    const summaries = [];
    for (const backend of [opened, kept.right]) {
      const ended = await run(schedule, data, { backend, folder: new MemoryFolder() });
      assert.ok(ended.ok);
      assert.deepEqual(plan(schedule, data, { backend }), { ok: true, value: ended.value.plan });
      summaries.push(ended.value.outcome);
    }
    assert.deepEqual(summaries, [{ kind: 'finished' }, { kind: 'finished' }]);
    assert.deepEqual(await opened.close(), { ok: true, value: undefined });
  });

  it('resolves with what is wrong, and rejects nothing', async () => {
    const backend = orThrow(await backends.createNull());
    const folder = new MemoryFolder();
    orThrow(await run(schedule, data, { backend, folder }));
    const again = await run(schedule, data, { backend, folder });
    assert.ok(!again.ok);
    assert.match(again.fault.message, /^this folder in memory holds a run already; make another one$/);
  });
});
