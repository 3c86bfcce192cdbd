/**
 * The runner on random small pipelines: events in their order, evaluation when the rule says, batches by seed and step alone (law 8), and
 * law 5: planned is counted, exactly, stage by stage.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { run } from '../../src/runner/run.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { unrolled } from '../../src/schedule/walk/walk.js';
import { inTemporaryFolder, nullBackend, onnxBackend, right, runWithEvents, spyOn } from './harness.js';
import { smallSchedules, tinySchedules, VOCABULARY } from './pipelines.js';
import { assertCounted, assertDrawn, assertLaws, shapesOfSteps } from './run-laws.js';

const runs = async (create: () => Promise<Backend>, numRuns: number): Promise<void> => {
  const backend = await create();
  await fc.assert(
    fc.asyncProperty(smallSchedules, (schedule) =>
      inTemporaryFolder(async (folder) => {
        assert.deepEqual(verify(schedule), E.right(schedule));
        const spy = spyOn(backend);
        const told = await runWithEvents(schedule, { backend: spy.backend, folder });
        assertLaws(schedule, told, spy.executions, backend, folder);
      }),
    ),
    { numRuns },
  );
  right(await backend.close()());
};

describe('runs of random small pipelines', () => {
  it('on the null backend: events in order, planned = counted, batches by seed and step', () => runs(nullBackend, 30));
  it('on onnx-cpu: the same', () => runs(onnxBackend, 4));

  it('a thousand of them, of every construct: planned = counted (law 5), batches by seed and step (law 8)', async () => {
    const backend = await nullBackend();
    const data = tokensDataset(VOCABULARY);
    await fc.assert(
      fc.asyncProperty(tinySchedules, async (schedule) => {
        const { backend: spied, executions } = spyOn(backend);
        const { outcome, plan, stages } = right(await run(schedule, data, { backend: spied, folder: new MemoryFolder(), listeners: [] })());
        assert.deepEqual(outcome, { kind: 'finished' });
        assertCounted(plan, stages, executions);
        assertDrawn(schedule.setup, executions, shapesOfSteps(schedule, stages));
        assert.equal(backend.memory().held, 0);
      }),
      { numRuns: 1000 },
    );
  }).timeout(600_000);

  it('which have every construct', () => {
    const seen = new Set<string>();
    for (const { setup, stages } of fc.sample(tinySchedules, { numRuns: 1000, seed: 1 })) {
      seen.add(`${setup.model.kind} by ${setup.optimizer.kind}`);
      for (const { stage, replica, within } of unrolled(stages)) {
        seen.add(stage.kind);
        if (stage.kind === 'restrict') seen.add(stage.operator.kind).add(stage.tau === undefined ? 'no tau' : 'tau');
        if (stage.kind === 'prolongate')
          seen
            .add(stage.correction.kind)
            .add(stage.interpolation)
            .add(stage.lineSearch === undefined ? '' : 'lineSearch');
        if ('fit' in stage) seen.add(`fit of ${stage.kind}`).add(stage.fit?.steps === 0 ? 'fit of nothing' : '');
        if (stage.kind === 'grow') seen.add(stage.growth.kind === 'width' ? `wider, ${stage.way ?? 'uneven'}` : stage.growth.kind);
        if (stage.kind === 'train') seen.add(`until ${stage.until?.kind}`).add(`only ${stage.only?.kind}`);
        if (stage.kind === 'train' && stage.stochasticDepth !== undefined) seen.add('stochasticDepth');
        if (stage.kind === 'train' && stage.accumulate !== undefined) seen.add('accumulate');
        if (stage.kind === 'train' && stage.subnetwork !== undefined) seen.add('subnetwork');
        if (stage.kind === 'train' && stage.batch !== undefined) seen.add('own batch');
        if (stage.kind === 'train' && stage.context !== undefined) seen.add('own context');
        if (stage.kind === 'merge') seen.add(`merge by ${(stage.round?.outer ?? stage.shared).kind}`);
        if (stage.kind === 'train') seen.add(`replica ${replica !== undefined}, cut ${within !== undefined}`);
        if ('moments' in stage) seen.add(stage.moments).add(`counters ${stage.counters}`);
      }
      if (stages.some(({ kind }) => kind === 'repeat')) seen.add('repeat of stages');
    }
    const wanted = [
      ...['every', 'average', 'width', 'compose', 'tau', 'total', 'correction', 'mix', 'own', 'repeat', 'linear', 'lineSearch'],
      ...['fit of prolongate', 'fit of grow', 'fit of nothing'],
      ...['gpt', 'llama'].flatMap((family) => ['adamw', 'sgd', 'muon'].map((optimizer) => `${family} by ${optimizer}`)),
      ...['stack', 'zero', 'middle', 'central', 'last', 'fresh', 'identity', 'loop', 'repeat of stages'],
      ...['wider, uneven', 'wider, copy', 'wider, zero', 'wider, random'],
      ...['until plateau', 'until loss', 'until tokens', 'until slopeBelow', 'only layers', 'only new', 'stochasticDepth', 'accumulate'],
      ...['own batch', 'own context', 'subnetwork'],
      ...['merge by average', 'merge by last', 'merge by weighted', 'merge by nesterov', 'evaluate'],
      ...['replica true, cut true', 'replica true, cut false'],
      ...['carry', 'reset', 'rescale', 'zero-new', 'average', 'counters carry', 'counters reset'],
    ];
    assert.deepEqual(
      wanted.filter((each) => !seen.has(each)),
      [],
    );
  });
});
