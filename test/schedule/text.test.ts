import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import type { OpenStage } from '../../src/schedule/open-stages.js';
import { bind, namesOf, parse, print } from '../../src/schedule/text/index.js';
import { openStages, stages } from './arbitrary.js';
import { messageOf, rightOf } from './results.js';

/** The text of stages with needless parentheses and blanks. */
const loosely = (open: readonly OpenStage[]): fc.Arbitrary<string> => {
  const text = print(open);
  if (open.length < 2) return fc.constantFrom(text, `(${text})`, ` ( ${text}\n)`);
  return fc
    .integer({ min: 1, max: open.length - 1 })
    .chain((cut) => fc.tuple(loosely(open.slice(0, cut)), loosely(open.slice(cut)), fc.boolean()))
    .map(([a, b, wrapped]) => (wrapped ? `(${a}>>${b})` : `${a}\n\t>> ${b}`));
};

describe('the text form', () => {
  it('parse ∘ print is the identity (law 4)', () => {
    fc.assert(
      fc.property(openStages, (open) => {
        assert.deepEqual(rightOf(parse(print(open))), open);
      }),
    );
  });

  it('print ∘ parse is the identity on what print wrote', () => {
    fc.assert(fc.property(openStages, (open) => assert.equal(print(rightOf(parse(print(open)))), print(open))));
  });

  it('grouping does not matter (law 4)', () => {
    fc.assert(
      fc.property(
        stages.filter((each) => each.length < 6).chain((each) => fc.tuple(fc.constant(each), loosely(each))),
        ([each, text]) => assert.deepEqual(rightOf(parse(text)), each),
      ),
    );
  });

  it('any text gives stages or a sentence with a column, and never throws', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom(
          ...'()>,: \n'.split(''),
          '>>',
          '[',
          ']',
          'matrix',
          'vCycle',
          'grow',
          '0.5',
          'train',
          'evaluate',
          'even',
          'repeat',
          'restrict',
          'prolongate',
          '3',
          '0',
        ),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(pieces, (words) => {
        const result = parse(words.join(''));
        if (E.isLeft(result)) assert.match(result.left.message, /^(column \d+: |the pipeline has no stages)/);
      }),
    );
  });

  it('prints defaults away and every(2, …) as even and odd', () => {
    const text = 'restrict(every(2, 0), h: scale, moments: carry)>>restrict(every(2,1),moments:reset,h:keep)>>prolongate(moments: carry)';
    assert.equal(print(rightOf(parse(text))), 'restrict(even) >> restrict(odd, h: keep, moments: reset) >> prolongate');
  });

  it('prints defaults of prolongations and growths away, and interleave as repeat', () => {
    const text =
      'restrict(average(2)) >> prolongate(moments: rescale, interpolation: own, correction: total) >> grow(interleave(2), h: keep) >> grow(zero(3), moments: reset, h: scale)';
    assert.equal(
      print(rightOf(parse(text))),
      'restrict(average(2)) >> prolongate(moments: rescale) >> grow(repeat(2)) >> grow(zero(3), h: scale, moments: reset)',
    );
  });

  it('takes nothing in parentheses as nothing, where a name alone is a stage', () => {
    const text = 'evaluate() >> restrict(even) >> ( evaluate( ) | train(1) ) >> prolongate() >> repeat(2, evaluate())';
    const stages = rightOf(parse(text));
    assert.deepEqual(stages, rightOf(parse(text.replaceAll(/\( ?\)/g, ''))));
    assert.equal(print(stages), text.replaceAll(/\( ?\)/g, ''));
  });

  const sentences: readonly (readonly [text: string, message: string])[] = [
    ['', 'the pipeline has no stages; give at least one, such as train(100)'],
    [
      'train(5) >> prolngate',
      'column 13: unknown stage "prolngate"; the stages are train, evaluate, restrict, prolongate, grow, repeat, replicas, moments, branches ( a | b ), and the cycles vCycle, wCycle, fCycle, nested, cascade; the nearest word is prolongate',
    ],
    // A word that is like no other has no nearest one.
    [
      'branch(train(1), train(2))',
      'column 1: unknown stage "branch"; the stages are train, evaluate, restrict, prolongate, grow, repeat, replicas, moments, branches ( a | b ), and the cycles vCycle, wCycle, fCycle, nested, cascade',
    ],
    ['train(until.tokens(100))', 'column 23: until.tokens needs the option atMost, as in until.tokens(1e6, atMost: 400)'],
    [
      'train(until.loss(on: heldOut, atMost: 4))',
      'column 20: until.loss needs the option on, as in until.loss(2.5, on: heldOut, atMost: 400)',
    ],
    [
      'restrict(evn)',
      'column 10: unknown operator "evn" of restrict; the operators are even, odd, every(k, offset), average(k), matrix(R, P), width(k), compose(A, B); the nearest word is even',
    ],
    ['train(1, only: [0..1024])', 'column 17: expected a layer such as 3 or a range such as 4..7 (was "0..1024")'],
    ['train(0)', 'column 7: steps must be an integer >= 1 (was 0)'],
    ['train(-1)', 'column 7: steps must be an integer >= 1 (was -1)'],
    ['train(1.5)', 'column 7: steps must be an integer >= 1 (was 1.5)'],
    ['train(99999999999999999999)', 'column 7: steps must be an integer <= 999999999 (was 99999999999999999999)'],
    ['train(1e+30)', 'column 7: steps must be an integer <= 999999999 (was 1e+30)'],
    ['train(1e3)', 'column 7: steps must be written as digits without leading zeros, such as 12 (was 1e3)'],
    ['train(007)', 'column 7: steps must be written as digits without leading zeros, such as 12 (was 007)'],
    ['train(1_000)', 'column 7: steps must be written as digits without leading zeros, such as 12 (was 1_000)'],
    ['train(9999999999)', 'column 7: steps must be an integer <= 999999999 (was 9999999999)'],
    ['train(5', 'column 8: a parenthesis is missing: expected ")" (was the end of the text)'],
    ['train(5))', 'column 9: this ")" closes no "("; remove it or put a "(" before it'],
    ['repeat(2, train(5)', 'column 19: a parenthesis is missing: expected ")" (was the end of the text)'],
    ['repeat(2, )', 'column 11: expected a stage (was ")")'],
    ['train(5) train(5)', 'column 10: expected ">>" (was "train")'],
    ['restrict(even, moments: keep)', 'column 25: moments must be carry or reset or rescale or zero-new or average (was "keep")'],
    ['restrict(even, counters: zero)', 'column 26: counters must be carry or reset (was "zero")'],
    [
      'restrict(even, moments: (down: carry, up: carry))',
      'column 25: moments must be carry or reset or rescale or zero-new or average (was "(")',
    ],
    ['moments(up: carry, down: reset, train(1))', 'column 9: expected "down" (was "up")'],
    ['moments(down: carry, up: reset)', 'column 31: expected "," (was ")")'],
    ['moments(down: carry, train(1))', 'column 22: expected "up" (was "train")'],
    [
      'vCycle(levels: 2, operator: even, coarse: 1, moments: (down: carry; up: reset))',
      'column 62: moments must be carry or reset or rescale or zero-new or average (was "carry;")',
    ],
    [
      'vCycle(levels: 2, operator: even, coarse: 1, counters: (down: carry, up: rescale))',
      'column 74: counters must be carry or reset (was "rescale")',
    ],
    [
      'grow(stak(2))',
      'column 6: unknown growth "stak" of grow; the growths are stack(k), repeat(k), interleave(k), zero(k), middle(b), central(b), last(b), fresh(n), identity(n), loop(k), width(k); the nearest word is stack',
    ],
    ['grow()', 'column 6: expected a growth (was ")")'],
    ['grow(zero(1))', 'column 11: factor must be an integer >= 2 (was 1)'],
    ['restrict(average(1))', 'column 18: factor must be an integer >= 2 (was 1)'],
    ...['0', '-1', '-0.5', '1.5', '1.50', '1e3', '1e-400', '1_0', '0.5.5'].flatMap(
      (alpha) =>
        [
          [`prolongate(correction: ${alpha})`, `column 24: correction must be total or a number > 0 and <= 1, such as 0.5 (was ${alpha})`],
          [`prolongate(mix: ${alpha})`, `column 17: mix must be a number > 0 and <= 1 (was ${alpha})`],
          [
            `( train(1) | train(2), shared: weighted(${alpha}, 1) )`,
            `column 41: a weight must be a number > 0 and <= 1, such as 0.5 (was ${alpha})`,
          ],
        ] as const,
    ),
    ['evaluate(4)', 'column 10: a parenthesis is missing: expected ")" (was "4")'],
    ['evaluate(', 'column 10: a parenthesis is missing: expected ")" (was the end of the text)'],
    ['prolongate(', 'column 12: expected an option (was the end of the text)'],
    ['prolongate(correction: )', 'column 24: correction must be total or a number > 0 and <= 1, such as 0.5 (was ")")'],
    ['prolongate(mix: )', 'column 17: mix must be a number > 0 and <= 1 (was ")")'],
    ['prolongate(mix: 0.5, mix: 0.5)', 'column 22: the option mix of prolongate is given twice; give it once'],
    [
      'prolongate(correction: total, moments: reset, mix: 0.5)',
      'column 47: mix and correction are two ways back (both were given); remove one of them',
    ],
    ['prolongate(mix: a, correction: 1)', 'column 20: mix and correction are two ways back (both were given); remove one of them'],
    [
      'vCycle(levels: 2, mix: 0.5, operator: even, correction: 0.5, coarse: 1)',
      'column 45: mix and correction are two ways back (both were given); remove one of them',
    ],
    [
      'restrict(even, mix: 0.5)',
      'column 16: unknown option "mix" of restrict; options are written as in restrict(even, h: keep, moments: reset)',
    ],
    ['restrict(matrix([1], [1]))', 'column 18: expected "[" (was "1")'],
    ['restrict(matrix([[]], [[1]]))', 'column 19: expected a number such as -0.5 (was "]")'],
    ['restrict(matrix([[1, n]], [[1]]))', 'column 22: expected a number such as -0.5 (was "n")'],
    ['restrict(matrix([[1; 0]], [[1]]))', 'column 19: expected a number such as -0.5 (was "1;")'],
    ['restrict(matrix([[1 0]], [[1]]))', 'column 21: expected "," or "]" (was "0")'],
    ['restrict(matrix([[Infinity]], [[1]]))', 'column 19: expected a number such as -0.5 (was "Infinity")'],
    ['restrict(matrix([[--1]], [[1]]))', 'column 19: expected a number such as -0.5 (was "--1")'],
    ['restrict(matrix([[1e999]], [[1]]))', 'column 19: expected a number such as -0.5 (was "1e999")'],
    ['restrict(matrix([[1, 0]]))', 'column 25: expected "," (was ")")'],
  ];
  for (const [text, message] of sentences) {
    it(`${JSON.stringify(text)}: ${message}`, () => assert.equal(messageOf(parse(text)), message));
  }

  it('reads the numbers of a matrix as it reads other amounts, below 0 too', () => {
    for (const [written, value] of [
      ['0.50', 0.5],
      ['.5', 0.5],
      ['1e-3', 0.001],
      ['-5E-1', -0.5],
      ['+2.', 2],
      ['-0', 0],
      ['1e3', 1000],
    ] as const) {
      const stages = rightOf(parse(`restrict(matrix([[${written}, 1]], [[1.0], [${written}]]))`));
      assert.deepEqual(stages, rightOf(parse(`restrict(matrix([[${value}, 1]], [[1], [${value}]]))`)));
      assert.equal(print(stages), `restrict(matrix([[${value}, 1]], [[1], [${value}]]))`);
    }
  });

  it('takes no blank for a part of a number, of those that it does not know', () => {
    for (const [blank, shown] of [
      ['\u00a0', 'U+00A0'],
      ['\ufeff', 'U+FEFF'],
      ['\u2009', 'U+2009'],
    ] as const)
      for (const text of [`train(1, stochasticDepth: 0.5${blank})`, `prolongate(mix: 1${blank})`, `restrict(matrix([[1${blank}]], [[1]]))`])
        assert.ok(messageOf(parse(text)).includes(shown), text);
  });

  it('reads the factor of a way back, and weights, as it reads other amounts', () => {
    for (const [written, value] of [
      ['1e-3', 0.001],
      ['0.50', 0.5],
      ['.5', 0.5],
      ['1.0', 1],
      ['+1', 1],
      ['5e-1', 0.5],
    ] as const) {
      assert.deepEqual(rightOf(parse(`train(1, stochasticDepth: ${written})`)), rightOf(parse(`train(1, stochasticDepth: ${value})`)));
      for (const way of ['correction', 'mix'] as const) {
        const text = `prolongate(${way}: ${written})`;
        assert.equal(print(rightOf(parse(text))), `prolongate(${way}: ${value})`);
        assert.deepEqual(rightOf(parse(text)), rightOf(parse(`prolongate(${way}: ${value})`)));
      }
      assert.equal(
        print(rightOf(parse(`( train(1) | train(2), shared: weighted(${written}, 0.50) )`))),
        `( train(1) | train(2), shared: weighted(${value}, 0.5) )`,
      );
    }
  });

  it('reads as many operators in a composition as there are: the verifier counts them', () => {
    const many = Array.from({ length: 20_000 }, () => 'even').join(', ');
    const [stage] = rightOf(parse(`restrict(compose(${many})) >> prolongate`));
    assert.ok(stage?.kind === 'restrict' && stage.operator.kind === 'compose');
    assert.equal(stage.operator.operators.length, 20_000);
  });

  it('refuses words too long to be said back, wherever they stand', () => {
    const long = 'n'.repeat(100_000);
    for (const text of [long, `train(${long})`, `restrict(even, ${long}: keep)`, `train(${'9'.repeat(100_000)})`]) {
      assert.match(
        messageOf(parse(text)),
        /^column \d+: a word must have at most 200 characters \(was 100000: "(n|9){40}…"\); shorten it$/,
      );
    }
    assert.equal(E.isRight(parse(`train(${'n'.repeat(200)})`)), true);
  });

  it('refuses more nesting than it can walk', () => {
    const deep = (levels: number) => `${'('.repeat(levels)}train(1)${')'.repeat(levels)}`;
    assert.deepEqual(rightOf(parse(deep(32))), [{ kind: 'train', steps: 1 }]);
    assert.match(messageOf(parse(deep(100_000))), /must nest at most 32 deep/);
  });
});

