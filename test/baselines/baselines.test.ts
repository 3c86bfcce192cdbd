/** Baselines: made from the pipeline alone, and never cheaper than it. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import {
  adamw,
  branch,
  constant,
  cosine,
  evaluate,
  even,
  gpt,
  grow,
  pipeline,
  prolongate,
  repeat,
  restrict,
  sequence,
  stack,
  tokens,
  train,
} from '../../dsl/index.js';
import { baselinesOf, type PlanOf } from '../../src/baselines/baselines.js';
import { fieldOf } from '../../src/baselines/contenders.js';
import { BASELINES, type BaselineKind } from '../../src/baselines/kinds.js';
import { tuningSeed, withRate, withSeed } from '../../src/baselines/tuning.js';
import type { Plan } from '../../src/plan/plan.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { nullBackend, right } from '../runner/harness.js';

const setup = {
  model: gpt({ layers: 8, heads: 2, width: 16, context: 8 }),
  data: tokens(11),
  optimizer: adamw({ learningRate: cosine(0.01) }),
  batch: 2,
  seed: 1,
};
const scheduleOf = (value: unknown): Schedule => right(verify(value));
const twoLevel = scheduleOf(pipeline(setup, restrict(even), train(100), prolongate, train(20)));
const withWarmup = (warmup: number): Schedule =>
  scheduleOf(
    pipeline({ ...setup, optimizer: adamw({ learningRate: cosine(0.01, { warmup }) }) }, restrict(even), train(100), prolongate, train(20)),
  );

describe('baselines', () => {
  let planOf: PlanOf;
  before(async () => {
    const { capabilities } = await nullBackend();
    planOf = (schedule) => planSchedule(schedule, { vocabulary: 11, capabilities });
  });
  const flopsOf = (schedule: Schedule): number => right(planOf(schedule)).total.matmul;
  const made = (schedule: Schedule, kind: BaselineKind) => right(baselinesOf(schedule, kind, planOf));
  const said = (schedule: Schedule, kind: BaselineKind): readonly string[] =>
    made(schedule, kind).map(({ name, schedule: { setup, stages } }) => `${name}: ${setup.model.layers} layers, ${print(stages)}`);

  it('fine takes as many steps as the pipeline, on all layers', () => {
    assert.deepEqual(said(twoLevel, 'fine'), ['fine: 8 layers, train(120)']);
  });

  it('those at equal FLOPs have the pipeline’s FLOPs, or up to one step more', () => {
    const budget = flopsOf(twoLevel);
    const all = BASELINES.filter((kind) => kind !== 'fine').flatMap((kind) => made(twoLevel, kind));
    assert.deepEqual(
      all.map(({ name, schedule }) => `${name} ${schedule.setup.model.layers}`),
      ['equal-flops 8', 'coarse-only 4', '1 layer 1', '2 layers 2', '4 layers 4'],
    );
    for (const { name, schedule } of all) {
      const [stage] = schedule.stages;
      assert.ok(stage?.kind === 'train' && schedule.stages.length === 1, name);
      const flops = flopsOf(schedule);
      assert.ok(flops >= budget && flops < budget + flops / stage.steps + 1, `${name}: ${flops} for ${budget}`);
    }
  });

  it('keep everything else of the setup, so that a decaying rate decays over their own steps', () => {
    const short = withWarmup(5);
    for (const { schedule } of BASELINES.flatMap((kind) => made(short, kind)))
      assert.deepEqual({ ...schedule.setup, model: undefined }, { ...short.setup, model: undefined });
  });

  it('have no warm-up that would leave nothing to decay: beyond a tenth of their steps it keeps its share', () => {
    const warmups = (warmup: number, kind: BaselineKind): readonly (readonly [number, number])[] =>
      made(withWarmup(warmup), kind).map(({ schedule: { setup, stages } }) => [
        setup.optimizer.learningRate.warmup,
        stages[0]?.kind === 'train' ? stages[0].steps : 0,
      ]);
    const [[, steps] = [0, 0]] = warmups(5, 'equal-flops');
    assert.ok(steps > 60 && steps < 80, `${steps} steps`);
    assert.deepEqual(warmups(100, 'equal-flops'), [[Math.ceil((100 * steps) / 120), steps]]);
    assert.deepEqual(warmups(6, 'equal-flops'), [[6, steps]], 'a tenth or less stays');
    // As many steps or more than the pipeline has.
    assert.deepEqual(warmups(100, 'fine'), [[100, 120]]);
    for (const [warmup] of warmups(100, 'coarse-only')) assert.equal(warmup, 100);
  });

  it('round no whole share of a warm-up up: 98 of 175 steps have 28 of 50, which floating point takes for 28.000…4', () => {
    const long = { ...withWarmup(50), stages: [{ kind: 'train', steps: 175 }] } as const;
    const costing: PlanOf = (schedule) =>
      E.map((plan: Plan) => ({ ...plan, total: { ...plan.total, matmul: schedule === long ? 98 : 1 } }))(planOf(schedule));
    const [
      {
        schedule: { setup: its, stages },
      } = assert.fail('none was made'),
    ] = right(baselinesOf(long, 'equal-flops', costing));
    assert.deepEqual([its.optimizer.learningRate.warmup, stages], [28, [{ kind: 'train', steps: 98 }]]);
  });

  it('follow growth to the network that it ends with, and take the network that it begins with for the coarse one', () => {
    const grown = scheduleOf(
      pipeline({ ...setup, model: gpt({ layers: 2, heads: 2, width: 16, context: 8 }) }, train(50), grow(stack(2)), train(50)),
    );
    assert.deepEqual(said(grown, 'fine'), ['fine: 4 layers, train(100)']);
    assert.deepEqual(
      made(grown, 'coarse-only').map(({ schedule }) => schedule.setup.model.layers),
      [2],
    );
  });

  it('are none where there is no coarser network, and the field says so', () => {
    const plain = scheduleOf(pipeline(setup, train(10)));
    assert.deepEqual(made(plain, 'coarse-only'), []);
    const field = right(fieldOf([{ name: 'a', schedule: plain }], ['coarse-only'], planOf));
    assert.deepEqual(field.notes, ['a trains no network coarser than its finest, so there is no coarse-only baseline of it.']);
  });

  it('that come to the same schedule are one contender', () => {
    const field = right(fieldOf([{ name: 'a', schedule: twoLevel }], BASELINES, planOf));
    assert.deepEqual(
      field.contenders.map(({ name }) => name),
      ['a', 'fine', 'equal-flops', 'coarse-only', '1 layer', '2 layers'],
    );
    assert.deepEqual(
      field.opposed.map(({ against }) => against),
      ['fine', 'equal-flops', 'coarse-only', '1 layer', '2 layers'],
    );
    assert.deepEqual(field.notes, ['4 layers is the same training as coarse-only, and is listed under that name.']);
  });

  it('of several pipelines bear their names, and pipelines are held against those before them', () => {
    const other = scheduleOf(pipeline(setup, restrict(even), train(60), prolongate, train(30)));
    const field = right(
      fieldOf(
        [
          { name: 'a', schedule: twoLevel },
          { name: 'b', schedule: other },
        ],
        ['equal-flops'],
        planOf,
      ),
    );
    assert.deepEqual(
      field.opposed.map(({ pipeline: ours, against }) => `${ours} – ${against}`),
      ['a – equal-flops of a', 'b – equal-flops of b', 'b – a'],
    );
  });

  it('that are the same for all pipelines are nobody’s own', () => {
    const other = scheduleOf(pipeline(setup, restrict(even), train(60), prolongate, train(20), restrict(even), train(40), prolongate));
    const field = right(
      fieldOf(
        [
          { name: 'a', schedule: twoLevel },
          { name: 'b', schedule: other },
        ],
        ['fine', 'coarse-only'],
        planOf,
      ),
    );
    assert.deepEqual(
      field.contenders.map(({ name }) => name),
      ['a', 'b', 'fine', 'coarse-only'],
    );
  });

  const refusal = (a: Schedule, b: Schedule): string => {
    const field = fieldOf(
      [
        { name: 'a', schedule: a },
        { name: 'b', schedule: b },
      ],
      [],
      planOf,
    );
    return E.isLeft(field) ? `${field.left.kind}: ${field.left.message}` : 'not refused';
  };

  it('pipelines over another model are refused with the difference', () => {
    const narrow = scheduleOf(pipeline({ ...setup, model: gpt({ layers: 8, heads: 2, width: 8, context: 8 }) }, train(10)));
    assert.equal(
      refusal(twoLevel, narrow),
      'input: a and b cannot be compared: finest network.width in a is 16 and in b 8; give both the same model, data and number of evaluation batches',
    );
  });

  it('pipelines over other data are refused with the difference', () => {
    assert.match(
      refusal(twoLevel, scheduleOf(pipeline({ ...setup, data: tokens(12) }, train(10)))),
      /data\.vocabulary in a is 11 and in b 12/,
    );
  });

  it('a pipeline is not compared with itself under another seed', () => {
    assert.match(refusal(twoLevel, withSeed(twoLevel, 7)), /^input: a and b are the same but for their seeds/);
  });

  it('pipelines that differ in optimizer, batch or stages alone are compared', () => {
    assert.equal(refusal(twoLevel, scheduleOf(pipeline({ ...setup, batch: 4 }, train(10)))), 'not refused');
  });

  it('the seed on which a rate is chosen is none that counts, and the same with more seeds', () => {
    assert.equal(tuningSeed([1]), 0);
    assert.equal(tuningSeed([1, 2, 3, 4, 5, 6]), 0);
    assert.equal(tuningSeed([0, 1, 3]), 2);
  });

  it('a factor multiplies the whole curve of the learning rate', () => {
    const rates = [twoLevel, scheduleOf(pipeline({ ...setup, optimizer: adamw({ learningRate: constant(0.01) }) }, train(10)))].map(
      (schedule) => withRate(schedule, 3).setup.optimizer.learningRate,
    );
    const [first, second] = rates;
    assert.ok(first?.kind === 'cosine' && second?.kind === 'constant');
    const own = scheduleOf(
      pipeline(setup, repeat(2, branch(train(1, { learningRate: cosine(0.5, { floor: 0.25 }) }), sequence(train(1), evaluate())))),
    );
    assert.deepEqual(
      withRate(own, 2).stages,
      scheduleOf(pipeline(setup, repeat(2, branch(train(1, { learningRate: cosine(1, { floor: 0.5 }) }), sequence(train(1), evaluate())))))
        .stages,
    );
    assert.ok(Math.abs(first.peak - 0.03) < 1e-15 && Math.abs(first.floor - 0.003) < 1e-15 && Math.abs(second.peak - 0.03) < 1e-15);
  });
});
