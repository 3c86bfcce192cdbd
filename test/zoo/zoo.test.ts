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
import { readPretrained } from '../../src/runner/read-pretrained.js';
import { readSavedModel } from '../../src/runner/saved-model.js';
import { optionValues } from '../../src/schedule/defaults.js';
import { depthOf, gridKey } from '../../src/schedule/grid.js';
import type { Schedule } from '../../src/schedule/schedule.js';
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

  /** The same from a model that has been trained for a step. */
  const beginning = async ({ setup, ...schedule }: Schedule, path: string): Promise<Schedule> => {
    const { initial: _, ...from } = setup;
    const first = await runWithEvents({ ...schedule, setup: from, stages: [{ kind: 'train', steps: 1 }] }, { backend, folder: path });
    assert.deepEqual(right(first.result).outcome, { kind: 'finished' });
    return { ...schedule, setup: { ...setup, initial: { kind: 'checkpoint', path } } };
  };

  /** The layers of the first model stay as they are, with a trained one after each. */
  const assertExpanded = (first: string, expanded: string): void => {
    const [before, after] = [first, expanded].map((run) => right(readSavedModel(run)).parameters);
    for (const [name, { data }] of before ?? assert.fail()) {
      const own = after?.get(name.replace(/^layers\.(\d+)/, (_, layer) => `layers.${2 * Number(layer)}`));
      assert.deepEqual(own?.data, data, name);
      const added = after?.get(name.replace(/^layers\.(\d+)/, (_, layer) => `layers.${2 * Number(layer) + 1}`));
      if (name.startsWith('layers.')) assert.notDeepEqual(added?.data, data, name);
    }
  };

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
      const small = fewSteps(await published(name));
      const planned = right(planSchedule(small, { vocabulary: VOCABULARY, capabilities: backend.capabilities }));
      await inTemporaryFolder(async (folder) => {
        const schedule = small.setup.initial === undefined ? small : await beginning(small, join(folder, 'first'));
        const { result, events } = await runWithEvents(schedule, { backend, folder: join(folder, 'run'), initial: readPretrained });
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
        const model: { readonly n_layer?: number; readonly num_hidden_layers?: number } = JSON.parse(
          readFileSync(join(folder, 'run', 'model', 'config.json'), 'utf8'),
        );
        assert.equal(model.n_layer ?? model.num_hidden_layers, 12);
        if (name === 'wu-2024-llama-pro') assertExpanded(join(folder, 'first'), join(folder, 'run'));
      });
    });
  }
});
