/**
 * Law 13 in runs: whatever transfers do to moments, no update of AdamW is far from the learning rate. What the bound is, and that no gradients
 * can exceed it: test/laws, test/optimizer.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { createReference } from '../../backends/reference/index.js';
import type { Backend, DeviceTensor, Executable, HostTensor } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { MOST_RATES } from '../../src/optimizer/moment-ratio.js';
import { type Program, sizeOf } from '../../src/program/program.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { run } from '../../src/runner/run.js';
import type { AdamW, Schedule, Stage } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { adamw } from '../model/tiny.js';
import { right } from './harness.js';
import { tinySchedules, VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const rate = 0.01;
const optimizer: AdamW = { ...adamw, learningRate: { kind: 'constant', peak: rate, warmup: 0, clock: 'global' }, weightDecay: 0 };

type Tensors = readonly (DeviceTensor | HostTensor)[];

/** The moments as many steps with one gradient of any size leave them, another size for each step and tensor and unit: m = g, v = g². */
const forgotten = (step: number, output: number, unit: number, degree: number): number =>
  (Math.sin(step + 1.3 * output + 2.3 * unit) * 10 ** (3 * Math.sin(1.9 * step + output + unit))) ** degree;

/** A backend that hears of each training step's largest change of a parameter; where `forgets`, moments then are as after many more steps. */
const watched = (backend: Backend, forgets: boolean, heard: (largest: number) => void): Backend => {
  let step = 0;
  const numbersIn = async (tensor: DeviceTensor | HostTensor | undefined): Promise<ArrayLike<number>> =>
    tensor !== undefined && 'data' in tensor ? tensor.data : right(await backend.download(tensor ?? assert.fail())()).data;
  const largestIn = async ({ inputs, outputs }: Program, before: Tensors, after: Tensors): Promise<number> => {
    let largest = 0;
    for (const [index, { name, role }] of outputs.entries()) {
      if (role !== 'parameter') continue;
      const at = inputs.findIndex((input) => input.role === role && input.name === name);
      const [was, is] = [await numbersIn(before[at]), await numbersIn(after[index])];
      for (let unit = 0; unit < is.length; unit++)
        largest = Math.max(largest, Math.abs((is[unit] ?? Number.NaN) - (was[unit] ?? Number.NaN)));
    }
    return largest;
  };
  const forgetting = async ({ outputs }: Program, after: readonly DeviceTensor[]): Promise<readonly DeviceTensor[]> => {
    step += 1;
    const tensors: DeviceTensor[] = [];
    for (const [index, tensor] of after.entries()) {
      const degree = ['/first-moment', '/second-moment'].findIndex((moment) => outputs[index]?.name.endsWith(moment)) + 1;
      if (degree === 0) {
        tensors.push(tensor);
        continue;
      }
      backend.release(tensor);
      // Parameter, first and second moment follow each other.
      const data = Float32Array.from({ length: sizeOf(tensor.type.shape) }, (_, unit) => forgotten(step, index - degree, unit, degree));
      tensors.push(right(await backend.upload({ type: tensor.type, data })()));
    }
    return tensors;
  };
  const watching = (program: Program, executable: Executable): Executable => ({
    ...executable,
    run: (inputs) =>
      TE.chainTaskK((outputs: readonly DeviceTensor[]) => async () => {
        heard(await largestIn(program, inputs, outputs));
        return forgets ? forgetting(program, outputs) : outputs;
      })(executable.run(inputs)),
  });
  return {
    ...backend,
    compile: (program) =>
      TE.map((executable: Executable) => (/^(training-step|update)\b/.test(program.name) ? watching(program, executable) : executable))(
        backend.compile(program),
      ),
  };
};

/** The largest change of a parameter in each step of a run, in learning rates. */
const changesIn = async (schedule: Schedule, forgets = false): Promise<readonly number[]> => {
  const changes: number[] = [];
  const backend = watched(createReference(), forgets, (largest) => changes.push(largest / rate));
  const summary = right(await run(schedule, tokensDataset(VOCABULARY), { backend, folder: new MemoryFolder(), listeners: [] })());
  assert.deepEqual(summary.outcome, { kind: 'finished' });
  return changes;
};

/** Two steps before the first transfer and after each. */
const withSteps = (stages: readonly Stage[]): readonly Stage[] => {
  const steps: Stage = { kind: 'train', steps: 2 };
  const inner = (stage: Stage): Stage => {
    if (stage.kind === 'repeat') return { ...stage, stages: withSteps(stage.stages) };
    return stage.kind === 'branch' ? { ...stage, arms: stage.arms.map(withSteps) } : stage;
  };
  return [steps, ...stages.flatMap((stage) => (stage.kind === 'train' ? [stage] : [inner(stage), steps]))];
};

describe('updates after transfers', function () {
  this.timeout(120_000);

  it('over random pipelines, whatever training leaves, none exceeds ten learning rates (law 13)', async () => {
    await fc.assert(
      fc.asyncProperty(tinySchedules, async ({ setup, stages, ...schedule }) => {
        const stepped = { ...schedule, setup: { ...setup, optimizer }, stages: withSteps(stages) };
        const largest = Math.max(0, ...(await changesIn(stepped, true)));
        assert.ok(largest <= MOST_RATES, `an update of ${largest} learning rates`);
      }),
      { numRuns: 40 },
    );
  });

  for (const [name, text] of [
    ['a correction after a stay of which second moments vanish', 'restrict(average(2)) >> train(25) >> prolongate(correction: 1)'],
    ['the same under average', 'restrict(average(2)) >> train(25) >> prolongate(correction: 1, moments: average)'],
    [
      'coefficients below zero',
      'restrict(matrix([[1.5, -0.5, 0, 0], [0, 0, -0.5, 1.5]], [[1, 0], [1, 0], [0, 1], [0, 1]])) >> train(25) >> prolongate',
    ],
    ['a line search', 'restrict(average(2), tau: 1) >> train(25) >> prolongate(correction: 1, lineSearch: 4)'],
    ['a correction between two widths', 'restrict(width(2)) >> train(25) >> prolongate(correction: 1)'],
  ] as const)
    it(`${name}: the updates of the usual AdamW stay within what it reaches by itself, √5.5 rates`, async () => {
      const stages = stagesOf(`train(25) >> ${text} >> train(5)`);
      const changes = await changesIn(right(verify({ version: 1, setup: { ...tinySetup, optimizer }, stages })));
      assert.equal(changes.length, 55);
      for (const [step, change] of changes.entries()) assert.ok(change <= Math.sqrt(5.5) + 0.01, `${change} rates at step ${step + 1}`);
    });
});
