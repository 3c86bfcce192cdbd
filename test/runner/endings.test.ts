/** How runs end that do not finish, and how runs do not begin: what is reported, and what is on disk then. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, HostTensor } from '../../src/backend.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { programOf } from '../../src/plan/programs.js';
import { largestTensor } from '../../src/program/largest-tensor.js';
import { runSheet } from '../../src/report/run/run-sheet.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import { firstGrid } from '../../src/schedule/grid.js';
import type { Schedule, Stage } from '../../src/schedule/schedule.js';
import { adamw, sgd } from '../model/tiny.js';
import { inTemporaryFolder, nullBackend, onnxBackend, right, runWithEvents, spyOn } from './harness.js';
import { VOCABULARY } from './pipelines.js';

const train = (steps: number): Stage => ({ kind: 'train', steps });
const restrict: Stage = {
  kind: 'restrict',
  operator: { kind: 'every', factor: 2, offset: 0 },
  h: 'scale',
  moments: 'carry',
  counters: 'carry',
};
const prolongate: Stage = { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' };

const scheduleOf = (stages: readonly Stage[], optimizer: Schedule['setup']['optimizer'] = adamw): Schedule => ({
  version: 1,
  setup: {
    model: { kind: 'gpt', layers: 4, heads: 2, width: 4, context: 3, bias: true },
    data: { kind: 'tokens', vocabulary: VOCABULARY },
    optimizer,
    batch: 2,
    seed: 1,
    evaluation: { every: 0, batches: 1 },
  },
  stages,
});

const checkpointsIn = (folder: string): readonly string[] => readdirSync(join(folder, RUN_FILES.checkpoints)).sort();
const tensorsIn = (file: string) => right(decodeSafetensors(readFileSync(file)));
const assertFinite = (file: string): void => {
  const { tensors } = tensorsIn(file);
  assert.ok(tensors.size > 0);
  for (const [name, { data }] of tensors)
    assert.ok(
      data.every((value) => Number.isFinite(value)),
      `${name} of ${file}`,
    );
};
const kinds = (summary: RunSummary): string => summary.outcome.kind;

describe('a run that diverges', () => {
  const rate = (peak: number) => ({ kind: 'constant', peak, warmup: 0, clock: 'global' }) as const;
  for (const optimizer of [
    { ...adamw, learningRate: rate(1e30) },
    { ...sgd, clip: 0, learningRate: rate(1e30) },
    { ...sgd, learningRate: rate(1e30) },
  ])
    it(`${optimizer.kind}, clip ${optimizer.clip}, learning rate 1e30: says where, and leaves the last good state, all finite`, () =>
      inTemporaryFolder(async (folder) => {
        const backend = await onnxBackend();
        const { result, events } = await runWithEvents(scheduleOf([restrict, train(20), prolongate, train(5)], optimizer), {
          backend,
          folder,
        });
        const { outcome, stages } = right(result);
        assert.ok(outcome.kind === 'diverged', JSON.stringify(outcome));
        const steps = events.filter(({ kind }) => kind === 'step').length;
        assert.deepEqual([outcome.stage, outcome.step], [1, steps + 1]);
        assert.match(outcome.message, new RegExp(`^stage 2, train\\(20\\): step ${steps + 1} gave a loss of .*lower the learning rate`));
        assert.deepEqual(
          stages.map(({ op, stepsRun }) => [op, stepsRun]),
          [
            ['restrict(even)', 0],
            ['train(20)', steps],
          ],
        );
        // The step before was taken, and is what broke the loss: good is only what was there before any.
        const [checkpoint = ''] = checkpointsIn(folder);
        assert.equal(checkpoint, 'step-00000000.safetensors');
        assert.match(outcome.message, /the last good state is checkpoints\/step-00000000\.safetensors/);
        assertFinite(join(folder, RUN_FILES.checkpoints, checkpoint));
        assertFinite(join(folder, RUN_FILES.model, 'model.safetensors'));
        assert.equal(JSON.parse(readFileSync(join(folder, RUN_FILES.summary), 'utf8')).outcome.kind, 'diverged');
        assert.equal(events.at(-1)?.kind, 'run-ended');
        assert.equal(backend.memory().held, 0);
        right(await backend.close()());
      }));

  it('at its very last step is found by the evaluation', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await onnxBackend();
      const optimizer = { ...sgd, clip: 0, learningRate: rate(1e30) };
      const { result } = await runWithEvents(scheduleOf([train(1)], optimizer), { backend, folder });
      const { outcome } = right(result);
      assert.ok(outcome.kind === 'diverged', JSON.stringify(outcome));
      assert.match(outcome.message, /held-out/);
      right(await backend.close()());
    }));
});

describe('a model that is not finite', () => {
  /** 1e38 times a weight above 3.4 is none. */
  const overflowing: Stage = {
    kind: 'restrict',
    operator: { kind: 'matrix', restriction: [[4e38, 4e38, 0, 0]], prolongation: [[1.25e-39], [1.25e-39], [0], [0]] },
    h: 'scale',
    moments: 'carry',
    counters: 'carry',
  };

  it('is never called finished: a last transfer that overflows has diverged, and says in which tensor', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await onnxBackend();
      const { result, events } = await runWithEvents(scheduleOf([train(2), overflowing, prolongate]), { backend, folder });
      const { outcome, stages, model, plan } = right(result);
      assert.ok(outcome.kind === 'diverged', JSON.stringify(outcome));
      assert.deepEqual([outcome.stage, outcome.step], [2, 2]);
      assert.match(runSheet(stages, plan).sentences.join(' '), /^Stopped after 2 of 2 steps: no saving can be given\./);
      assert.match(
        outcome.message,
        /^stage 3, prolongate: after step 2 the held-out loss is NaN, where it must be finite \(\d+ of \d+ weights are not finite, the first in layers\.0\.attention\.norm\.weight\); the last good state is checkpoints\/step-00000002\.safetensors; .*smaller entries/,
      );
      // What is left is the network before the transfers, with its figure.
      assertFinite(join(folder, RUN_FILES.model, 'model.safetensors'));
      assert.deepEqual([model?.step, model?.validationLoss], [2, stages[0]?.validationLoss ?? assert.fail()]);
      assert.deepEqual(
        stages.map(({ evaluations, validationLoss }) => [evaluations, validationLoss !== undefined]),
        [
          [1, true],
          [0, false],
          [0, false],
        ],
      );
      assert.equal(events.filter(({ kind }) => kind === 'evaluated').length, 1);
      right(await backend.close()());
    }));

  /** A device that hides what is not finite in its losses, as some do: they read as 1. */
  const hiding = async (): Promise<Backend> => {
    const inner = await onnxBackend();
    return {
      ...inner,
      download: (tensor) =>
        pipe(
          inner.download(tensor),
          TE.map(
            (read): HostTensor =>
              read.data.every((value) => Number.isFinite(value)) || read.data.length > 1 ? read : { ...read, data: Float32Array.of(1) },
          ),
        ),
    };
  };

  it('is found in the weights themselves where losses hide it: no checkpoint, no model', () =>
    inTemporaryFolder(async (folder) => {
      const optimizer = { ...sgd, clip: 0, learningRate: { kind: 'constant', peak: 1e39, warmup: 0, clock: 'global' } } as const;
      const { result } = await runWithEvents(scheduleOf([train(3)], optimizer), { backend: await hiding(), folder });
      const { outcome, model } = right(result);
      assert.ok(outcome.kind === 'diverged', JSON.stringify(outcome));
      assert.match(outcome.found, /^stage 1, train\(3\): after step 3 \d+ of \d+ weights are not finite, the first in embedding/);
      assert.deepEqual(checkpointsIn(folder), ['step-00000000.safetensors']);
      assertFinite(join(folder, RUN_FILES.model, 'model.safetensors'));
      assert.deepEqual([model?.step, model?.validationLoss], [0, undefined]);
    }));

  it('the same after a last transfer', () =>
    inTemporaryFolder(async (folder) => {
      const { result } = await runWithEvents(scheduleOf([train(2), overflowing, prolongate]), { backend: await hiding(), folder });
      const { outcome, model } = right(result);
      assert.ok(outcome.kind === 'diverged', JSON.stringify(outcome));
      assert.match(outcome.found, /^stage 3, prolongate: \d+ of \d+ weights are not finite, the first in layers\.0/);
      assertFinite(join(folder, RUN_FILES.model, 'model.safetensors'));
      assert.equal(model?.step, 2);
    }));
});

