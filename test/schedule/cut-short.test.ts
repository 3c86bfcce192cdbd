/** What a learning rate has too few steps for is reported, exactly where it is so: held against the rates of all steps. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  adamw,
  constant,
  cosine,
  even,
  gpt,
  grow,
  pipeline,
  prolongate,
  repeat,
  restrict,
  stack,
  tokens,
  train,
  until,
  wsd,
} from '../../dsl/index.js';
import { type CutShort, cutShort } from '../../src/plan/cut-short.js';
import { plan } from '../../src/plan/plan.js';
import { noFlops } from '../../src/program/types/flops.js';
import { cutShortLines } from '../../src/report/plan/cut-short-lines.js';
import type { LearningRate, Schedule, Stage } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { rateAt } from '../../src/schedule/walk/learning-rate.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { oneReplica } from './in-replicas.js';
import { rightOf } from './results.js';
import { sensible } from './sensible.js';
import { scheduleOf } from './setups.js';

const costless = { step: () => noFlops, evaluation: () => noFlops, transfer: () => noFlops };
const cutIn = (schedule: Schedule): readonly CutShort[] => cutShort(schedule, plan(schedule, costless));

const setup = (learningRate: LearningRate) => ({
  model: gpt({ layers: 8, heads: 2, width: 8, context: 4 }),
  data: tokens(5),
  optimizer: adamw({ learningRate }),
  batch: 2,
  seed: 1,
});

const withoutOwnRates = (stages: readonly Stage[]): readonly Stage[] =>
  stages.map((stage): Stage => {
    if (stage.kind === 'repeat' || stage.kind === 'replicas') return { ...stage, stages: withoutOwnRates(stage.stages) };
    if (stage.kind === 'branch') return { ...stage, arms: stage.arms.map(withoutOwnRates) };
    if (stage.kind !== 'train') return stage;
    const { learningRate: _, ...plain } = stage;
    return plain;
  });

/** All stages have this rate. */
const withRate = (schedule: Schedule, learningRate: LearningRate): Schedule => ({
  ...schedule,
  stages: withoutOwnRates(schedule.stages),
  setup: { ...schedule.setup, optimizer: { ...schedule.setup.optimizer, learningRate } },
});

/** The rates of all steps, stage by stage, as shares of the peak. */
const sharesOf = (schedule: Schedule): readonly (readonly number[])[] => {
  const rate = schedule.setup.optimizer.learningRate;
  const planned = plan(schedule, costless);
  return walk(schedule).map(({ index, stage, firstStep, sinceTransfer }) =>
    stage.kind === 'train'
      ? Array.from(
          { length: planned.stages[index]?.steps ?? 0 },
          (_, at) => rateAt(rate, { steps: stage.steps, firstStep, sinceTransfer }, at, planned.clock) / rate.peak,
        )
      : [],
  );
};

