/** The laws of the kit, asked of everything that the project itself has: random operators, and random pipelines of every construct. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { adamw, average, compose, even, every, gpt, llama, muon, odd, sgd, tokens, width } from '../../dsl/index.js';
import { fillSetup } from '../../dsl/setup.js';
import { laws, type Where } from '../../src/laws/index.js';
import { returning, sensible } from '../schedule/sensible.js';
import { chains, depthAndWidth, injections, overLayers, wholePartitions } from './operators.js';

const NUM_RUNS = 1000;
const holds = <Of>(property: fc.IProperty<Of>): void => fc.assert(property, { numRuns: NUM_RUNS });

/** Both families by the three optimizers; a Llama has as many heads of keys and values as of queries, which every width that fits divides. */
const setups = [
  gpt({ layers: 1, heads: 4, width: 8, context: 16 }),
  llama({ layers: 1, heads: 4, keyValueHeads: 4, width: 8, hidden: 16, context: 16 }),
].flatMap((model) => [sgd(), adamw(), muon()].map((optimizer) => fillSetup({ model, optimizer, data: tokens(2), batch: 4, seed: 1 })));

/** In all of them together as often as else in one. */
const holdsInAll = <Of>(law: (where: Where) => fc.IProperty<Of>): void => {
  for (const setup of setups) fc.assert(law({ setup }), { numRuns: Math.ceil(NUM_RUNS / setups.length) });
};

describe('laws of transfers', () => {
  it('R·P = I for every operator that says so (law 1)', () => {
    holds(laws.roundTrip(overLayers));
    fc.assert(laws.roundTrip(width(2)));
    fc.assert(laws.roundTrip(compose(average(2), width(2))));
  });

  it('{even, odd} is a partition of unity, and so are all offsets of any factor (law 1)', () => {
    fc.assert(laws.partitionOfUnity([even, odd]));
    holds(laws.partitionOfUnity(wholePartitions));
  });

  for (const interpolation of ['own', 'repeat', 'linear'] as const)
    it(`a correction by α·P·R, ${interpolation}, after no training changes nothing, to the bit`, () => {
      holds(laws.untrainedCorrection(overLayers, { alpha: 0.37, interpolation }));
      // Over the width alone there is no other way back than its own.
      const operator = interpolation === 'own' ? width(2) : compose(average(2), width(2));
      fc.assert(laws.untrainedCorrection(operator, { alpha: 0.37, interpolation }));
    });

  for (const interpolation of ['own', 'repeat', 'linear'] as const)
    it(`a mix, ${interpolation}, after no training is between the fine network and P·R of it; by 1 it is total, to the bit`, () => {
      for (const alpha of [0.37, 1]) {
        holds(laws.untrainedMix(overLayers, { alpha, interpolation }));
        if (interpolation === 'own') fc.assert(laws.untrainedMix(width(2), { alpha }));
        fc.assert(laws.untrainedMix(compose(average(2), width(2)), { alpha, interpolation }));
      }
    });

  it('total and correction agree for injections on the injected layers', () => holds(laws.correctionIsTotal(injections)));

  it('composition is associative: one transfer is its parts one after the other, however they are joined', () =>
    holds(laws.composition(chains)));

  it('width and depth commute', () => holds(laws.commute(depthAndWidth)));
});

describe('laws of pipelines', function () {
  this.timeout(120_000);

  it('prolongations return to the grid that their restriction left, and all to level 0', () =>
    holdsInAll((where) => laws.returns(sensible, where)));
  it('with no training, returns by correction or injection give the level that was left: weights, moments, counters (law 2)', () =>
    holdsInAll((where) => laws.untrainedReturns(returning, where)));
  it('policies act on moments and counters, and on nothing else (law 3)', () => holdsInAll((where) => laws.momentsAlone(sensible, where)));
  it('parse ∘ print is the identity (law 4)', () => holdsInAll((where) => laws.text(sensible, where)));
  it('any bracketing gives the same schedule (law 4)', () => holdsInAll((where) => laws.brackets(sensible, where)));
  it('cost is additive (law 5)', () => holdsInAll((where) => laws.additive(sensible, where)));
  it('steps are counted through, whatever the levels (law 8)', () => holdsInAll((where) => laws.steps(sensible, where)));
  it('counts of updates are never below zero', () => holdsInAll((where) => laws.counters(sensible, where)));
  it('after a transfer no update exceeds what the usual AdamW reaches by itself, whatever the gradients (law 13)', () =>
    holdsInAll((where) => laws.boundedUpdates(sensible, where)));
  it('a branch of one arm is the arm', () => holdsInAll((where) => laws.oneArm(sensible, where)));
  it('a branch of one arm is the arm where layers are equal before they branch again', () => {
    const equal = 'restrict(average(3)) >> prolongate(interpolation: repeat)';
    const paired = 'restrict(matrix([[1, 0, 0], [0, 0.5, 0.5]], [[0.5, 0], [0, 0.5], [0, 0.5]])) >> prolongate(interpolation: repeat)';
    fc.assert(laws.oneArm(`${equal} >> ( ${paired} | train(2) )`, { layers: [3] }));
  });
  it('a repeat is its stages written out', () => holdsInAll((where) => laws.repeats(sensible, where)));
});

