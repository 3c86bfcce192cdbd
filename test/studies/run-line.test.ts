/** What a study keeps of a run. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { createNull } from '../../backends/null/index.js';
import { Recorder } from '../../pipelines/studies/run-line.js';
import { adamw, constant, gpt, loadDataset, MemoryFolder, pipeline, run, tokens, verify } from '../../src/index.js';

describe("a study's line about a run", () => {
  it('has the evaluations, and the losses on either side of each transfer', async () => {
    const setup = {
      model: gpt({ layers: 2, heads: 1, width: 4, context: 4 }),
      data: tokens(5),
      optimizer: adamw({ learningRate: constant(1e-3) }),
      batch: 2,
      seed: 1,
      evaluation: { every: 0, batches: 1 },
    };
    const backend = await createNull()();
    const schedule = verify(pipeline(setup, 'restrict(even) >> train(60) >> prolongate >> train(3)'));
    const dataset = await loadDataset({ kind: 'tokens', vocabulary: 5 }, { context: 4 })();
    if (E.isLeft(backend) || E.isLeft(schedule) || E.isLeft(dataset)) return assert.fail('a small run must be possible');
    const recorder = new Recorder();
    const options = { backend: backend.right, folder: new MemoryFolder(), listeners: [recorder.listen] };
    const ran = await run(schedule.right, dataset.right, options)();
    if (E.isLeft(ran)) return assert.fail(ran.left.message);
    const line = recorder.line({ arm: 'even', seed: 1, schedule: schedule.right, outcome: ran.right.outcome.kind, seconds: 1.4 });
    assert.equal(line.outcome, 'finished');
    assert.equal(line.stages, 'restrict(even) >> train(60) >> prolongate >> train(3)');
    assert.deepEqual(
      line.evaluations.map(([step, level]) => [step, level]),
      [
        [60, 1],
        [63, 0],
      ],
    );
    assert.equal(line.loss, line.evaluations[1]?.[3]);
    assert.equal(line.flops, line.evaluations[1]?.[2]);
    assert.deepEqual(
      line.transfers.map(({ step, level, before, after }) => [step, level, before.length, after.length]),
      [
        [0, 1, 0, 50],
        [60, 0, 50, 3],
      ],
    );
  });
});
