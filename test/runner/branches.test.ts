/**
 * Branches on a real backend: arms begin with the same state, write their own layers, and are merged by the policy; one arm is no branch at
 * all, to the bit; and a run that stops in an arm leaves a model and a checkpoint that agree.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Backend } from '../../src/backend.js';
import { MODEL_FILES, readModelFolder } from '../../src/model/model-folder.js';
import { decodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import type { Checkpoint } from '../../src/runner/checkpoints/saved-state.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import type { Schedule, SharedPolicy, Stage } from '../../src/schedule/schedule.js';
import { print } from '../../src/schedule/text/index.js';
import { unrolled } from '../../src/schedule/walk/walk.js';
import { assertClose } from '../program/on-reference.js';
import { networkOfCheckpoint } from './checkpoint-network.js';
import { inTemporaryFolder, onnxBackend, type RunWithEvents, right, runWithEvents } from './harness.js';
import { smallSchedules, VOCABULARY } from './pipelines.js';
import { tinySetup } from './tiny-setup.js';

const train = (steps: number): Stage => ({ kind: 'train', steps });
const down = (offset: number): Stage => ({
  kind: 'restrict',
  operator: { kind: 'every', factor: 2, offset },
  h: 'scale',
  moments: 'carry',
  counters: 'carry',
});
const up: Stage = { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' };
const branch = (shared: SharedPolicy, ...arms: readonly (readonly Stage[])[]): Stage => ({ kind: 'branch', arms, shared });
const average: SharedPolicy = { kind: 'average' };
const last: SharedPolicy = { kind: 'last' };

const evenArm = [down(0), train(2), up];
const oddArm = [down(1), train(3), up];

const scheduleOf = (stages: readonly Stage[]): Schedule => ({
  version: 1,
  setup: { ...tinySetup, model: { ...tinySetup.model, width: 4, context: 3 } },
  stages,
});

const has = (stages: readonly Stage[], kind: 'grow' | 'branch'): boolean =>
  stages.some(
    (stage) =>
      stage.kind === kind ||
      (stage.kind === 'repeat' && has(stage.stages, kind)) ||
      (stage.kind === 'branch' && stage.arms.some((arm) => has(arm, kind))),
  );

const shown = (schedule: Schedule): string => `${schedule.setup.model.layers} layers: ${print(schedule.stages)}`;
const lossesOf = ({ events }: RunWithEvents): readonly number[] => events.flatMap((event) => ('loss' in event ? [event.loss] : []));
const stepsOf = ({ events }: RunWithEvents): number => events.filter(({ kind }) => kind === 'step').length;

const checkpointIn = (folder: string, step: number): Checkpoint =>
  right(decodeCheckpoint(readFileSync(join(folder, RUN_FILES.checkpoints, `step-${String(step).padStart(8, '0')}.safetensors`))));

/** What a level is, as a checkpoint says it. */
type State = Pick<Checkpoint, 'tensors' | 'updates'>;

const allTensors = ({ tensors }: State): ReadonlyMap<string, Float32Array> =>
  new Map([...tensors].map(([name, { data }]): [string, Float32Array] => [name, data instanceof Float32Array ? data : assert.fail(name)]));

const modelIn = (folder: string) => {
  const files = Object.values(MODEL_FILES).map((name): [string, Uint8Array] => [name, readFileSync(join(folder, RUN_FILES.model, name))]);
  return right(readModelFolder(new Map(files)));
};

