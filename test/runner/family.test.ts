/**
 * Families of models other than GPTs (Llamas, and a dozen lines of `test/model/residual-mlp.ts`) through everything that GPTs go through: random
 * pipelines with every transfer, every cycle, and the laws. Nothing but the family knows what its parameters are called, or what they compute.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { createReference } from '../../backends/reference/index.js';
import type { Backend } from '../../src/backend.js';
import { heldOutBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { stream } from '../../src/data/random.js';
import type { SizedModel } from '../../src/model/family.js';
import { evaluation } from '../../src/model/level-programs.js';
import { MODEL_FILES, readModelFolder } from '../../src/model/model-folder.js';
import { levelParameters } from '../../src/model/parameters.js';
import { trainingStep } from '../../src/model/training-step.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { resume } from '../../src/runner/resume.js';
import { run } from '../../src/runner/run.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import { grownLayers } from '../../src/schedule/bounds/growth.js';
import type { Growth, LlamaModel, Model, Schedule } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { randomState } from '../model/random-state.js';
import { residualMlpLike, withResidualMlps } from '../model/residual-mlp.js';
import { adamw, gradientOnly } from '../model/tiny.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { growTo } from '../transfer/stack-steps.js';
import { hastyDisk, inTemporaryFolder, nullBackend, onnxBackend, right, runWithEvents, spyOn } from './harness.js';
import { smallSchedules, VOCABULARY } from './pipelines.js';
import { assertLaws } from './run-laws.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const data = tokensDataset(VOCABULARY);

/** A Llama to which every transfer of a model of these sizes applies: each of its heads of keys and values serves two of queries. */
const llamaLike = ({ layers, heads, context }: Model): LlamaModel => ({
  kind: 'llama',
  layers,
  heads: 2 * heads,
  keyValueHeads: heads,
  width: 4 * heads,
  hidden: 4 * heads,
  context,
  theta: 100,
  epsilon: 1e-5,
  tied: false,
  queryKeyNorm: true,
});

const OPERATORS = [
  'even',
  'every(4, 2)',
  'average(2)',
  'width(2)',
  'compose(odd, width(2))',
  'matrix([[0.5, 0.5, 0, 0], [0, 0, 0, 1]], [[1, 0], [1, 0], [0, 1], [0, 1]])',
];
const WAYS = ['', ', correction: 0.5', ', mix: 0.25', ', moments: reset'];
const CYCLES = ['vCycle', 'wCycle', 'fCycle', 'nested'].flatMap((word, which) =>
  OPERATORS.map(
    (operator, of) =>
      `${word}(levels: 2, operator: ${operator}, coarse: 2${word === 'nested' ? '' : ', pre: 1'}, post: 1${WAYS[(which + of) % WAYS.length]})`,
  ),
);
const OTHERS = [
  'vCycle(levels: 3, operator: even, pre: 1, coarse: 2, post: 1, tau: 2, correction: 1, lineSearch: 2)',
  'cascade(levels: 2, operator: stack(2), coarse: 1, post: 1)',
  'cascade(levels: 2, operator: identity(2), coarse: 1, post: train(1, only: new))',
  '( restrict(even) >> train(1) >> prolongate | restrict(odd) >> train(1, stochasticDepth: 0.5) >> prolongate ) >> train(1, accumulate: 2)',
];