describe('binding', () => {
  const open = rightOf(parse('restrict(every(k, o)) >> repeat(n, train(n) >> train(m)) >> prolongate'));

  it('names come once, in the order of the text', () => assert.deepEqual(namesOf(open), ['k', 'o', 'n', 'm']));

  it('gives every name its number', () => {
    const bound = rightOf(bind(open, { k: 3, o: 1, n: 4, m: 80 }));
    assert.equal(print(bound), 'restrict(every(3, 1)) >> repeat(4, train(4) >> train(80)) >> prolongate');
  });

  it('a name left unbound', () =>
    assert.equal(
      messageOf(bind(open, { k: 3, o: 1, n: 4 })),
      'the name m is not bound; give it a number: in a file, pipeline(setup, text, { m: 400 }); on the command line, --set m=400',
    ));

  it('a name that is never used', () =>
    assert.equal(
      messageOf(bind(open, { k: 3, o: 1, n: 4, m: 80, mm: 2 })),
      'the name mm is never used in the text; remove it or use it; the nearest word is m',
    ));

  it('a name may stand for the factor of a correction', () => {
    const corrected = rightOf(parse('restrict(average(k)) >> prolongate(correction: a) >> grow(stack(k))'));
    assert.deepEqual(namesOf(corrected), ['k', 'a']);
    const bound = rightOf(bind(corrected, { k: 2, a: 0.5 }));
    assert.equal(print(bound), 'restrict(average(2)) >> prolongate(correction: 0.5) >> grow(stack(2))');
    assert.equal(messageOf(bind(corrected, { k: 2, a: 3 })), 'a: correction must be total or a number > 0 and <= 1, such as 0.5 (was 3)');
  });

  it('and for that of a mix', () => {
    const mixed = rightOf(parse('vCycle(levels: 2, operator: even, coarse: n, mix: a)'));
    assert.deepEqual(namesOf(mixed), ['n', 'a']);
    assert.equal(print(rightOf(bind(mixed, { n: 2, a: 0.25 }))), 'restrict(even) >> train(2) >> prolongate(mix: 0.25)');
    assert.equal(messageOf(bind(mixed, { n: 2, a: 0 })), 'a: mix must be a number > 0 and <= 1 (was 0)');
    const half = 'in a file, pipeline(setup, text, { a: 0.5 }); on the command line, --set a=0.5';
    for (const text of [
      'prolongate(mix: a)',
      'prolongate(correction: a)',
      'train(1, stochasticDepth: a)',
      'train(a) >> prolongate(mix: a)',
    ])
      assert.equal(messageOf(bind(rightOf(parse(text)), {})), `the name a is not bound; give it a number: ${half}`);
  });

  it('but total is no name of a mix', () => {
    assert.equal(messageOf(parse('prolongate(mix: total)')), 'column 17: mix must be a number > 0 and <= 1 (was total)');
  });

  it('a number out of bounds', () =>
    assert.equal(messageOf(bind(open, { k: 1, o: 1, n: 4, m: 80 })), 'k: factor must be an integer >= 2 (was 1)'));

  it('names that every object has are not bound by that', () =>
    assert.match(messageOf(bind(rightOf(parse('train(toString)')), {})), /^the name toString is not bound/));
});
