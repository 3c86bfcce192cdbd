/** Batches, contexts and learning rates of stages' own, in real runs: what each step then has, and what stays the setup's. */
import assert from 'node:assert/strict';
import { tokensDataset } from '../../src/data/dataset.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { run } from '../../src/runner/run.js';
import type { Schedule, Setup } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { nullBackend, onnxBackend, right } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const scheduleOf = (stages: string, setup: Partial<Setup> = {}): Schedule =>
  right(verify({ version: 1, setup: { ...tinySetup, ...setup }, stages: stagesOf(stages) }));

const eventsOf = async (schedule: Schedule, open: typeof nullBackend): Promise<readonly RunEvent[]> => {
  const backend = await open();
  const events: RunEvent[] = [];
  const how = { backend, folder: new MemoryFolder(), listeners: [(event: RunEvent) => events.push(event)] };
  const { outcome } = right(await run(schedule, tokensDataset(VOCABULARY), how)());
  assert.deepEqual(outcome, { kind: 'finished' });
  right(await backend.close()());
  return events;
};

const lossesOf = (events: readonly RunEvent[]): readonly number[] =>
  events.flatMap((event) => (event.kind === 'step' || event.kind === 'evaluated' ? [event.loss] : []));

describe('settings of a stage', () => {
  it('are the same to the bit wherever they are said: at the stage, or in the setup', async () => {
    const learningRate = { kind: 'wsd', peak: 0.01, floor: 0.001, warmup: 2, decay: 0.5, clock: 'global' } as const;
    const optimizer = { ...tinySetup.optimizer, learningRate };
    const evaluation = { every: 2, batches: 1 };
    const said = 'train(6, batch: 4, learningRate: wsd(0.01, floor: 0.001, warmup: 2, decay: 0.5))';
    // The batch in which held-out text is evaluated is the setup's: only the losses of the steps are those of the other setup.
    const steps = (events: readonly RunEvent[]) => events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
    const atStage = await eventsOf(scheduleOf(said, { evaluation }), onnxBackend);
    const inSetup = await eventsOf(scheduleOf('train(6)', { evaluation, batch: 4, optimizer }), onnxBackend);
    assert.equal(steps(atStage).length, 6);
    assert.deepEqual(steps(atStage), steps(inSetup));
  });

  it('that are those of the setup change no bit', async () => {
    const written = scheduleOf('train(4, batch: 2, context: 4) >> restrict(even) >> train(3, context: 4) >> prolongate', {
      evaluation: { every: 2, batches: 2 },
    });
    const plain = { ...written, stages: stagesOf('train(4) >> restrict(even) >> train(3) >> prolongate') };
    assert.deepEqual(lossesOf(await eventsOf(written, onnxBackend)), lossesOf(await eventsOf(plain, onnxBackend)));
  });

  it('hold for the stage alone, with rates on the clock that each names', async () => {
    const rates = (
      await eventsOf(
        scheduleOf(
          'train(2, learningRate: 0.5) >> train(2) >> train(2, learningRate: constant(1, warmup: 3)) >> train(2, learningRate: constant(1, warmup: 1, clock: stage))',
          {
            optimizer: { ...tinySetup.optimizer, learningRate: { kind: 'constant', peak: 0.25, warmup: 0, clock: 'global' } },
          },
        ),
        nullBackend,
      )
    ).flatMap((event) => (event.kind === 'step' ? [event.learningRate] : []));
    assert.deepEqual(rates, [0.5, 0.5, 0.25, 0.25, 1, 1, 0.5, 1]);
  });

  it('count tokens as they are: in steps, in records, in an end by tokens', async () => {
    const events = await eventsOf(scheduleOf('train(until.tokens(20, atMost: 9), batch: 3, context: 2) >> train(1)'), nullBackend);
    assert.deepEqual(
      events.flatMap((event) => (event.kind === 'step' ? [event.tokens] : [])),
      [6, 6, 6, 6, 8],
    );
    assert.deepEqual(
      events.flatMap((event) => (event.kind === 'stage-ended' ? [event.record.tokens] : [])),
      [24, 8],
    );
  });
});