describe('the model of a run that diverges', () => {
  /** Runs the stages; from the third on, losses are read as NaN. */
  const brokenInThird = async (stages: readonly Stage[], folder: string): Promise<RunSummary> => {
    const inner = await onnxBackend();
    let broken = false;
    const backend: Backend = {
      ...inner,
      download: (tensor) =>
        pipe(
          inner.download(tensor),
          TE.map((read): HostTensor => (broken && tensor.type.shape.length === 0 ? { ...read, data: Float32Array.of(Number.NaN) } : read)),
        ),
    };
    const { result } = await runWithEvents(scheduleOf(stages), {
      backend,
      folder,
      listener: (event) => {
        if (event.kind === 'stage-started' && event.stage.index === 2) broken = true;
      },
    });
    const summary = right(result);
    assert.equal(summary.outcome.kind, 'diverged');
    return summary;
  };
  const modelIn = (folder: string) => tensorsIn(join(folder, RUN_FILES.model, 'model.safetensors')).tensors;

  it('right after it grew is the network before', () =>
    inTemporaryFolder(async (folder) => {
      const grow: Stage = { kind: 'grow', growth: { kind: 'stack', factor: 2 }, h: 'keep', moments: 'carry', counters: 'carry' };
      const { model, stages } = await brokenInThird([train(1), grow, train(3)], folder);
      assert.deepEqual([model?.layers, model?.step, model?.validationLoss], [4, 1, stages[0]?.validationLoss ?? assert.fail()]);
      assert.equal(JSON.parse(readFileSync(join(folder, RUN_FILES.model, 'config.json'), 'utf8')).n_layer, 4);
      assert.ok(!modelIn(folder).has('transformer.h.4.ln_1.weight'));
    }));

  it('on a coarse level has what the coarse level learnt', () =>
    inTemporaryFolder(async (folder) => {
      const summary = await brokenInThird([restrict, train(2), train(3), prolongate], folder);
      // That was evaluated on the coarse level, which is another network.
      assert.deepEqual([summary.model?.layers, summary.model?.step, summary.model?.validationLoss], [4, 2, undefined]);
      assert.ok(summary.stages[1]?.validationLoss !== undefined);
      const { tensors } = tensorsIn(join(folder, RUN_FILES.checkpoints, 'step-00000002.safetensors'));
      const model = modelIn(folder);
      const sources = ['level.1/layers.0', 'layers.1', 'level.1/layers.1', 'layers.3'];
      for (const [layer, source] of sources.entries())
        assert.deepEqual(
          model.get(`transformer.h.${layer}.mlp.c_fc.weight`)?.data,
          tensors.get(`${source}.mlp.expand.weight`)?.data ?? assert.fail(source),
          `layer ${layer}`,
        );
      assert.notDeepEqual(tensors.get('level.1/layers.0.mlp.expand.weight')?.data, tensors.get('layers.0.mlp.expand.weight')?.data);
    }));
});