const suite = (title: string, like: (model: Model) => Model): void => {
  const ofFamily = (schedule: Schedule): Schedule => ({ ...schedule, setup: { ...schedule.setup, model: like(schedule.setup.model) } });
  const scheduleOf = (stages: string): Schedule => right(verify(ofFamily({ version: 1, setup: tinySetup, stages: stagesOf(stages) })));
  const sized: SizedModel = { ...like(tinySetup.model), vocabulary: VOCABULARY };

  const random = async (create: () => Promise<Backend>, numRuns: number): Promise<void> => {
    const backend = await create();
    await fc.assert(
      fc.asyncProperty(smallSchedules.map(ofFamily), (schedule) =>
        inTemporaryFolder(async (folder) => {
          assert.deepEqual(verify(schedule), E.right(schedule));
          const spy = spyOn(backend);
          assertLaws(schedule, await runWithEvents(schedule, { backend: spy.backend, folder }), spy.executions, backend, folder);
        }),
      ),
      { numRuns },
    );
    right(await backend.close()());
  };

  it('runs random pipelines: planned is counted, batches by seed and step', () => random(nullBackend, 20));
  it('runs them on onnx-cpu', () => random(onnxBackend, 3));

  describe(`${title}, on the reference`, () => {
    const backend = createReference();
    const modelOf = async (schedule: Schedule): Promise<ReadonlyMap<string, Uint8Array>> => {
      const folder = new MemoryFolder();
      const { outcome } = right(await run(schedule, data, { backend, folder, listeners: [] })());
      assert.deepEqual(outcome, { kind: 'finished' });
      const prefix = `${RUN_FILES.model}/`;
      return new Map([...folder.files].flatMap(([name, bytes]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), bytes]] : [])));
    };

    for (const stages of [...CYCLES, ...OTHERS])
      it(stages, async () => {
        const { model, parameters } = right(readModelFolder(await modelOf(scheduleOf(stages))));
        assert.equal(parameters.size, levelParameters(model, { layers: model.layers, h: 1 }).length);
        for (const { data: values } of parameters.values()) assert.ok(values.every(Number.isFinite));
      });

    for (const operator of OPERATORS)
      it(`untrained ${operator} leaves everything as it was (law 2)`, async () => {
        const weights = async (stages: string) => (await modelOf(scheduleOf(stages))).get(MODEL_FILES.weights) ?? assert.fail(stages);
        const there = `train(2) >> restrict(${operator}) >> prolongate(correction: 1) >> train(2)`;
        assert.deepEqual(await weights(there), await weights('train(4)'));
      });

    const lossOf = async (stack: LevelStack): Promise<number> => {
      const { layers } = stack.current;
      const executable = right(await backend.compile(evaluation({ ...sized, layers }, stack.current, 2))());
      const batch = heldOutBatch(data, { batch: 2, context: sized.context, index: 0, count: 1 });
      return right(await new Trainer(stack.store, stack.current, adamw).evaluate(executable, [batch]));
    };

    for (const growth of [
      { kind: 'zero', factor: 2 },
      { kind: 'identity', layers: 3 },
    ] as const satisfies readonly Growth[])
      it(`grown by ${growth.kind} it computes the same`, async () => {
        const stack = right(await LevelStack.create(backend, sized, adamw, 1));
        const before = await lossOf(stack);
        const to = { ...stack.current, layers: grownLayers(growth, sized.layers) };
        right(await growTo(stack, { kind: 'grow', growth, h: 'keep', moments: 'carry', counters: 'carry' }, to));
        assert.equal(await lossOf(stack), before);
        stack.release();
      });

    it('narrowed twice over and widened again it computes what it did (its units then being equal)', async () => {
      const twice = 'restrict(width(2)) >> prolongate';
      assert.deepEqual(
        (await modelOf(scheduleOf(`${twice} >> ${twice}`))).get(MODEL_FILES.weights),
        (await modelOf(scheduleOf(twice))).get(MODEL_FILES.weights),
      );
    });

    it('that was ended and resumed leaves the same bits (law 6)', () =>
      inTemporaryFolder(async (home) => {
        const schedule = scheduleOf('train(2) >> restrict(average(2)) >> train(4) >> prolongate(mix: 0.5) >> train(2)');
        const folder = onDisk(home, hastyDisk);
        const stop = new AbortController();
        let steps = 0;
        const listeners = [({ kind }: { readonly kind: string }) => kind === 'step' && ++steps === 3 && stop.abort()];
        assert.equal(right(await run(schedule, data, { backend, folder, listeners, signal: stop.signal })()).outcome.kind, 'interrupted');
        assert.deepEqual(right(await resume(data, { backend, folder, listeners: [] })()).outcome, { kind: 'finished' });
        const left = readFileSync(join(home, RUN_FILES.model, MODEL_FILES.weights));
        assert.deepEqual(Uint8Array.from(left), (await modelOf(schedule)).get(MODEL_FILES.weights));
      }));
  });

  it('has the gradient that finite differences find (law 7)', async () => {
    const program = trainingStep(sized, { layers: 2, h: 0.5 }, 2, gradientOnly);
    const { inputs } = randomState(program, VOCABULARY, 1);
    const evaluate = await onReference(program);
    const outputs = await evaluate(inputs);
    for (const [which, { name, role }] of program.inputs.entries()) {
      if (role !== 'parameter') continue;
      const draws = stream(3, name);
      const direction = Float64Array.from(inputs[which] ?? [], () => draws.normal(0, 1));
      const along = async (step: number): Promise<number> => {
        const [loss] = await evaluate(
          inputs.map((input, at) => (at === which ? input.map((x, i) => x + step * (direction[i] ?? 0)) : input)),
        );
        return loss?.[0] ?? Number.NaN;
      };
      const slope = ((await along(1e-5)) - (await along(-1e-5))) / 2e-5;
      const gradient = outputs[program.outputs.findIndex((output) => output.name === `${name}/momentum`)] ?? assert.fail(name);
      const found = gradient.reduce((sum, value, at) => sum + value * (direction[at] ?? 0), 0);
      assertClose([found], [slope], { relative: 1e-6, absolute: 1e-8 }, name);
    }
  });
};

describe('a family of residual multilayer perceptrons', () => {
  withResidualMlps();
  suite('residual multilayer perceptrons', residualMlpLike);
});

describe('the family of Llamas', () => suite('Llamas', llamaLike));
