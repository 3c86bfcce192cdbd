/** The memory that a plan counts beside a step: the state of levels, arms and replicas that wait, held against what a run's checkpoints contain. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { tokensDataset } from '../../src/data/dataset.js';
import { tensorsOf } from '../../src/model/cell-tensors.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { planSchedule, sizedModel, type TracedPlan } from '../../src/plan/plan-schedule.js';
import { waitingBytes } from '../../src/plan/waiting.js';
import { sizeOf } from '../../src/program/program.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { run } from '../../src/runner/run.js';
import { firstGrid } from '../../src/schedule/grid.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import type { LayerTensor } from '../../src/transfer/layer-tensor.js';
import { resolve } from '../../src/transfer/resolve.js';
import type { ResolvedVisit } from '../../src/transfer/resolved.js';
import { hastyDisk, inTemporaryFolder, nullBackend, right } from './harness.js';
import { smallSchedules, VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const model = { kind: 'gpt', layers: 4, heads: 2, width: 4, context: 3, bias: true } as const;
const scheduleOf = (text: string): Schedule => right(verify({ version: 1, setup: { ...tinySetup, model }, stages: stagesOf(text) }));
const dataset = tokensDataset(VOCABULARY);
const bytesOfTensors = (tensors: readonly LayerTensor[]): number => tensors.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);

describe('the state that waits beside a step is planned', () => {
  /** The state in the checkpoint after the first step of each stage, beside what is planned. */
  const states = async (
    schedule: Schedule,
  ): Promise<readonly { readonly op: string; readonly held: number; readonly planned: number }[]> => {
    const visits = resolve(schedule);
    const tensorsAt = tensorsOf(right(sizedModel(schedule, VOCABULARY)), schedule.setup.optimizer);
    const waiting = waitingBytes(visits, firstGrid(schedule.setup.model), tensorsAt);
    const backend = await nullBackend();
    const found: { op: string; held: number; planned: number }[] = [];
    await inTemporaryFolder(async (path) => {
      let trained: number | undefined;
      const listener = (event: RunEvent): void => {
        if (event.kind === 'step') trained = event.stage;
        if (event.kind !== 'checkpointed' || trained === undefined) return;
        const visit = visits[trained] as ResolvedVisit;
        const { layer, shared } = tensorsAt(visit);
        const own = visit.layers * bytesOfTensors(layer) + bytesOfTensors(shared);
        const { tensors } = right(decodeSafetensors(readFileSync(join(path, event.file))));
        const held = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
        found.push({ op: visit.op, held, planned: own + (waiting[visit.index] ?? 0) });
        trained = undefined;
      };
      const folder = onDisk(path, hastyDisk);
      right(await run(schedule, dataset, { backend, folder, listeners: [listener], checkpoints: { every: 1, keep: 1 } })());
    });
    return found;
  };

  for (const text of [
    'train(1) >> restrict(even) >> train(1) >> restrict(average(2), tau: 1) >> train(1) >> prolongate(correction: 1) >> prolongate >> train(1)',
    'restrict(even) >> restrict(even) >> train(2) >> prolongate >> train(1) >> prolongate(mix: 0.5) >> train(1)',
    'restrict(width(2)) >> train(1) >> prolongate(correction: 1) >> train(1)',
    'restrict(average(2)) >> train(1) >> prolongate(correction: 1, lineSearch: 2) >> grow(stack(2)) >> train(1, only: new)',
    'train(1) >> ( restrict(even) >> train(1) >> prolongate | train(1) | train(1), shared: average ) >> train(1)',
    'replicas(3, every: 1, outer: nesterov(0.7, 0.9), train(3)) >> train(1)',
    'replicas(2, every: 2, rounds: 2, restrict(even) >> train(1) >> prolongate >> train(1)) >> train(1)',
  ])
    it(`to the byte: ${text}`, async () => {
      const found = await states(scheduleOf(text));
      assert.deepEqual(
        found.map(({ op, held }) => [op, held]),
        found.map(({ op, planned }) => [op, planned]),
      );
    });

  it('never less than a run holds, over random pipelines', () =>
    fc.assert(
      fc.asyncProperty(smallSchedules, async (schedule) => {
        for (const { op, held, planned } of await states(schedule)) assert.ok(held <= planned, `${op}: ${held} of ${planned}`);
      }),
      { numRuns: 15 },
    ));

  it('in the memory of the plan', async () => {
    const { capabilities } = await nullBackend();
    const of = (text: string): TracedPlan => right(planSchedule(scheduleOf(text), { vocabulary: VOCABULARY, capabilities }));
    const [alone, four] = [of('train(4)'), of('replicas(4, every: 1, train(4))')];
    assert.equal(alone.waitingBytes, 0);
    assert.equal(four.stepBytes, alone.stepBytes + (four.waitingBytes ?? 0));
    assert.ok((four.waitingBytes ?? 0) > alone.stepBytes / 2);
  });
});