describe('a run that is stopped', () => {
  const schedule = scheduleOf([train(2), restrict, train(5), prolongate, train(2)]);

  it('finishes the step under way, and leaves a checkpoint, a model and a summary of what it has', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await onnxBackend();
      const controller = new AbortController();
      const { result, events } = await runWithEvents(schedule, {
        backend,
        folder,
        signal: controller.signal,
        listener: (event) => {
          if (event.kind === 'step' && event.step === 4) controller.abort();
        },
      });
      const { outcome, stages } = right(result);
      assert.deepEqual(outcome, { kind: 'interrupted', stage: 2, step: 4 });
      assert.deepEqual(
        stages.map(({ op, stepsRun, steps }) => [op, stepsRun, steps]),
        [
          ['train(2)', 2, 2],
          ['restrict(even)', 0, 0],
          ['train(5)', 2, 5],
        ],
      );
      assert.deepEqual(
        events.slice(-4).map(({ kind }) => kind),
        ['step', 'checkpointed', 'stage-ended', 'run-ended'],
      );
      assert.deepEqual(checkpointsIn(folder), ['step-00000002.safetensors', 'step-00000004.safetensors']);
      const { tensors, metadata } = tensorsIn(join(folder, RUN_FILES.checkpoints, 'step-00000004.safetensors'));
      const { stage, stageStep, step } = JSON.parse(metadata.place ?? '');
      assert.deepEqual([stage, stageStep, step], [2, 2, 4]);
      // The even layers have seen all four steps, the odd ones only those of the fine level.
      assert.deepEqual(JSON.parse(metadata.updates ?? ''), [
        { shared: 4, 'layers.0': 2, 'layers.1': 2, 'layers.2': 2, 'layers.3': 2 },
        { shared: 4, 'layers.0': 4, 'layers.1': 4 },
      ]);
      assert.ok(tensors.has('layers.3.mlp.expand.weight/second-moment'), 'the finest level, moments included');
      assert.ok(existsSync(join(folder, RUN_FILES.model, 'model.safetensors')));
      assert.equal(JSON.parse(readFileSync(join(folder, RUN_FILES.summary), 'utf8')).outcome.kind, 'interrupted');
      assert.equal(backend.memory().held, 0);
      right(await backend.close()());
    }));

  it('before its first step takes that one; after its last it has finished', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await nullBackend();
      const early = await runWithEvents(schedule, { backend, folder: join(folder, 'early'), signal: AbortSignal.abort() });
      assert.deepEqual(right(early.result).outcome, { kind: 'interrupted', stage: 0, step: 1 });
      const controller = new AbortController();
      const late = await runWithEvents(schedule, {
        backend,
        folder: join(folder, 'late'),
        signal: controller.signal,
        listener: (event) => {
          if (event.kind === 'step' && event.step === 9) controller.abort();
        },
      });
      assert.deepEqual(right(late.result).outcome, { kind: 'finished' });
    }));
});

