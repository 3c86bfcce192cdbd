/**
 * Random subnetworks in real runs: a step is that of the network of the layers drawn, alone, to the bit; those that are left out do not change; and
 * FLOPs are those of the smaller network. Planned is counted, and resumed is the same: the random pipelines of `run.test.ts` and `resume.test.ts`.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { tokensDataset } from '../../src/data/dataset.js';
import { layersTaken } from '../../src/model/layers-taken.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { checkpointName } from '../../src/runner/folder/run-folder.js';
import { run } from '../../src/runner/run.js';
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { subnetworkOf } from '../../src/schedule/walk/subnetwork.js';
import { nullBackend, onnxBackend, right } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const { seed, model } = tinySetup;
const scheduleOf = (stages: readonly Stage[]): Schedule => right(verify({ version: 1, setup: tinySetup, stages }));

/** All tensors of a run's last checkpoint, bit by bit, and its losses. */
const leftBy = async (schedule: Schedule) => {
  const backend = await onnxBackend();
  const folder = new MemoryFolder();
  const losses: number[] = [];
  const listeners = [
    (event: { readonly kind: string; readonly loss?: number }) => void (event.kind === 'step' && losses.push(event.loss ?? NaN)),
  ];
  const { outcome } = right(await run(schedule, tokensDataset(VOCABULARY), { backend, folder, listeners })());
  assert.deepEqual(outcome, { kind: 'finished' });
  right(await backend.close()());
  return { losses, tensors: right(decodeSafetensors(right(folder.read(checkpointName(losses.length))))).tensors };
};

/** The layers of a step as a coarse level of its own. */
const alone = (layers: readonly number[], h: 'keep' | 'scale'): readonly Stage[] => {
  const rows = layers.map((layer) => Array.from({ length: model.layers }, (_, column) => (column === layer ? 1 : 0)));
  const columns = Array.from({ length: model.layers }, (_, fine) => layers.map((layer) => (layer === fine ? 1 : 0)));
  const usual = { moments: 'carry', counters: 'carry' } as const;
  return [
    { kind: 'restrict', operator: { kind: 'matrix', restriction: rows, prolongation: columns }, h, ...usual },
    { kind: 'train', steps: 1 },
    { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', ...usual },
  ];
};

describe('random subnetworks', () => {
  for (const h of ['keep', 'scale'] as const)
    it(`h: ${h}: each step is that of a level of the layers drawn, and those left out do not change, to the bit`, async () => {
      const steps = 4;
      const end: Stage = { kind: 'train', steps: 1 };
      const drawn = await leftBy(scheduleOf([{ kind: 'train', steps, subnetwork: { kind: 'random', keep: 0.5, h } }, end]));
      const taken = Array.from({ length: steps }, (_, step) => layersTaken({ seed, step, layers: model.layers, kept: 2 }));
      assert.ok(new Set(taken.map(String)).size > 1, 'steps draw different layers');
      const expected = await leftBy(scheduleOf([...taken.flatMap((layers) => alone(layers, h)), end]));
      assert.deepEqual(drawn.losses, expected.losses);
      assert.deepEqual([...drawn.tensors.keys()], [...expected.tensors.keys()]);
      for (const [name, { data }] of drawn.tensors) assert.deepEqual(data, expected.tensors.get(name)?.data, name);
    });

  it('that keep all layers are no subnetworks, to the bit', async () => {
    const whole = await leftBy(scheduleOf(stagesOf('train(3)')));
    const kept = await leftBy(scheduleOf(stagesOf('train(3, layers: random, keep: 0.9)')));
    assert.deepEqual(kept, whole);
  });

  it('cost what a step of the smaller network costs', async () => {
    const { capabilities } = await nullBackend();
    const stepOf = (stages: string, layers: number): number =>
      right(
        planSchedule(
          { ...scheduleOf(stagesOf(stages)), setup: { ...tinySetup, model: { ...model, layers } } },
          { vocabulary: VOCABULARY, capabilities },
        ),
      ).stages[0]?.flopsPerStep.matmul ?? assert.fail();
    assert.equal(stepOf('train(1, layers: random, keep: 0.25)', 8), stepOf('train(1)', 2));
    assert.equal(stepOf('train(1, layers: random, keep: 0.25, accumulate: 2)', 8), stepOf('train(1, accumulate: 2)', 2));
    assert.ok(stepOf('train(1, layers: random, keep: 0.25)', 8) < stepOf('train(1, stochasticDepth: 0.25)', 8));
  });

  it('are of as many layers as keep says, ascending, each once; and every layer is as likely as any other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, minExcluded: true, max: 1, noNaN: true }),
        fc.nat(99),
        (layers, keep, step) => {
          const { layers: kept, h } = subnetworkOf({ kind: 'random', keep, h: 'scale' }, { layers, h: 0.5 });
          assert.ok(kept >= 1 && Math.abs(kept - keep * layers) <= Math.max(0.5, 1 - keep * layers));
          assert.ok(Math.abs(kept * h - 0.5 * layers) < 1e-9);
          const taken = layersTaken({ seed, step, layers, kept });
          assert.equal(new Set(taken).size, kept);
          assert.deepEqual(
            taken,
            [...taken].sort((a, b) => a - b),
          );
          assert.ok(taken.every((layer) => layer >= 0 && layer < layers));
        },
      ),
    );
    const counts = new Array<number>(6).fill(0);
    for (let step = 0; step < 3000; step++)
      for (const layer of layersTaken({ seed, step, layers: 6, kept: 2 })) counts[layer] = (counts[layer] ?? 0) + 1;
    // 1,000 are expected of each; the deviation is 26.
    for (const count of counts) assert.ok(Math.abs(count - 1000) < 130, String(counts));
  });

  it('are refused where there is nothing to choose from, or something else chooses', () => {
    const message = (stages: string, setup = tinySetup): string => {
      const verified = verify({ version: 1, setup, stages: stagesOf(stages) });
      return 'left' in verified ? verified.left.message : 'accepted';
    };
    assert.equal(
      message('train(1, layers: random, keep: 0.5)', { ...tinySetup, model: { ...model, layers: 0 } }),
      'stage 1, train: layers: random needs at least one layer (was 0); grow first',
    );
    assert.equal(
      message('restrict(even, tau: 1) >> train(1, layers: random, keep: 0.5) >> prolongate(correction: 1)'),
      'stage 2, train: on a level with tau, whose linear term is that of all layers, every step must compute all of them (was layers: random); leave one out',
    );
    const both = { kind: 'train', steps: 1, stochasticDepth: 0.5, subnetwork: { kind: 'random', keep: 0.5, h: 'keep' } };
    const verified = verify({ version: 1, setup: tinySetup, stages: [both] });
    assert.equal(
      'left' in verified && verified.left.message,
      'stage 1, train: stochasticDepth chooses among layers that are computed, and layers: random computes others at each step; remove one of them',
    );
  });
});
