/**
 * Learnt transfers in real runs: on no steps the given one, to the bit; derivatives by the coefficients against differences of the loss, in float64;
 * and layers made by what a run says it learnt.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReference } from '../../backends/reference/index.js';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { MODEL_FILES } from '../../src/model/model-folder.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import type { FitResult } from '../../src/runner/events/events.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { resume } from '../../src/runner/resume.js';
import type { Schedule, Setup } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { tinyLlama } from '../model/tiny.js';
import { hastyDisk, inTemporaryFolder, onnxBackend, right, runWithEvents } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const scheduleOf = (text: string, setup: Partial<Setup> = {}): Schedule =>
  right(verify({ version: 1, setup: { ...tinySetup, ...setup }, stages: stagesOf(text) }));

const { vocabulary: _, ...llama } = tinyLlama;

interface Ran {
  readonly weights: Uint8Array;
  readonly fits: readonly FitResult[];
  readonly losses: readonly number[];
}

const ran = (backend: Backend, schedule: Schedule): Promise<Ran> =>
  inTemporaryFolder(async (folder) => {
    const { result, events } = await runWithEvents(schedule, { backend, folder });
    assert.deepEqual(right(result).outcome, { kind: 'finished' });
    return {
      weights: readFileSync(join(folder, RUN_FILES.model, MODEL_FILES.weights)),
      fits: events.flatMap((event) => (event.kind === 'transferred' && event.fit !== undefined ? [event.fit] : [])),
      losses: events.flatMap((event) => (event.kind === 'step' ? [event.loss] : [])),
    };
  });

const only = <A>(all: readonly A[]): A => {
  const [first] = all;
  assert.equal(all.length, 1);
  return first ?? assert.fail();
};

describe('learnt transfers', () => {
  let [reference, onnx]: Backend[] = [];
  before(async () => {
    reference = createReference();
    onnx = await onnxBackend();
  });
  after(async () => {
    for (const backend of [reference, onnx]) if (backend !== undefined) right(await backend.close()());
  });
  const float64 = (): Backend => reference ?? assert.fail();
  const onnxCpu = (): Backend => onnx ?? assert.fail();

  for (const given of [
    'train(2) >> grow(stack(2)) >> train(2)',
    'train(1) >> restrict(even) >> train(2) >> prolongate >> train(2)',
    'train(1) >> restrict(average(2)) >> train(2) >> prolongate(correction: 0.5, interpolation: linear) >> train(2)',
  ])
    it(`fitted on nothing it is the given one, to the bit: ${given}`, async () => {
      const learnt = given
        .replace('grow(stack(2))', 'grow(stack(2), fit: 0)')
        .replace('prolongate >>', 'prolongate(fit: 0) >>')
        .replace('linear)', 'linear, fit: (steps: 0, rate: 3))');
      assert.ok(learnt.includes('fit: '));
      const [a, b] = [await ran(onnxCpu(), scheduleOf(given)), await ran(onnxCpu(), scheduleOf(learnt))];
      assert.deepEqual(b.weights, a.weights);
      assert.deepEqual(b.losses, a.losses);
      assert.deepEqual(b.fits, []);
      // On a step it is another one.
      const other = await ran(onnxCpu(), scheduleOf(learnt.replace('fit: 0', 'fit: 1').replace('steps: 0', 'steps: 1')));
      assert.notDeepEqual(other.weights, a.weights);
    });

  const RATE = 0.25;
  const R = '[[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]]';
  const P = [
    [1, 0.5],
    [0.25, 0],
    [0, 0],
    [-0.5, 1],
  ];
  for (const [family, model, way, accumulate] of [
    ['gpt', tinySetup.model, 'correction: 0.5', 2],
    ['llama', llama, 'correction: 1', 1],
  ] as const)
    it(`the derivative by each coefficient is that of the loss: ${family}, ${way}, ${accumulate} microbatches`, async () => {
      const fitOf = async (prolongation: readonly (readonly number[])[]): Promise<FitResult> => {
        const text =
          `train(2) >> restrict(matrix(${R}, ${JSON.stringify(prolongation)})) >> train(3) >> ` +
          `prolongate(${way}, fit: (steps: 1, rate: ${RATE}))`;
        const setup = { model: { ...model, layers: 4 }, ...(accumulate === 1 ? {} : { accumulate }) };
        const { fits } = await ran(float64(), scheduleOf(text, setup));
        return only(fits);
      };
      const { matrix } = await fitOf(P);
      // The layer that P does not reach has none.
      const reached = P.filter((row) => row.some((weight) => weight !== 0));
      assert.equal(matrix.length, reached.length);
      for (const [row, column] of [
        [1, 1],
        [3, 0],
      ] as const) {
        const shifted = (by: number) => P.map((all, r) => all.map((weight, c) => (r === row && c === column ? weight + by : weight)));
        const EPSILON = 1e-3;
        const slope = ((await fitOf(shifted(EPSILON))).first - (await fitOf(shifted(-EPSILON))).first) / (2 * EPSILON);
        const at = row === 3 ? 2 : row;
        const found = ((P[row]?.[column] ?? Number.NaN) - (matrix[at]?.[column] ?? Number.NaN)) / RATE;
        assert.ok(Math.abs(found - slope) < 1e-4 * Math.max(1e-3, Math.abs(slope)), `${row}, ${column}: ${found} is not ${slope}`);
      }
    });

  it('a growth makes each layer of the old ones, by the coefficients that the run tells', () =>
    inTemporaryFolder(async (folder) => {
      const text = 'train(3) >> grow(stack(2), fit: (steps: 3, rate: 0.5))';
      const schedule = scheduleOf(text, { model: { ...tinySetup.model, layers: 2 } });
      const { result, events } = await runWithEvents(schedule, { backend: onnxCpu(), folder });
      assert.deepEqual(right(result).outcome, { kind: 'finished' });
      const { matrix, steps } = only(events.flatMap((event) => (event.kind === 'transferred' && event.fit ? [event.fit] : [])));
      assert.equal(steps, 3);
      assert.deepEqual([matrix.length, ...matrix.map((row) => row.length)], [4, 2, 2, 2, 2]);
      assert.ok(
        matrix.flat().every((weight) => Math.abs(weight - Math.round(weight)) > 1e-9),
        'every coefficient is learnt',
      );
      const before = right(decodeSafetensors(readFileSync(join(folder, RUN_FILES.checkpoints, 'step-00000003.safetensors')))).tensors;
      const after = right(decodeSafetensors(readFileSync(join(folder, RUN_FILES.model, MODEL_FILES.weights)))).tensors;
      const fileOf = (layer: number) => after.get(`transformer.h.${layer}.ln_2.weight`) ?? after.get(`h.${layer}.ln_2.weight`);
      for (const [layer, row] of matrix.entries()) {
        const own = fileOf(layer)?.data ?? assert.fail();
        const old = [0, 1].map((from) => before.get(`layers.${from}.mlp.norm.weight`)?.data ?? assert.fail());
        for (const [index, value] of Array.from(own).entries()) {
          const made = row.reduce((sum, weight, from) => sum + weight * (old[from]?.[index] ?? Number.NaN), 0);
          assert.ok(Math.abs(value - made) < 1e-6 * Math.max(1, Math.abs(made)), `layer ${layer}: ${value} is not ${made}`);
        }
      }
    }));

  it('a rate at which coefficients leave the numbers ends the run, in a sentence', () =>
    inTemporaryFolder(async (folder) => {
      const schedule = scheduleOf('train(1) >> grow(stack(2), fit: (steps: 9, rate: 1e30)) >> train(1)');
      const { outcome } = right((await runWithEvents(schedule, { backend: onnxCpu(), folder })).result);
      assert.equal(outcome.kind, 'diverged');
      assert.match(
        outcome.kind === 'diverged' ? outcome.message : '',
        /^stage 2, grow\(stack\(2\), fit: \(steps: 9, rate: 1e\+30\)\): in step \d of the fit .* must be finite; the last good state is .*; lower the rate of the fit$/,
      );
    }));

  it('a run that is stopped in a fit continues from before it, to the same bits', () =>
    inTemporaryFolder(async (folder) => {
      const schedule = scheduleOf('train(2) >> grow(stack(2), fit: 3) >> train(2)');
      const whole = await ran(onnxCpu(), schedule);
      const controller = new AbortController();
      const listener = ({ kind, ...event }: { readonly kind: string; readonly stage?: unknown }): void => {
        if (kind === 'stage-started' && JSON.stringify(event).includes('"kind":"grow"')) controller.abort();
      };
      const how = { backend: onnxCpu(), folder: join(folder, 'run'), listener, signal: controller.signal };
      const { outcome } = right((await runWithEvents(schedule, how)).result);
      assert.deepEqual(outcome, { kind: 'interrupted', stage: 1, step: 2 });
      const again = { backend: onnxCpu(), folder: onDisk(join(folder, 'run'), hastyDisk), listeners: [] };
      const continued = right(await resume(tokensDataset(VOCABULARY), again)());
      assert.equal(continued.outcome.kind, 'finished');
      assert.deepEqual(readFileSync(join(folder, 'run', RUN_FILES.model, MODEL_FILES.weights)), whole.weights);
    }));
});
