/**
 * The published methods: each visits the levels and costs the work that a hand computes, and, made small (`few-steps.ts`), runs to its end on
 * onnx-cpu with as many FLOPs as were planned, to a model of twelve layers; and it keeps the laws of pipelines.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Backend } from '../../src/backend.js';
import { laws } from '../../src/laws/index.js';
import { plan } from '../../src/plan/plan.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { type Flops, noFlops } from '../../src/program/types/flops.js';
import { optionValues } from '../../src/schedule/defaults.js';
import { depthOf, gridKey } from '../../src/schedule/grid.js';
import { print } from '../../src/schedule/text/index.js';
import { computed } from '../../src/schedule/walk/step-part.js';
import { unrolled } from '../../src/schedule/walk/walk.js';
import { movesOf } from '../../src/transfer/moves.js';
import { resolve } from '../../src/transfer/resolve.js';
import { pageOf } from '../docs/blocks.js';
import { inTemporaryFolder, onnxBackend, right, runWithEvents } from '../runner/harness.js';
import { fewSteps, VOCABULARY } from './few-steps.js';
import { expected, published, publishedNames } from './published.js';

const flops = (matmul: number): Flops => ({ ...noFlops, matmul });

describe('the zoo of published methods', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  it('has a hand for each', () => {
    assert.deepEqual(publishedNames, Object.keys(expected).sort());
  });

  it('is in the table of docs/transfers.md, each under its moments policies', async () => {
    const rows = pageOf('docs/transfers.md').split('\n');
    const named = optionValues.moments.map((policy) => {
      const row = rows.find((line) => line.startsWith(`| \`${policy}\``)) ?? assert.fail(policy);
      return [policy, [...(row.split('|').at(-2) ?? '').matchAll(/`([\w-]+)`/g)].map(([, name]) => name)];
    });
    const policiesOf = async (name: string): Promise<ReadonlySet<string>> =>
      new Set([...unrolled((await published(name)).stages)].flatMap(({ stage }) => ('moments' in stage ? [stage.moments] : [])));
    const all = await Promise.all(publishedNames.map(async (name) => [name, await policiesOf(name)] as const));
    assert.deepEqual(
      named,
      optionValues.moments.map((policy) => [policy, all.flatMap(([name, policies]) => (policies.has(policy) ? [name] : []))]),
    );
  });

  for (const [name, { grids, work, steps, transfers }] of Object.entries(expected)) {
    it(`${name}: levels, work and transfers by hand`, async () => {
      const schedule = await published(name);
      const planned = plan(schedule, {
        step: (at) => {
          const { width, trained, ...network } = computed(at);
          const depth = depthOf(network);
          return flops(((depth + 2 * (trained === undefined ? depth : trained.layers.length)) / 3) * (width / 128) ** 2);
        },
        evaluation: () => noFlops,
        transfer: () => noFlops,
      });
      const key = (grid: (typeof planned.stages)[number]): string => `${grid.level} ${gridKey(grid)}`;
      const order = [...new Set(planned.stages.filter(({ kind }) => kind === 'train').map(key))];
      const visited = order.map((grid): readonly [number, number, number] => {
        const visits = planned.stages.filter((stage) => stage.kind === 'train' && key(stage) === grid);
        return [visits[0]?.level ?? -1, visits[0]?.layers ?? -1, visits.length];
      });
      assert.deepEqual(visited, grids);
      assert.equal(planned.steps, steps);
      assert.ok(Math.abs(planned.training.matmul - work) < 1e-6 * work, `${planned.training.matmul} is not ${work}`);
      assert.equal(planned.allFine.matmul, 12 * steps);
      const moves = movesOf(resolve(schedule));
      assert.equal(moves.length, transfers);
      for (const { index, layers } of moves)
        assert.equal(
          Object.values(layers).reduce((sum, count) => sum + count, 0),
          planned.stages[index]?.layers,
        );
    });

    it(`${name}: the laws of pipelines`, async () => {
      const { setup, stages } = fewSteps(await published(name));
      const given = fc.constant({ layers: setup.model.layers, stages });
      for (const law of [laws.returns, laws.steps, laws.text, laws.brackets, laws.additive, laws.momentsAlone, laws.oneArm, laws.repeats])
        fc.assert(law(given), { numRuns: 1 });
      const returns = () => fc.assert(laws.untrainedReturns(given), { numRuns: 1 });
      // A mix by other means than injection loses of the fine level what the coarse one cannot hold.
      if (print(stages).includes('mix: ')) assert.throws(returns, /Counterexample: .*prolongate\(mix: 0\.5/);
      else returns();
    });

    it(`${name}: a few steps of it run, as planned, to twelve layers`, async () => {
      const schedule = fewSteps(await published(name));
      const planned = right(planSchedule(schedule, { vocabulary: VOCABULARY, capabilities: backend.capabilities }));
      await inTemporaryFolder(async (folder) => {
        const { result, events } = await runWithEvents(schedule, { backend, folder: join(folder, 'run') });
        const { outcome, stages } = right(result);
        assert.equal(outcome.kind, 'finished');
        for (const [index, stage] of planned.stages.entries()) {
          const record = stages[index] ?? assert.fail(`stage ${index} did not run`);
          assert.deepEqual([record.level, record.layers, record.h], [stage.level, stage.layers, stage.h]);
          // Stages with an end, and line searches, may cost less than the most.
          const counts = (stage.byTries ?? [stage.flops]).map(({ matmul }) => matmul);
          if (stage.kind === 'train') assert.equal(record.counted.matmul, record.stepsRun * stage.flopsPerStep.matmul, stage.op);
          else assert.ok(counts.includes(record.counted.matmul), `${stage.op}: ${record.counted.matmul} is none of ${counts.join(', ')}`);
          assert.ok(record.stepsRun >= stage.least.steps && record.stepsRun <= stage.steps);
        }
        assert.equal(stages.length, planned.stages.length);
        const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
        assert.equal(
          losses.length,
          stages.map(({ stepsRun }) => stepsRun).reduce((sum, count) => sum + count, 0),
        );
        assert.ok(losses.every(Number.isFinite));
        const model: { readonly n_layer: number } = JSON.parse(readFileSync(join(folder, 'run', 'model', 'config.json'), 'utf8'));
        assert.equal(model.n_layer, 12);
      });
    });
  }
});