describe('branches on onnx-cpu', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  /** The last checkpoint of the stages: at the end of the training stage that comes last. */
  const checkpointed = (stages: readonly Stage[]): Promise<Checkpoint> =>
    inTemporaryFolder(async (folder) => checkpointIn(folder, stepsOf(await runWithEvents(scheduleOf(stages), { backend, folder }))));

  it('a branch of one arm is the arm: the same losses, weights, moments and counters, to the bit', async () => {
    const policies = fc.constantFrom<SharedPolicy>(average, last, { kind: 'weighted', weights: [1] });
    const ungrown = smallSchedules.filter(({ stages }) => !has(stages, 'grow'));
    await fc.assert(
      fc.asyncProperty(ungrown, policies, (schedule, shared) =>
        inTemporaryFolder(async (folder) => {
          const of = (name: string, stages: readonly Stage[]) =>
            runWithEvents({ ...schedule, stages: [...stages, train(1)] }, { backend, folder: join(folder, name) });
          const arm = await of('arm', schedule.stages);
          const alone = await of('branch', [branch(shared, schedule.stages)]);
          assert.deepEqual(lossesOf(alone), lossesOf(arm), shown(schedule));
          const [a, b] = ['arm', 'branch'].map((name) => checkpointIn(join(folder, name), stepsOf(arm)));
          assert.deepEqual(b?.tensors, a?.tensors, shown(schedule));
          assert.deepEqual(b?.updates, a?.updates, shown(schedule));
        }),
      ),
      { numRuns: 8 },
    );
  });

  it('arms begin with the same state, and write their own layers: the two-network form of even and odd', async () => {
    const even = allTensors(await checkpointed(evenArm));
    const both = allTensors(await checkpointed([branch(average, evenArm, oddArm)]));
    const start = allTensors(await checkpointed([branch(average, oddArm)]));
    const merged = allTensors(await stateAfter([branch(average, evenArm, oddArm)]));
    const layer = (tensors: ReadonlyMap<string, Float32Array>, name: string) => tensors.get(name) ?? assert.fail(name);
    for (const name of ['mlp.expand.weight', 'attention.query.bias', 'mlp.norm.weight']) {
      // What the checkpoint in the second arm holds of the first is what the first arm alone comes to.
      assert.deepEqual(layer(both, `branch.0/arm.0/layers.0.${name}`), layer(even, `level.1/layers.0.${name}`));
      assert.deepEqual(layer(both, `branch.0/arm.0/layers.2.${name}`), layer(even, `level.1/layers.1.${name}`));
      for (const untouched of [1, 3])
        assert.deepEqual(
          layer(both, `branch.0/arm.0/layers.${untouched}.${name}`),
          layer(both, `branch.0/start/layers.${untouched}.${name}`),
        );
      // The second arm's fine level is the branch's beginning.
      for (const each of [0, 1, 2, 3])
        assert.deepEqual(layer(both, `layers.${each}.${name}`), layer(start, `branch.0/start/layers.${each}.${name}`));
      assert.deepEqual(layer(merged, `layers.0.${name}`), layer(both, `branch.0/arm.0/layers.0.${name}`));
      assert.deepEqual(layer(merged, `layers.2.${name}`), layer(both, `branch.0/arm.0/layers.2.${name}`));
      assert.deepEqual(layer(merged, `layers.1.${name}`), layer(both, `level.1/layers.0.${name}`));
      assert.deepEqual(layer(merged, `layers.3.${name}`), layer(both, `level.1/layers.1.${name}`));
    }
  });

  /** The state after the stages: another branch that follows keeps it as its beginning. */
  const stateAfter = async (stages: readonly Stage[]): Promise<State> => {
    const outer = await checkpointed([...stages, branch(last, [train(1)])]);
    const names = [...allTensors(outer)].filter(([name]) => name.startsWith('branch.0/start/'));
    return {
      tensors: new Map(
        names.map(([name, data]) => [name.slice('branch.0/start/'.length), { dtype: 'F32' as const, shape: [data.length], data }]),
      ),
      updates: [outer.branches[0]?.start.updates ?? {}],
    };
  };

  for (const [shared, shares] of [
    [average, [1 / 2, 1 / 2]],
    [last, [0, 1]],
    [{ kind: 'weighted', weights: [0.25, 0.75] }, [0.25, 0.75]],
  ] as const)
    it(`shared layers, their moments and what both arms wrote are merged: ${shared.kind}`, async () => {
      const arms = [[train(2)], oddArm];
      const first = allTensors(await stateAfter([branch(last, ...arms.slice(0, 1))]));
      const state = await stateAfter([branch(shared, ...arms)]);
      const merged = allTensors(state);
      const second = allTensors(await stateAfter([branch(last, ...arms)]));
      for (const [name, values] of merged) {
        const [a, b] = [first.get(name) ?? assert.fail(name), second.get(name) ?? assert.fail(name)];
        const layer = /^layers\.(\d)\./.exec(name)?.[1];
        const ofFirstAlone = layer === '0' || layer === '2';
        const expected = ofFirstAlone ? a : a.map((value, index) => shares[0] * value + shares[1] * (b[index] ?? Number.NaN));
        assertClose(values, expected, { relative: 1e-6, absolute: 1e-12 }, name);
        if (ofFirstAlone) assert.deepEqual(values, a, name);
      }
      // Of counters the largest stays; with `last`, the last one's. The second arm trained three steps, the first two.
      assert.deepEqual(state.updates[0], { shared: 3, 'layers.0': 2, 'layers.1': 3, 'layers.2': 2, 'layers.3': 3 });
    });

  it('steps are counted through the arms, and a branch inside a coarse level stays there', () =>
    inTemporaryFolder(async (folder) => {
      const nested = [down(1), branch(average, [...evenArm.slice(0, 2), up], [train(1), branch(last, [train(1)], [train(2)])]), up];
      const told = await runWithEvents(scheduleOf(nested), { backend, folder });
      assert.deepEqual(
        told.events.flatMap((event) => (event.kind === 'step' ? [[event.step, event.level]] : [])),
        [
          [1, 2],
          [2, 2],
          [3, 1],
          [4, 1],
          [5, 1],
          [6, 1],
        ],
      );
      assert.deepEqual(
        right(told.result).stages.map(({ op, level }) => `${op}, ${level}`),
        [
          ...['restrict(odd), 1', 'arm 1 of 2, 1', 'restrict(even), 2', 'train(2), 2', 'prolongate, 1'],
          ...['arm 2 of 2, 1', 'train(1), 1', 'arm 1 of 2, 1', 'train(1), 1', 'arm 2 of 2, 1', 'train(2), 1', 'merge(last), 1'],
          ...['merge(average), 1', 'prolongate, 0'],
        ],
      );
      assert.equal(backend.memory().held, 0);
    }));

  it('a run that is stopped in an arm leaves the model that its checkpoint means, and nothing held', async () => {
    const branched = smallSchedules.filter(({ stages }) => has(stages, 'branch'));
    await fc.assert(
      fc.asyncProperty(branched, fc.nat(), (schedule, draw) =>
        inTemporaryFolder(async (folder) => {
          const steps = [...unrolled(schedule.stages)].reduce((sum, { stage }) => sum + (stage.kind === 'train' ? stage.steps : 0), 0);
          fc.pre(steps > 1);
          const controller = new AbortController();
          const stop = 1 + (draw % (steps - 1));
          const { result } = await runWithEvents(schedule, {
            backend,
            folder,
            signal: controller.signal,
            listener: (event) => {
              if (event.kind === 'step' && event.step === stop) controller.abort();
            },
          });
          const { outcome } = right(result);
          // An end may have been met before that step.
          fc.pre(outcome.kind !== 'finished');
          assert.equal(outcome.kind, 'interrupted');
          assert.equal(backend.memory().held, 0);
          const { model, h, parameters } = modelIn(folder);
          const sized = { ...schedule.setup.model, vocabulary: VOCABULARY };
          const meant = await networkOfCheckpoint(checkpointIn(folder, stop), { backend, schedule, model: sized });
          assert.deepEqual([model.layers, h], [meant.network.layers, meant.network.h]);
          assert.deepEqual([...parameters.keys()].sort(), [...meant.parameters.keys()].sort());
          for (const [name, { data }] of meant.parameters)
            assertClose(
              parameters.get(name)?.data ?? assert.fail(name),
              data,
              { relative: 1e-5, absolute: 1e-7 },
              `${name}; ${shown(schedule)}`,
            );
        }),
      ),
      { numRuns: 15 },
    );
  });
});
