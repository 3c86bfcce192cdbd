/** Runs that come back by a mix: planned is counted, and weights, moments and counters after it are the formula's. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../../src/backend.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { decodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import type { Checkpoint } from '../../src/runner/checkpoints/saved-state.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { inTemporaryFolder, onnxBackend, right, runWithEvents } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const scheduleOf = (text: string): Schedule =>
  right(
    verify({
      version: 1,
      setup: { ...tinySetup, seed: 5 },
      stages: stagesOf(text),
    }),
  );

const numbersIn = ({ tensors }: Checkpoint, name: string): ArrayLike<number> => (tensors.get(name) ?? assert.fail(name)).data;

describe('runs that mix, on onnx-cpu', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  /** Runs to the end, which must cost what was planned, and gives the checkpoints after those steps. */
  const ran = (text: string, ...steps: readonly number[]): Promise<readonly Checkpoint[]> =>
    inTemporaryFolder(async (folder) => {
      const schedule = scheduleOf(text);
      const { stages: planned } = right(planSchedule(schedule, { vocabulary: VOCABULARY, capabilities: backend.capabilities }));
      const { result } = await runWithEvents(schedule, { backend, folder });
      const { outcome, stages } = right(result);
      assert.deepEqual(outcome, { kind: 'finished' });
      assert.deepEqual(
        stages.map(({ op, counted }) => [op, counted]),
        planned.map(({ op, flops }) => [op, flops]),
      );
      assert.equal(backend.memory().held, 0);
      return steps.map((step) =>
        right(decodeCheckpoint(readFileSync(join(folder, RUN_FILES.checkpoints, `step-${String(step).padStart(8, '0')}.safetensors`)))),
      );
    });

  it('across a V-cycle: each layer goes a quarter of the way to the coarse one of its group, moments too; shared layers stay as trained', async () => {
    // The branch at the end keeps the state in which it begins.
    const cycle = 'vCycle(levels: 2, operator: average(2), pre: 2, coarse: 3, mix: 0.25)';
    const [before, after] = await ran(`${cycle} >> ( train(1), shared: last )`, 5, 6);
    assert.ok(before !== undefined && after !== undefined);
    let compared = 0;
    for (const name of before.tensors.keys()) {
      const [, layer, rest] = /^layers\.(\d)\.(.*)$/.exec(name) ?? [];
      if (layer === undefined || rest === undefined) continue;
      const [stood, coarse] = [numbersIn(before, name), numbersIn(before, `level.1/layers.${Math.floor(Number(layer) / 2)}.${rest}`)];
      const mixed = numbersIn(after, `branch.0/start/${name}`);
      for (const [index, value] of Array.from(stood).entries()) {
        const came = coarse[index] ?? Number.NaN;
        const wanted = 0.75 * value + 0.25 * came;
        const rounding = 5e-7 * (Math.abs(value) + Math.abs(came));
        assert.ok(Math.abs((mixed[index] ?? Number.NaN) - wanted) <= rounding, `${name}[${index}]: ${mixed[index]} is not ${wanted}`);
        if (Math.abs(wanted - value) > 10 * rounding) compared += 1;
      }
    }
    assert.ok(compared > 100, `${compared} numbers moved`);
    for (const name of ['embedding.token.weight', 'norm.bias', 'embedding.position.weight/second-moment'])
      assert.deepEqual(numbersIn(after, `branch.0/start/${name}`), numbersIn(before, name), name);
    const { updates } = after.branches[0]?.start ?? assert.fail('the branch is open');
    assert.deepEqual(updates, { shared: 5, 'layers.0': 5, 'layers.1': 5, 'layers.2': 5, 'layers.3': 5 });
  });

  for (const moments of ['reset', 'average', 'rescale'])
    it(`planned is counted over depth and width at once, moments ${moments}`, async () => {
      const cycle = `operator: compose(average(2), width(2)), pre: 1, coarse: 2, post: 1, mix: 0.5, moments: ${moments}`;
      await ran(
        `vCycle(levels: 2, ${cycle}) >> restrict(even) >> train(1) >> prolongate(mix: 0.5, interpolation: linear, moments: ${moments})`,
      );
    });

  it('a mix by 1 is total: the same run, to the bit', async () => {
    const text = (way: string) =>
      `train(1) >> restrict(compose(even, width(2))) >> train(2) >> prolongate(${way}, interpolation: linear) >> train(2)`;
    const [[mixed], [total]] = [await ran(text('mix: 1'), 5), await ran(text('correction: total'), 5)];
    assert.deepEqual(mixed?.tensors, total?.tensors);
    assert.deepEqual(mixed?.updates, total?.updates);
  });
});
