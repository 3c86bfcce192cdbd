/** Tau corrections and line searches in the language: what is meant, and what is refused, in text, code and JSON. */
import assert from 'node:assert/strict';
import { even, grow, pipeline, prolongate, restrict, stack, train, vCycle } from '../../dsl/index.js';
import type { Stage } from '../../src/schedule/schedule.js';
import { bind, parse, print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { messageOf, rightOf } from './results.js';
import { scheduleOf, setupOf } from './setups.js';

const stagesOf = (text: string): readonly Stage[] => rightOf(bind(rightOf(parse(text)), {}));

describe('tau corrections and line searches', () => {
  it('text and code give the same value, and print as they are meant', () => {
    const setup = setupOf(4);
    const code = pipeline(
      setup,
      restrict(even, { tau: true }),
      train(3),
      prolongate({ correction: 1, lineSearch: { tries: 4, batches: 2 } }),
      vCycle({ levels: 2, operator: even, coarse: 2, correction: 0.5, tau: { batches: 3 }, lineSearch: 5 }),
    );
    const text = 'restrict(even, tau: true) >> train(3) >> prolongate(correction: 1, lineSearch: (tries: 4, batches: 2))';
    const cycle = 'vCycle(levels: 2, operator: even, coarse: 2, correction: 0.5, tau: 3, lineSearch: 5)';
    assert.deepEqual(pipeline(setup, `${text} >> ${cycle}` as string), code);
    assert.equal(
      print(code.stages),
      'restrict(even, tau: 1) >> train(3) >> prolongate(correction: 1, lineSearch: (tries: 4, batches: 2)) >> restrict(even, tau: 3) >> train(2) >> prolongate(correction: 0.5, lineSearch: 5)',
    );
    assert.equal(rightOf(verify(code)), code);
  });

  it('a level keeps its tau while a coarser one is visited, and loses it with the return from it', () => {
    const nested =
      'restrict(even, tau: 1) >> restrict(even) >> train(1) >> prolongate >> train(1) >> prolongate(correction: 1) >> train(1)';
    assert.deepEqual(
      walk(rightOf(verify(scheduleOf(4, stagesOf(nested))))).map(({ op, hasTau }) => [op.replace(/\(.*/, ''), hasTau]),
      [
        ['restrict', true],
        ['restrict', false],
        ['train', false],
        ['prolongate', true],
        ['train', true],
        ['prolongate', false],
        ['train', false],
      ],
    );
  });

  it('tau: false is no tau', () => {
    assert.deepEqual(restrict(even, { tau: false }), restrict(even));
    assert.equal(print(stagesOf('restrict(even, tau: false) >> train(1) >> prolongate')), 'restrict(even) >> train(1) >> prolongate');
    assert.deepEqual(
      stagesOf('vCycle(levels: 2, operator: average(2), tau: false, coarse: 1)'),
      stagesOf('vCycle(levels: 2, operator: average(2), coarse: 1)'),
    );
    assert.match(messageOf(parse('restrict(even, tau: false, tau: 2)')), /^column 28: the option tau of restrict is given twice/);
  });

  const unread: readonly (readonly [text: string, message: string])[] = [
    ['restrict(even, tau: 0)', 'column 21: tau must be an integer >= 1 (was 0)'],
    ['restrict(even, tau: n)', 'column 21: tau must be an integer >= 1 (was n)'],
    ['prolongate(correction: 1, lineSearch: 13)', 'column 39: tries must be an integer <= 12 (was 13)'],
    ['prolongate(correction: 1, lineSearch: (batches: 2))', 'column 40: expected "tries" (was "batches")'],
    ['grow(stack(2), tau: 1)', 'column 16: tau is for restrictions: a growth has no coarse problem to correct; remove it'],
    [
      'cascade(levels: 2, operator: stack(2), coarse: 1, tau: 1)',
      'column 57: tau is for restrictions: a growth has no coarse problem to correct; remove it',
    ],
    [
      'cascade(levels: 2, operator: stack(2), coarse: 1, lineSearch: 1)',
      'column 64: lineSearch is for prolongations, and a cascade by growth has none; remove it',
    ],
  ];
  for (const [text, message] of unread) it(`${text}: ${message}`, () => assert.equal(messageOf(parse(text)), message));

  const refused: readonly (readonly [text: string, message: string])[] = [
    [
      'restrict(even, moments: rescale, tau: 1) >> prolongate',
      'stage 1, restrict(even): with tau the coarse gradient is the fine one, restricted, and moments must not be rescaled (was rescale); choose another policy',
    ],
    [
      'restrict(even, tau: 1) >> prolongate(moments: rescale)',
      'stage 2, prolongate: with tau the coarse gradient is the fine one, restricted, and moments must not be rescaled (was rescale); choose another policy',
    ],
    [
      'restrict(even, tau: 1) >> prolongate(correction: 1, interpolation: linear)',
      "stage 2, prolongate: a level with tau must come back its operator's own way (was linear); leave the interpolation out, or tau",
    ],
    [
      'restrict(average(2), tau: 1) >> prolongate',
      'stage 2, prolongate: a level with tau by average(2) must come back as a correction (was total); write prolongate(correction: 1)',
    ],
    [
      'restrict(compose(even, average(2)), tau: 1) >> prolongate(mix: 0.5)',
      'stage 2, prolongate: a level with tau by compose(even, average(2)) must come back as a correction (was mix); write prolongate(correction: 1)',
    ],
    [
      'restrict(matrix([[1, 0, 0, 0], [0, 1, 0, 0]], [[1, 0], [0, 0], [0, 0], [0, 0]]), tau: 1) >> prolongate(correction: 1)',
      'stage 1, restrict(matrix): with tau every coarse layer must come back (column 2 of P was all zeros); fix P or leave tau out',
    ],
    [
      'restrict(width(2), tau: 1) >> prolongate(correction: 1)',
      'stage 1, restrict(width(2)): tau is for transfers over layers, which keep the width; leave tau or the width transfer out',
    ],
    [
      'restrict(width(2)) >> prolongate(correction: 1, lineSearch: 2)',
      'stage 2, prolongate: lineSearch is for transfers over layers, which keep the width (was width(2)); leave it out',
    ],
    [
      'restrict(even) >> prolongate(mix: 1, lineSearch: 2)',
      'stage 2, prolongate: lineSearch must have a correction to shorten (was mix); write prolongate(correction: 1, lineSearch: 4)',
    ],
    [
      'restrict(even) >> prolongate(lineSearch: 2)',
      'stage 2, prolongate: lineSearch must have a correction to shorten (was total); write prolongate(correction: 1, lineSearch: 4)',
    ],
  ];
  for (const [text, message] of refused)
    it(`${text}: ${message}`, () => assert.equal(messageOf(verify(scheduleOf(4, stagesOf(text)))), message));

  it('by injection a level with tau may come back whole or mixed: there both are corrections', () => {
    for (const back of ['prolongate', 'prolongate(mix: 0.5)']) rightOf(verify(scheduleOf(4, stagesOf(`restrict(odd, tau: 1) >> ${back}`))));
  });

  it('JSON: a growth with tau is refused with the sentence, and bounds are checked', () => {
    const schedule = scheduleOf(4, [grow(stack(2))]);
    const corrected = { ...schedule, stages: [{ ...schedule.stages[0], tau: { batches: 1 } }] };
    assert.match(
      messageOf(verify(corrected)),
      /^stage 1, grow: tau is for restrictions: a growth has no coarse problem to correct; remove it$/,
    );
    const none = { ...schedule, stages: [{ ...restrict(even), tau: { batches: 0 } }, ...stagesOf('train(1)')] };
    assert.equal(messageOf(verify(none)), 'stages[0].tau.batches must be an integer >= 1 (was 0)');
  });
});
