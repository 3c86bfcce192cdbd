/**
 * Recomputation in real runs: the losses of the run that keeps all activations, to the bit, whatever the stages are; a second forward pass that is planned
 * and counted; and memory in which a layer more is one tensor more. On every backend: the conformance suite.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createReference } from '../../backends/reference/index.js';
import type { Backend } from '../../src/backend.js';
import { type Dataset, tokensDataset } from '../../src/data/dataset.js';
import { startsAtToken, withStarts } from '../../src/data/document-starts.js';
import { storeOf } from '../../src/data/token-store.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import { stateBytes } from '../../src/model/state-bytes.js';
import { planSchedule, type TracedPlan } from '../../src/plan/plan-schedule.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { run } from '../../src/runner/run.js';
import type { Recompute, Schedule, Setup } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { tinyLlama } from '../model/tiny.js';
import { nullBackend, onnxBackend, right } from './harness.js';
import { tinySchedules, VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const scheduleOf = (stages: string, setup: Partial<Setup>): Schedule =>
  right(
    verify({ version: 1, setup: { ...tinySetup, batch: 4, evaluation: { every: 3, batches: 2 }, ...setup }, stages: stagesOf(stages) }),
  );

const recomputing = (schedule: Schedule, recompute: Recompute = 'layers'): Schedule => ({
  ...schedule,
  setup: { ...schedule.setup, recompute },
});

const keeping = ({ setup: { recompute: _, ...setup }, ...schedule }: Schedule): Schedule => ({ ...schedule, setup });

const STAGES =
  'train(3, stochasticDepth: 0.5) >> restrict(even, tau: 2) >> train(4, accumulate: 2) >> ' +
  'prolongate(correction: 1, lineSearch: 3) >> train(3, only: [1, 3]) >> grow(stack(2)) >> train(2, only: new, sharedLayers: train)';

const { vocabulary: _, ...llama } = tinyLlama;

const data = tokensDataset(VOCABULARY);

describe('recomputation', () => {
  let [reference, onnx]: Backend[] = [];
  before(async () => {
    reference = createReference();
    onnx = await onnxBackend();
  });
  after(async () => {
    for (const backend of [reference, onnx]) if (backend !== undefined) right(await backend.close()());
  });

  /** Losses of steps and evaluations, and the FLOPs of products that were counted. */
  const ran = async (backend: Backend, schedule: Schedule, dataset: Dataset) => {
    const events: RunEvent[] = [];
    const how = { backend, folder: new MemoryFolder(), listeners: [(event: RunEvent) => events.push(event)] };
    const { outcome, stages } = right(await run(schedule, dataset, how)());
    return {
      stages,
      outcome: outcome.kind,
      losses: events.flatMap((event) => (event.kind === 'step' || event.kind === 'evaluated' ? [event.loss] : [])),
      products: stages.reduce((sum, { counted }) => sum + counted.matmul, 0),
    };
  };

  const assertSameBits = async (backend: Backend, schedule: Schedule, way: Recompute, dataset: Dataset = data): Promise<void> => {
    const [kept, again] = [await ran(backend, keeping(schedule), dataset), await ran(backend, recomputing(schedule, way), dataset)];
    assert.equal(again.outcome, kept.outcome);
    assert.deepEqual(again.losses, kept.losses);
    assert.ok(again.products >= kept.products);
  };

  for (const [what, setup, backends, ways] of [
    ['whole batches', {}, () => [reference, onnx], ['layers']],
    ['microbatches', { accumulate: 2 }, () => [onnx], ['activations', 'layers']],
    ['no biases', { model: { ...tinySetup.model, kind: 'gpt', bias: false } }, () => [onnx], ['layers']],
    ['a Llama', { model: llama }, () => [onnx], ['activations', 'layers']],
  ] as const)
    it(`${what}: the same losses to the bit, across levels, corrections, searches, stochastic depth and growth, for more products`, async () => {
      const schedule = scheduleOf(STAGES, setup);
      for (const backend of backends()) {
        assert.ok(backend);
        let before = await ran(backend, schedule, data);
        for (const way of ways) {
          const again = await ran(backend, recomputing(schedule, way), data);
          assert.deepEqual(again.losses, before.losses, `${backend.name}, ${way}`);
          assert.ok(again.products > before.products, `${backend.name}, ${way}`);
          for (const { planned, counted } of again.stages) assert.deepEqual(counted, planned);
          before = again;
        }
        assert.equal(backend.memory().held, 0);
      }
    });

  it('separate documents: the same losses to the bit', async () => {
    const tokens = storeOf(Int32Array.from({ length: 200 }, (_, place) => (place * place * 7) % 5));
    const marked = withStarts(tokens, startsAtToken(0));
    const text = { kind: 'text', source: 'memory', tokenizer: 'characters', heldOut: 0.5, documents: 'separate' } as const;
    const tokenizer = characterTokenizer('abcde');
    const dataset: Dataset = { kind: 'text', digest: 'd', tokenizer, vocabulary: 5, training: marked, heldOut: marked };
    assert.ok(onnx);
    await assertSameBits(
      onnx,
      scheduleOf('train(3) >> restrict(even) >> train(2) >> prolongate >> train(2)', { data: text }),
      'activations',
      dataset,
    );
  });

  it('generated pipelines: the same losses to the bit', () =>
    fc.assert(
      // Ends by FLOPs, and by the loss for each, see that there are more.
      fc.asyncProperty(
        tinySchedules.filter((schedule) => !/"(flops|slopeBelow)"/.test(JSON.stringify(schedule))),
        fc.constantFrom<Recompute>('activations', 'layers'),
        async (schedule, way) => {
          assert.ok(onnx);
          await assertSameBits(onnx, schedule, way);
        },
      ),
      { numRuns: 12 },
    ));

  describe('as planned', () => {
    const planOf = async (setup: Partial<Setup>): Promise<TracedPlan> => {
      const { capabilities } = await nullBackend();
      return right(planSchedule(scheduleOf('train(1)', setup), { vocabulary: VOCABULARY, capabilities }));
    };
    const model = { ...tinySetup.model, context: 32, width: 32 };

    it('a layer more is one tensor of the residual stream more, besides its state and gradients', async () => {
      const bytes = async (layers: number, batch: number): Promise<number> =>
        (await planOf({ model: { ...model, layers }, batch, recompute: 'layers' })).stepBytes;
      const oneMore = async (batch: number): Promise<number> => (await bytes(9, batch)) - (await bytes(8, batch));
      // What does not depend on the batch is the layer's state. With the stream, two numbers for a token are kept: its norms' multipliers, by which a
      // diverged step is known.
      assert.equal((await oneMore(32)) - (await oneMore(16)), 16 * model.context * (model.width + 2) * 4);
    });

    it('of activations takes less memory, and of products those that are in attention', async () => {
      const setup = { model: { ...model, layers: 8 }, batch: 16 };
      const plan = (recompute: Pick<Setup, 'recompute'>): Promise<TracedPlan> => planOf({ ...setup, ...recompute });
      const [kept, again, least] = [await plan({}), await plan({ recompute: 'activations' }), await plan({ recompute: 'layers' })];
      const { context, width, layers } = setup.model;
      // Scores, and their product with v.
      assert.equal(again.training.matmul - kept.training.matmul, layers * 2 * setup.batch * context * 2 * context * width);
      assert.ok(least.stepBytes < again.stepBytes && again.stepBytes < 0.6 * kept.stepBytes, `${again.stepBytes} and ${kept.stepBytes}`);
    });

    it('it takes less memory, and of the forward pass of each layer all products but the last', async () => {
      const setup = { model: { ...model, layers: 8 }, batch: 16 };
      const [kept, again] = [await planOf(setup), await planOf({ ...setup, recompute: 'layers' })];
      const own = stateBytes({ ...setup.model, vocabulary: VOCABULARY }, tinySetup.optimizer);
      assert.ok(again.stepBytes - own < 0.5 * (kept.stepBytes - own), `${again.stepBytes} and ${kept.stepBytes}, of which state ${own}`);
      const { context, width, layers } = setup.model;
      // q, k, v, the output, and the expansion: 8·width² for a token; and scores and their product with v.
      const layer = 2 * setup.batch * context * (8 * width ** 2 + 2 * context * width);
      assert.equal(again.training.matmul - kept.training.matmul, layers * layer);
    });
  });

  it('is refused under any other name', () => {
    const { setup, ...schedule } = scheduleOf('train(1)', {});
    const wrong = verify({ ...schedule, setup: { ...setup, recompute: 'all' } });
    assert.equal(
      'left' in wrong ? wrong.left.message : 'accepted',
      'setup.recompute must be activations or layers, or left out (was "all")',
    );
  });
});