describe('what a learning rate has too few steps for', () => {
  const warmup = fc.nat(60);

  it('is a warm-up exactly where no step has the peak, and what it reaches is the most that any step has', () => {
    fc.assert(
      fc.property(sensible, warmup, fc.constantFrom('global', 'stage'), ({ layers, stages }, steps, clock) => {
        const schedule = withRate(scheduleOf(layers, oneReplica(stages)), constant(0.1, { warmup: steps, clock }));
        const shares = sharesOf(schedule).filter((of) => of.length > 0);
        const found = cutIn(schedule);
        const cold = (clock === 'global' && shares.length > 0 ? [shares.flat()] : shares)
          .map((of) => Math.max(...of))
          .filter((most) => most < 1);
        assert.equal(
          found.reduce((sum, { times }) => sum + times, 0),
          cold.length,
        );
        assert.deepEqual(new Set(found.map(({ reached }) => reached?.toFixed(9))), new Set(cold.map((most) => most.toFixed(9))));
      }),
      { numRuns: 200 },
    );
  });

  it('is a re-warm-up exactly where the next transfer, or the end, comes before it is over', () => {
    fc.assert(
      fc.property(sensible, warmup, ({ layers, stages }, rewarm) => {
        const schedule = withRate(scheduleOf(layers, oneReplica(stages)), constant(0.1, { rewarm }));
        const visits = walk(schedule);
        const trains = visits.filter(({ stage }) => stage.kind === 'train');
        const shares = sharesOf(schedule);
        const ends = trains.filter((visit, index) => visit.sinceTransfer !== undefined && !((trains[index + 1]?.sinceTransfer ?? 0) > 0));
        const cold = ends.map(({ index }) => shares[index]?.at(-1) ?? 1).filter((last) => last < 1);
        const found = cutIn(schedule);
        assert.equal(
          found.reduce((sum, { times }) => sum + times, 0),
          cold.length,
        );
        assert.deepEqual(new Set(found.map(({ reached }) => reached?.toFixed(9))), new Set(cold.map((last) => last.toFixed(9))));
      }),
      { numRuns: 200 },
    );
  });

  it('is for replicas what it is for one of them', () => {
    fc.assert(
      fc.property(sensible, warmup, fc.constantFrom('global', 'stage'), ({ layers, stages }, steps, clock) => {
        const rate = constant(0.1, { warmup: steps, clock, rewarm: 3 });
        const cutOf = (all: readonly Stage[]) =>
          cutIn(withRate(scheduleOf(layers, all), rate))
            .flatMap(({ stage: _, times, ...cut }) => Array.from({ length: times }, () => JSON.stringify(cut)))
            .sort();
        assert.deepEqual(cutOf(stages), cutOf(oneReplica(stages)));
      }),
      { numRuns: 200 },
    );
  });

  const cases: readonly (readonly [what: string, schedule: unknown, lines: readonly string[]])[] = [
    [
      'a warm-up of a stage of its own, on either clock, apart from those of the run',
      pipeline(
        setup(constant(0.1)),
        train(10),
        train(10, { learningRate: constant(0.1, { warmup: 24 }) }),
        train(10, { learningRate: constant(0.1, { warmup: 24 }) }),
        train(10, { learningRate: constant(0.1, { warmup: 19, clock: 'stage' }) }),
      ),
      [
        'Warm-up takes 24 steps and train(10, learningRate: constant(0.1, warmup: 24)) (stage 2) has 20: the learning rate gets to 80.0% of its peak.',
        'Warm-up takes 19 steps and train(10, learningRate: constant(0.1, warmup: 19, clock: stage)) (stage 4) has 10: the learning rate gets to 50.0% of its peak.',
      ],
    ],
    [
      'ten steps under the usual warm-up',
      pipeline(setup(cosine(1e-3)), train(10)),
      ['Warm-up takes 100 steps and the run has 10: the learning rate gets to 9.9% of its peak.'],
    ],
    ['as many steps as the warm-up and one more', pipeline(setup(cosine(1e-3)), train(101)), []],
    [
      'an end that leaves fewer steps than the clock counts',
      pipeline(setup(cosine(1e-3)), train(until.tokens(80, { atMost: 400 }))),
      ['Warm-up takes 100 steps and the run has 10: the learning rate gets to 9.9% of its peak.'],
    ],
    [
      'short stages on their own clock',
      pipeline(
        setup(cosine(1e-3, { clock: 'stage', warmup: 20 })),
        train(100),
        repeat(3, restrict(even), train(10), prolongate),
        train(100),
      ),
      ['Warm-up takes 20 steps and train(10) (stage 2.2 and 2 like it) has 10: the learning rate gets to 47.6% of its peak.'],
    ],
    [
      'a re-warm-up that a transfer ends, and one that continues in the next stage',
      pipeline(
        setup(constant(0.1, { rewarm: 9 })),
        train(10),
        grow(stack(2)),
        train(5),
        restrict(even),
        train(5),
        train(5),
        prolongate,
        train(20),
      ),
      ['Re-warm-up takes 9 steps and is cut short after 5, with train(5) (stage 3): the learning rate gets to 50.0% of what it would be.'],
    ],
    [
      'a decay that the warm-up shortens',
      pipeline(setup(wsd(1e-3)), train(120)),
      ['Decay takes 24 steps and warm-up leaves the run 20: it begins when the warm-up is over and ends on time.'],
    ],
    ['a decay that has its room', pipeline(setup(wsd(1e-3)), train(125)), []],
    [
      'more than anybody would read',
      pipeline(
        setup(constant(1e-3, { clock: 'stage', warmup: 20 })),
        train(1),
        train(2),
        train(3),
        train(4),
        train(5),
        train(6),
        train(30),
      ),
      [
        ...[1, 2, 3, 4].map(
          (steps) =>
            `Warm-up takes 20 steps and train(${steps}) (stage ${steps}) has ${steps}: the learning rate gets to ${((100 * steps) / 21).toFixed(1)}% of its peak.`,
        ),
        '2 lines more of this kind are in the plan as data.',
      ],
    ],
  ];

  for (const [what, schedule, lines] of cases)
    it(`${what}: ${lines.length === 0 ? 'nothing' : lines[0]}`, () =>
      assert.deepEqual(cutShortLines(cutIn(rightOf(verify(schedule)))), lines));
});