describe('a run that cannot begin', () => {
  it('leaves a folder that holds a run as it is', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await nullBackend();
      right((await runWithEvents(scheduleOf([train(1)]), { backend, folder })).result);
      const before = readdirSync(folder, { recursive: true }).map(String).sort();
      const events = readFileSync(join(folder, RUN_FILES.events), 'utf8');
      const { result, events: told } = await runWithEvents(scheduleOf([train(2)]), { backend, folder });
      assert.deepEqual(
        result,
        E.left({ kind: 'input', message: `${folder} already holds a run; name another folder, or remove it`, about: 'another folder' }),
      );
      assert.deepEqual(told, []);
      assert.deepEqual(readdirSync(folder, { recursive: true }).map(String).sort(), before);
      assert.equal(readFileSync(join(folder, RUN_FILES.events), 'utf8'), events);
      assert.equal(backend.memory().held, 0);
    }));

  it('one with values that no array holds is refused before it has a folder, on the backend that holds none too', () =>
    inTemporaryFolder(async (folder) => {
      const base = scheduleOf([train(1)]);
      const wide = { ...base, setup: { ...base.setup, model: { ...base.setup.model, width: 100_000 } } };
      const { result } = await runWithEvents(wide, { backend: await nullBackend(), folder: join(folder, 'run') });
      assert.ok(E.isLeft(result));
      assert.deepEqual(result.left, {
        kind: 'input',
        message:
          'layers.0.attention.query.weight, [100000, 100000], takes 38147 MiB and an array of JavaScript holds at most 16383 MiB in one tensor; ' +
          'lower the width, the context or the vocabulary',
      });
      assert.equal(existsSync(join(folder, 'run')), false);
    }));

  it('says that a folder cannot be made, and why', () =>
    inTemporaryFolder(async (folder) => {
      const file = join(folder, 'file');
      writeFileSync(file, 'in the way');
      const { result } = await runWithEvents(scheduleOf([train(1)]), { backend: await nullBackend(), folder: join(file, 'run') });
      assert.ok(E.isLeft(result));
      assert.equal(result.left.kind, 'input');
      assert.match(result.left.message, /run cannot be made into a run folder \(.*\); name another folder$/);
      assert.equal(readFileSync(file, 'utf8'), 'in the way');
    }));

  it('says that the vocabulary is too small for the data, before it makes a folder', () =>
    inTemporaryFolder(async (folder) => {
      const schedule = scheduleOf([train(1)]);
      // Of a text the verifier cannot know how many tokens it has.
      const data = { kind: 'text', source: 'corpus.txt', tokenizer: 'characters', heldOut: 0.1 } as const;
      const small = { ...schedule, setup: { ...schedule.setup, data, model: { ...schedule.setup.model, vocabulary: VOCABULARY - 1 } } };
      const { result } = await runWithEvents(small, { backend: await nullBackend(), folder: join(folder, 'run') });
      assert.ok(E.isLeft(result));
      assert.match(result.left.message, /^setup\.model\.vocabulary must be at least the data's 5 tokens \(was 4\)/);
      assert.ok(!existsSync(join(folder, 'run')));
    }));

  it('says which operation its backend lacks and in which stage, before it makes a folder', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await nullBackend();
      const operations = new Set([...backend.capabilities.operations].filter((name) => name !== 'gather'));
      const lacking = { ...backend, capabilities: { ...backend.capabilities, operations } };
      const { result } = await runWithEvents(scheduleOf([restrict, train(1), prolongate]), {
        backend: lacking,
        folder: join(folder, 'run'),
      });
      assert.deepEqual(
        result,
        E.left({ kind: 'input', message: 'stage 2, train(1): the backend lacks the operation gather; choose another backend' }),
      );
      assert.ok(!existsSync(join(folder, 'run')));
    }));

  it('says which tensor its backend cannot hold and in which stage, before it makes a folder', () =>
    inTemporaryFolder(async (folder) => {
      const backend = await nullBackend();
      const schedule = scheduleOf([restrict, train(1), prolongate, train(2)]);
      const { model } = schedule.setup;
      const program = programOf('training-step', { ...model, vocabulary: VOCABULARY }, schedule.setup, firstGrid(model));
      const { bytes = 0 } = largestTensor(program) ?? {};
      assert.ok(bytes > 0, 'a training step has tensors');
      const limited = (largest: number) => ({
        ...backend,
        capabilities: { ...backend.capabilities, largestTensor: largest, device: 'a card' },
      });
      const { result } = await runWithEvents(schedule, { backend: limited(bytes - 4), folder: join(folder, 'run') });
      assert.ok(E.isLeft(result));
      assert.equal(result.left.kind, 'input');
      assert.match(
        result.left.message,
        /^stage \d, train\(\d\): [^,]+, \[[\d, ]+\], takes \d+ MiB and the device \(a card\) holds at most \d+ MiB in one tensor; lower the batch, the context or the width$/,
      );
      assert.ok(!existsSync(join(folder, 'run')));
      const fitting = await runWithEvents(schedule, { backend: limited(bytes), folder: join(folder, 'run') });
      assert.ok(E.isRight(fitting.result));
    }));
});