describe('a law', () => {
  const sentenceOf = (property: fc.IProperty<[unknown]>): string => {
    const details = fc.check(property, { numRuns: 100 });
    assert.ok(details.failed, 'the law holds');
    return `${fc.defaultReportMessage(details)}\n${details.errorInstance instanceof Error ? details.errorInstance.message : ''}`;
  };
  const skewed = { kind: 'matrix', restriction: [[0.5, 0.5]], prolongation: [[1], [0.5]] } as const;

  it('finds what breaks it, and says where; the counterexample is a text', () => {
    assert.match(
      sentenceOf(laws.roundTrip(skewed)),
      /matrix\(\[\[0\.5, 0\.5\]\], \[\[1\], \[0\.5\]\]\) over 2 layers[\s\S]*R P has 0\.75 in row 1, column 1, where 1 should be/,
    );
    assert.match(
      sentenceOf(laws.partitionOfUnity([even, even])),
      /even, even over \d+ layers[\s\S]*the sum of all P R has 2 in row 1, column 1/,
    );
    assert.match(
      sentenceOf(laws.correctionIsTotal(average(2))),
      /average\(2\) over \d+ layers[\s\S]*a correction by P, on the layers that R reads: layer 0 counts 6 updates, not 7/,
    );
    assert.match(sentenceOf(laws.commute([every(3, 0), every(2, 1)])), /R of the first and then the second, beside the other order/);
    const setup = {
      model: gpt({ layers: 4, heads: 4, width: 8, context: 4 }),
      data: tokens(5),
      optimizer: adamw({ beta2: 0.9999 }),
      batch: 1,
      seed: 1,
    };
    assert.match(
      sentenceOf(
        laws.boundedUpdates('train(99999) >> restrict(average(2)) >> train(9) >> prolongate(correction: 1)', { setup: fillSetup(setup) }),
      ),
      /after stage 2, restrict\(average\(2\)\), one of the next two updates of the shared layers may be 13\.5 learning rates, more than 10/,
    );
    assert.match(sentenceOf(laws.text([{ kind: 'train', steps: 1, stochasticDepth: 1e-7, extra: 1 } as never])), /unknown key "extra"/);
  });

  it('of no training holds of no way back that replaces what was left, and says what does', () => {
    assert.match(
      sentenceOf(laws.untrainedReturns('train(1) >> repeat(2, restrict(average(2)) >> train(3) >> prolongate)', { layers: [4] })),
      /stage 2\.3, prolongate, with no training before it: layer 0 counts 4 updates, not 3; only a correction adds what was learnt and no more: write prolongate\(correction: 1\)/,
    );
    for (const replacing of [
      'restrict(even) >> train(1) >> prolongate(interpolation: linear)',
      'restrict(width(2)) >> prolongate',
      'restrict(compose(even, width(2))) >> prolongate',
      'restrict(matrix([[0.5, 0.5]], [[1], [1]])) >> prolongate',
    ])
      assert.match(sentenceOf(laws.untrainedReturns(replacing)), /write prolongate\(correction: 1\)/, replacing);
    for (const returned of [
      'restrict(even, moments: reset) >> train(1) >> prolongate(moments: average)',
      'restrict(compose(even, odd)) >> train(1) >> prolongate',
      'restrict(average(2)) >> train(1) >> prolongate(correction: 0.5, interpolation: linear)',
      'restrict(matrix([[0, 1]], [[0], [1]])) >> prolongate',
    ])
      fc.assert(laws.untrainedReturns(returned));
  });

  it('of corrections takes those that a pipeline takes', () => {
    for (const alpha of [2, 0, -1])
      assert.match(
        sentenceOf(laws.untrainedCorrection(even, { alpha })),
        new RegExp(`stage 2, prolongate: correction must be total or a number > 0 and <= 1, such as 0\\.5 \\(was ${alpha}\\)`),
      );
    assert.match(
      sentenceOf(laws.untrainedCorrection(width(2), { interpolation: 'linear' })),
      /stage 2, prolongate: interpolation goes between layers/,
    );
  });

  it('that fits no depth fails with the verifier’s sentence', () => {
    assert.match(
      sentenceOf(laws.roundTrip(even, { layers: [3] })),
      /none of the depths fits: restrict\(even\): needs a number of layers divisible by 2 \(was 3\)/,
    );
    assert.match(sentenceOf(laws.returns('restrict(even) >> train(1)')), /none of the depths fits: .*/);
    assert.throws(() => laws.returns('restrict(evn)'), /column 10: unknown operator "evn"/);
  });

  it('takes no option that it does not have: depths that are misspelt would be others', () => {
    const misspelt = { layrs: [2] } as Where;
    const sentence = /unknown option "layrs" of a law, which has layers, heads, setup; the nearest word is layers/;
    for (const law of [
      () => laws.returns('train(1)', misspelt),
      () => laws.roundTrip(even, misspelt),
      () => laws.untrainedMix(even, misspelt),
    ])
      assert.throws(law, sentence);
  });

  it('takes values, texts, functions of the depth, and generated cases', () => {
    fc.assert(laws.returns('vCycle(levels: 3, operator: even, coarse: 4, post: 1)'));
    fc.assert(
      laws.untrainedReturns((layers) => `restrict(every(${layers}, 0)) >> train(2) >> prolongate(correction: 0.5)`, { layers: [2, 3, 5] }),
    );
    fc.assert(laws.untrainedReturns('restrict(odd) >> restrict(every(3, 1)) >> train(2) >> prolongate(mix: 0.3) >> prolongate(mix: 0.7)'));
    fc.assert(
      laws.momentsAlone('restrict(width(2)) >> train(2) >> prolongate(mix: 0.5) >> restrict(width(2)) >> train(2) >> prolongate', {
        heads: 2,
        policy: { down: 'reset', up: 'average' },
      }),
    );
    fc.assert(laws.oneArm(fc.constant({ layers: 4, stages: [{ kind: 'train', steps: 2 }] })));
  });
});
