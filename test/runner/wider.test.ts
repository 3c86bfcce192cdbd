/**
 * Runs whose width grows, on the float64 reference: the loss stays where the function does, the saved model has the sizes and the loss of the wider
 * network, which levels below, baselines and comparisons are of, too. The tensors: `test/transfer/widening.test.ts`. Planned is counted, and resumed is the
 * same, in the random pipelines of `run.test.ts` and `resume.test.ts`.
 */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { baselinesOf } from '../../src/baselines/baselines.js';
import { comparable } from '../../src/baselines/comparable.js';
import { heldOutBatch } from '../../src/data/batches.js';
import { evaluation } from '../../src/model/level-programs.js';
import type { SavedModel } from '../../src/model/model-folder.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import type { LlamaModel, Schedule, Setup } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { muon, sgd, tinyLlama } from '../model/tiny.js';
import { onReference } from '../program/on-reference.js';
import { ran, schedulesWith, tinyData } from './finished-run.js';
import { nullBackend, right } from './harness.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const { vocabulary: _, ...tiny } = tinyLlama;
const llama: LlamaModel = { ...tiny, layers: 2, heads: 4, keyValueHeads: 2, width: 8, hidden: 6, context: 4 };
const gpt: Setup['model'] = { ...tinySetup.model, layers: 2, width: 4 };

const { scheduleOf, messageOf } = schedulesWith(gpt);

/** The loss of what was saved, by its own sizes alone. */
const lossOf = async ({ model, h, parameters }: SavedModel): Promise<number> => {
  const program = evaluation(model, { layers: model.layers, h }, tinySetup.batch);
  const batch = heldOutBatch(tinyData, { batch: tinySetup.batch, context: model.context, index: 0, count: 1 });
  const { inputs, targets } = right(batch);
  const given: Readonly<Record<string, Int32Array>> = { inputs, targets };
  const run = await onReference(program);
  const [loss] = await run(program.inputs.map(({ name }) => given[name] ?? parameters.get(name)?.data ?? assert.fail(name)));
  return loss?.[0] ?? Number.NaN;
};

describe('runs whose width grows', () => {
  it('have the same loss after a growth that preserves the function, and another one after a random one', async () => {
    for (const model of [gpt, llama]) {
      const schedule = scheduleOf('train(2) >> grow(width(2)) >> evaluate >> grow(width(2), way: random) >> evaluate', { model });
      const { stages } = await ran(schedule);
      const [before = Number.NaN, same = Number.NaN, other = Number.NaN] = stages.flatMap(({ validationLoss }) => validationLoss ?? []);
      assert.ok(Math.abs(same - before) < 1e-12, `${before} became ${same}`);
      assert.ok(Math.abs(other - before) > 1e-6);
    }
  });

  it('save the wider network, which has the loss that they tell: both families, every optimizer, completeP', async () => {
    const setups: readonly (readonly [setup: Partial<Setup>, sizes: object])[] = [
      [{}, { layers: 3, heads: 4, width: 8 }],
      [
        { optimizer: sgd, model: llama },
        { layers: 3, heads: 8, keyValueHeads: 4, width: 16, hidden: 12 },
      ],
      [
        { optimizer: muon, model: { ...llama, tied: true } },
        { layers: 3, heads: 8, keyValueHeads: 4, width: 16, hidden: 12 },
      ],
      [{ model: { ...gpt, parametrisation: 'completeP', baseLayers: 2, baseWidth: 4 } }, { layers: 3, heads: 4, width: 8, baseWidth: 4 }],
    ];
    const stages =
      'train(1) >> grow(width(2), moments: zero-new) >> grow(fresh(1)) >> train(1) >> restrict(width(4)) >> train(1) >> ' +
      'prolongate(correction: 0.5)';
    for (const [setup, sizes] of setups) {
      const { model, saved, stages: records } = await ran(scheduleOf(stages, setup));
      assert.deepEqual({ ...saved.model, ...sizes }, saved.model);
      assert.deepEqual([model?.heads, model?.width], [saved.model.heads, saved.model.width]);
      const told = records.at(-1)?.validationLoss ?? Number.NaN;
      assert.ok(Math.abs((await lossOf(saved)) - told) < 1e-6, `${await lossOf(saved)} is not ${told}`);
    }
  });

  it('have baselines of the wider network, with all its sizes, and are compared by it', async () => {
    const { capabilities } = await nullBackend();
    const grows = scheduleOf('train(4) >> grow(width(2)) >> train(4)', { model: llama });
    const planOf = (schedule: Schedule) => planSchedule(schedule, { vocabulary: VOCABULARY, capabilities });
    const [fine] = right(baselinesOf(grows, 'fine', planOf));
    const wide: LlamaModel = { ...llama, heads: 8, keyValueHeads: 4, width: 16, hidden: 12 };
    assert.deepEqual(fine?.schedule.setup.model, wide);
    const [coarse] = right(baselinesOf(grows, 'coarse-only', planOf));
    assert.deepEqual(coarse?.schedule.setup.model, llama);
    const named = (name: string, schedule: Schedule) => ({ name, schedule });
    assert.ok(E.isRight(comparable([named('a', grows), named('b', scheduleOf('train(8)', { model: wide }))])));
    const other = comparable([named('a', grows), named('b', scheduleOf('train(8)', { model: { ...wide, hidden: 20 } }))]);
    assert.match(E.isLeft(other) ? other.left.message : '', /finest network\.hidden in a is 12 and in b 20/);
  });

  it('are refused in one sentence where they make no sense', () => {
    const cases: readonly (readonly [stages: string, sentence: string])[] = [
      ['grow(width(300000000))', 'stage 1, grow(width(300000000)): the width can be at most 999999999 (was 1200000000); grow less'],
      [
        'restrict(even) >> grow(width(2)) >> prolongate',
        'stage 2, grow: only level 0 can grow (was at level 1); put it after the last prolongate',
      ],
      [
        'grow(width(3)) >> restrict(width(4)) >> prolongate',
        'stage 2, restrict(width(4)): needs a number of heads divisible by 4 (was 6); restrict the width less or change the heads',
      ],
      [
        'grow(last(1), way: random)',
        'stage 1, grow(last(1)): way is for a width that grows, whose new parts it fills (was a growth of the depth); leave it out',
      ],
    ];
    for (const [stages, sentence] of cases) assert.equal(messageOf(stages), sentence);
    assert.equal(
      messageOf('grow(width(2))', { model: { ...llama, hidden: 600_000_000 } }),
      'stage 1, grow(width(2)): hidden can be at most 999999999 (was 1200000000); grow less',
    );
    const raw = { ...stagesOf('grow(width(2), way: copy)')[0], way: 'noisy' };
    const found = verify({ version: 1, setup: tinySetup, stages: [raw] });
    assert.equal(
      E.isLeft(found) && found.left.message,
      'stages[0].way must be copy or zero or random, or left out for uneven (was "noisy")',
    );
  });
});
