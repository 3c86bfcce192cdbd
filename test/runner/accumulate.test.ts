/**
 * Gradient accumulation in real runs: in however many microbatches, the losses are those of the batch as a whole, within what f32 rounds; tau
 * corrections and line searches see it so too; and memory is that of a microbatch. On every backend: the conformance suite. Planned is
 * counted: the random pipelines of `run.test.ts`.
 */
import assert from 'node:assert/strict';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { run } from '../../src/runner/run.js';
import type { Schedule, Setup } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { tolerances } from '../backends/tolerances.js';
import { muon, sgd, tinyLlama } from '../model/tiny.js';
import { assertClose } from '../program/on-reference.js';
import { nullBackend, onnxBackend, right } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const scheduleOf = (stages: string, setup: Partial<Setup>): Schedule =>
  right(
    verify({ version: 1, setup: { ...tinySetup, batch: 8, evaluation: { every: 3, batches: 2 }, ...setup }, stages: stagesOf(stages) }),
  );

const { vocabulary: _, ...tiny } = tinyLlama;
const llama = { ...tiny, layers: 4 };

const STAGES =
  'train(4, stochasticDepth: 0.5) >> restrict(even, tau: 2) >> train(6) >> prolongate(correction: 1, lineSearch: 3) >> train(5, only: [1, 3])';

describe('gradient accumulation', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  const lossesOf = async (schedule: Schedule): Promise<readonly number[]> => {
    const events: RunEvent[] = [];
    const how = { backend, folder: new MemoryFolder(), listeners: [(event: RunEvent) => events.push(event)] };
    const { outcome } = right(await run(schedule, tokensDataset(VOCABULARY), how)());
    assert.deepEqual(outcome, { kind: 'finished' });
    return events.flatMap((event) => (event.kind === 'step' || event.kind === 'evaluated' ? [event.loss] : []));
  };

  for (const [what, setup, parts] of [
    ['a GPT by AdamW', {}, [2, 8]],
    ['a GPT by SGD', { optimizer: sgd }, [8]],
    ['a GPT by Muon', { optimizer: muon }, [4]],
    ['a Llama by AdamW', { model: llama }, [4]],
    ['a Llama by SGD', { model: llama, optimizer: sgd }, [2]],
    ['a Llama by Muon', { model: llama, optimizer: muon }, [2]],
  ] as const)
    it(`gives the losses of the whole batch, across levels, corrections and searches: ${what}`, async () => {
      const whole = await lossesOf(scheduleOf(STAGES, setup));
      for (const accumulate of parts)
        assertClose(
          await lossesOf(scheduleOf(STAGES, { ...setup, accumulate })),
          whole,
          tolerances.f32.trajectory,
          `${accumulate} microbatches`,
        );
    });

  it('is what a stage says, where it says so, and else what the setup says', async () => {
    const inTurn = scheduleOf('train(3) >> train(3, accumulate: 4) >> train(3, accumulate: 1)', { accumulate: 2 });
    assertClose(await lossesOf(inTurn), await lossesOf(scheduleOf('train(9)', {})), tolerances.f32.trajectory, 'three ways');
  });

  it('leaves nothing on the device', () => assert.equal(backend.memory().held, 0));

  it('takes the memory of a microbatch, however many there are', async () => {
    const { capabilities } = await nullBackend();
    const stepBytes = (batch: number, accumulate: number): number =>
      right(planSchedule(scheduleOf('train(1)', { batch, accumulate }), { vocabulary: VOCABULARY, capabilities })).stepBytes;
    assert.equal(stepBytes(64, 32), stepBytes(8, 4));
    assert.ok(stepBytes(64, 32) < stepBytes(64, 2));
    assert.ok(stepBytes(64, 2) < stepBytes(64, 1));
  });

  it('is divided among ranks, which are refused where they do not divide it', async () => {
    const { capabilities } = await nullBackend();
    const refusal = (stages: string, ranks: number): string => {
      const planned = planSchedule(scheduleOf(stages, {}), { vocabulary: VOCABULARY, capabilities: { ...capabilities, ranks } });
      return 'left' in planned ? planned.left.message : 'planned';
    };
    assert.equal(refusal('train(1) >> train(1, accumulate: 2)', 4), 'planned');
    assert.equal(refusal('train(1)', 3), 'the number of ranks must divide the batch 8 (was 3); change one of them');
    assert.equal(
      refusal('train(1) >> train(1, accumulate: 4)', 4),
      'stage 2, train(1, accumulate: 4): the number of ranks must divide a microbatch of 2 (batch 8, accumulate 4) (was 4); change one of them',
    );
  });

  it('is refused where it does not divide the batch, in the setup and at a stage', () => {
    const message = (schedule: unknown): string => {
      const verified = verify(schedule);
      return 'left' in verified ? verified.left.message : 'accepted';
    };
    const plain = scheduleOf('train(1)', {});
    assert.equal(
      message({ ...plain, setup: { ...plain.setup, accumulate: 3 } }),
      'setup.accumulate must divide the batch 8 (was 3); change one of them',
    );
    assert.equal(
      message({ ...plain, stages: [{ kind: 'train', steps: 1, accumulate: 16 }] }),
      'stage 1, train: accumulate must divide the batch 8 (was 16); change one of them',
    );
    assert.equal(message({ ...plain, setup: { ...plain.setup, accumulate: 0 } }), 'setup.accumulate must be an integer >= 1 (was 0)');
  });
});
