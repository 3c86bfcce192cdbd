/** Batches, contexts and learning rates of stages' own, in real runs: what each step then has, and what stays the setup's. */
import assert from 'node:assert/strict';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { heldOutBatch, trainingBatch } from '../../src/data/batches.js';
import { type Dataset, type TextDataset, textDataset, tokensDataset } from '../../src/data/dataset.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { run } from '../../src/runner/run.js';
import { digestOf, fitsStages, withStageData } from '../../src/runner/state/stage-data.js';
import { type DataSource, dataKey } from '../../src/schedule/data-source.js';
import type { Schedule, Setup } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { nullBackend, onnxBackend, right } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { spyOn } from './spy.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const textOf = (text: string) => textDataset(text, { source: 'a rhyme', heldOut: 0.1, context: 4 });

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

  it('draw from its own data, by seed and step alone, and evaluate on the data of the setup', async () => {
    const [first, more] = ['he saw the sea. ', 'the sea. he saw '].map((rhyme) => right(textOf(rhyme.repeat(20)))) as [
      TextDataset,
      TextDataset,
    ];
    const source = { kind: 'text', source: 'more', tokenizer: 'characters', heldOut: 0.1 } as const;
    const schedule: Schedule = {
      ...scheduleOf('train(2)'),
      setup: { ...tinySetup, data: { ...source, source: 'first' } },
      stages: [
        { kind: 'train', steps: 1 },
        { kind: 'train', steps: 2, data: source },
        { kind: 'train', steps: 1, data: { ...source, source: 'first' } },
      ],
    };
    const data = right(
      await withStageData(schedule, [], (named) => TE.right(named.kind === 'text' && named.source === 'more' ? more : first)),
    );
    const backend = await nullBackend();
    const { backend: spied, executions } = spyOn(backend);
    const summary = right(await run(schedule, data, { backend: spied, folder: new MemoryFolder() })());
    assert.equal(summary.outcome.kind, 'finished');
    const seen = (what: string) =>
      executions
        .filter(({ program }) => program.startsWith(what))
        .map(({ inputs }) => {
          const given = inputs.get('inputs');
          return given !== undefined && 'data' in given ? [...given.data] : assert.fail();
        });
    const shape = { batch: 2, context: 4 };
    const drawn = [first, more, more, first].map((each, step) => [...right(trainingBatch(each, { ...shape, seed: 1, step })).inputs]);
    assert.deepEqual(seen('training-step'), drawn);
    assert.notDeepEqual(drawn[1], [...right(trainingBatch(first, { ...shape, seed: 1, step: 1 })).inputs]);
    const heldOut = [...right(heldOutBatch(first, { ...shape, index: 0, count: 1 })).inputs];
    assert.deepEqual(seen('evaluation'), [heldOut, heldOut, heldOut]);
    right(await backend.close()());

    // What distinguishes the run from one on other texts.
    const digest = digestOf(schedule, data);
    assert.notDeepEqual(digest, digestOf(schedule, first));
    assert.deepEqual(digestOf({ ...schedule, stages: [{ kind: 'train', steps: 1 }] }, data), digestOf(schedule, first));

    // What is refused.
    const refusal = (dataset: Dataset): string => {
      const fits = fitsStages(schedule, dataset);
      return 'left' in fits ? fits.left.message : 'accepted';
    };
    assert.equal(refusal(data), 'accepted');
    assert.match(refusal(first), /^stage 2, train: its data must be loaded .* give what loadData\(schedule\) gives$/);
    const other = { ...data, ofStages: new Map([[dataKey(source), right(textOf('xyz, the sea'.repeat(20)))]]) };
    assert.match(
      refusal(other),
      /^stage 2, train: its data must be in the tokens of the setup's data \(was another tokenizer, of 10 tokens/,
    );
  });

  it('are refused where data are in other tokens or documents than those of the setup', () => {
    const message = (data: DataSource, setup: DataSource): string => {
      const verified = verify({ version: 1, setup: { ...tinySetup, data: setup }, stages: [{ kind: 'train', steps: 1, data }] });
      return 'left' in verified ? verified.left.message : 'accepted';
    };
    const text: DataSource = { kind: 'text', source: 'a', tokenizer: 'bytes', heldOut: 0.1 };
    assert.equal(
      message({ kind: 'tokens', vocabulary: 7 }, { kind: 'tokens', vocabulary: 5 }),
      "stage 1, train: its data must have the vocabulary of the setup's, 5 tokens (was 7); give both the same",
    );
    assert.equal(
      message({ ...text, documents: 'separate' }, text),
      "stage 1, train: documents of its data must be joined, as in the setup's (was separate); give both the same",
    );
    assert.equal(message({ ...text, source: 'b' }, text), 'accepted');
  });
});
