/** What a study keeps of a run. */
import assert from 'node:assert/strict';
import { createNull } from '../../backends/null/index.js';
import { lacksFigure } from '../../pipelines/studies/read-runs.js';
import { Recorder, type RunLine } from '../../pipelines/studies/run-line.js';
import {
  adamw,
  constant,
  gpt,
  type Invalid,
  loadDataset,
  MemoryFolder,
  orThrow,
  pipeline,
  run,
  type Schedule,
  tokens,
  verify,
} from '../../src/index.js';

describe("a study's line about a run", () => {
  const setup = {
    model: gpt({ layers: 2, heads: 1, width: 4, context: 4 }),
    data: tokens(5),
    optimizer: adamw({ learningRate: constant(1e-3) }),
    batch: 2,
    seed: 1,
    evaluation: { every: 0, batches: 1 },
  };

  const lineOf = async (given: Schedule | Invalid): Promise<RunLine> => {
    const backend = orThrow(await createNull());
    const schedule = orThrow(verify(given));
    const dataset = orThrow(await loadDataset({ kind: 'tokens', vocabulary: 5 }, { context: 4 }));
    const recorder = new Recorder();
    const { outcome } = orThrow(await run(schedule, dataset, { backend, folder: new MemoryFolder(), listeners: [recorder.listen] }));
    return recorder.line({ arm: 'even', seed: 1, schedule, outcome: outcome.kind, seconds: 1.4 });
  };

  it('has the evaluations, and the losses on either side of each transfer', async () => {
    const line = await lineOf(pipeline(setup, 'restrict(even) >> train(60) >> prolongate >> train(3)'));
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
  it('of a pipeline that ends with a transfer has the loss and the FLOPs of the network that was saved', async () => {
    const line = await lineOf(pipeline(setup, 'train(3) >> grow(stack(2)) >> restrict(average(2)) >> prolongate(correction: 0.5)'));
    assert.deepEqual(
      line.evaluations.map(([step, level, , , layers]) => [step, level, layers]),
      [
        [3, 0, 2],
        [3, 0, 4],
      ],
    );
    assert.equal(line.loss, line.evaluations[1]?.[3]);
    assert.equal(line.flops, line.evaluations[1]?.[2]);
    assert.ok(!lacksFigure(line));
  });

  it('of an earlier version lacks the figure where it ends with a transfer, and there alone', () => {
    const earlier = (stages: string) => lacksFigure({ stages, evaluations: [[3, 0, 1, 2]] });
    assert.ok(earlier('train(3) >> grow(stack(2))'));
    assert.ok(earlier('restrict(even) >> train(3) >> prolongate'));
    assert.ok(!earlier('restrict(even) >> train(3) >> prolongate >> train(3)'));
  });
});