describe('a run that fails half-way', () => {
  it('by its backend: ends with what it had, and says what the backend said', () =>
    inTemporaryFolder(async (folder) => {
      const inner = await nullBackend();
      // Executions: two steps and an evaluation, then the third step.
      const { backend } = spyOn(inner, (execution) => (execution === 3 ? 'the device was lost' : undefined));
      const { result } = await runWithEvents(scheduleOf([train(2), train(2)]), { backend, folder });
      const summary = right(result);
      assert.deepEqual(summary.outcome, { kind: 'failed', message: 'the device was lost' });
      assert.deepEqual(
        summary.stages.map(({ stepsRun }) => stepsRun),
        [2, 0],
      );
      assert.deepEqual(checkpointsIn(folder), ['step-00000000.safetensors', 'step-00000002.safetensors']);
      assert.equal(inner.memory().held, 0);
    }));

  it('by its backend in an evaluation: the same', () =>
    inTemporaryFolder(async (folder) => {
      const { backend } = spyOn(await nullBackend(), (execution) => (execution === 2 ? 'out of memory' : undefined));
      const { result } = await runWithEvents(scheduleOf([train(2), train(2)]), { backend, folder });
      assert.deepEqual(right(result).outcome, { kind: 'failed', message: 'out of memory' });
    }));

  it('by its disk: says which file could not be written', () =>
    inTemporaryFolder(async (folder) => {
      const { result } = await runWithEvents(scheduleOf([train(2), train(2)]), {
        backend: await nullBackend(),
        folder,
        listener: (event) => {
          if (event.kind !== 'step' || event.step !== 1) return;
          rmSync(join(folder, RUN_FILES.checkpoints), { recursive: true });
          writeFileSync(join(folder, RUN_FILES.checkpoints), 'in the way');
        },
      });
      const summary = right(result);
      assert.equal(kinds(summary), 'failed');
      assert.match(summary.outcome.kind === 'failed' ? summary.outcome.message : '', /step-00000002\.safetensors could not be written/);
      assert.deepEqual(
        summary.stages.map(({ op }) => op),
        ['train(2)'],
      );
    }));

  it('by its disk at the very end: a model that could not be written is no finished run', () =>
    inTemporaryFolder(async (folder) => {
      const { result } = await runWithEvents(scheduleOf([train(1)]), {
        backend: await nullBackend(),
        folder,
        listener: (event) => {
          if (event.kind !== 'checkpointed' || event.step !== 1) return;
          rmSync(join(folder, RUN_FILES.model), { recursive: true });
          mkdirSync(join(folder, 'moved'));
        },
      });
      const { outcome } = right(result);
      assert.equal(outcome.kind, 'failed');
      assert.match(outcome.kind === 'failed' ? outcome.message : '', /model.* could not be written/);
    }));
});
