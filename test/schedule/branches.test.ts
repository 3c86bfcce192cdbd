/** Branches in the schedule: what is refused and how, the text form, the walk, and how a run that stops closes what is open. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { branch, even, grow, odd, pipeline, prolongate, repeat, restrict, sequence, stack, train, weighted } from '../../dsl/index.js';
import { gridOf } from '../../src/schedule/grid.js';
import type { SharedPolicy, Stage } from '../../src/schedule/schedule.js';
import { bind, namesOf, parse, print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { closing } from '../../src/schedule/walk/closing.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { messageOf, rightOf } from './results.js';
import { sensible } from './sensible.js';
import { scheduleOf, setupOf } from './setups.js';

const stagesOf = (text: string): readonly Stage[] => rightOf(bind(rightOf(parse(text)), {}));
const one: Stage = { kind: 'train', steps: 1 };
const branchOf = (shared: SharedPolicy, ...arms: readonly (readonly Stage[])[]): Stage => ({ kind: 'branch', arms, shared });

describe('branches', () => {
  it('are the same in code and in text', () => {
    const setup = setupOf(8);
    const arm = (operator: typeof even | typeof odd) => sequence(restrict(operator), train(10), prolongate);
    const schedule = pipeline(setup, branch(arm(even), arm(odd)), train(5));
    assert.deepEqual(
      pipeline(setup, '( restrict(even) >> train(10) >> prolongate | restrict(odd) >> train(10) >> prolongate ) >> train(5)'),
      schedule,
    );
    assert.equal(rightOf(verify(schedule)), schedule);
    assert.deepEqual(
      pipeline(setup, '(train(1)|train(2),shared:weighted(0.25,0.75))'),
      pipeline(setup, branch(train(1), train(2), { shared: weighted(0.25, 0.75) })),
    );
    assert.deepEqual(pipeline(setup, '(train(1), shared: last)'), pipeline(setup, branch(train(1), { shared: 'last' })));
    assert.deepEqual(pipeline(setup, '( (train(1) | train(2)) )'), pipeline(setup, branch(train(1), train(2))));
    assert.deepEqual(rightOf(bind(rightOf(parse('( train(n) | train(m) )')), { n: 1, m: 2 })), stagesOf('( train(1) | train(2) )'));
    assert.deepEqual(namesOf(rightOf(parse('( train(n) | repeat(t, train(m)) )'))), ['n', 't', 'm']);
  });

  for (const [text, printed] of [
    ['(train(1)|train(2),shared:average)', '( train(1) | train(2) )'],
    ['( train(1) | train(2), shared: last )', '( train(1) | train(2), shared: last )'],
    ['(train(1),shared:average)', '( train(1), shared: average )'],
    ['(train(1))', 'train(1)'],
    ['repeat(2, (train(1) | train(2)))', 'repeat(2, ( train(1) | train(2) ))'],
    ['((train(1) | train(2)) | train(3) >> train(4))', '( ( train(1) | train(2) ) | train(3) >> train(4) )'],
  ] as const)
    it(`${text} is printed as ${printed}`, () => assert.equal(print(stagesOf(text)), printed));

  for (const [text, message] of [
    ['train(1) | train(2)', 'column 10: "|" separates the arms of a branch; put parentheses around them, as in ( a | b )'],
    ['repeat(2, train(1) | train(2))', 'column 20: "|" separates the arms of a branch; put parentheses around them, as in ( a | b )'],
    [
      'moments(down: reset, up: carry, train(1) | train(2))',
      'column 42: "|" separates the arms of a branch; put parentheses around them, as in ( a | b )',
    ],
    ['( | train(1) )', 'column 3: expected a stage (was "|")'],
    ['( train(1) | )', 'column 14: expected a stage (was ")")'],
    ['( train(1) || train(2) )', 'column 13: expected a stage (was "|")'],
    ['( train(1) | train(2)', 'column 22: a parenthesis is missing: expected ")" (was the end of the text)'],
    [
      '( train(1) | train(2), shard: last )',
      'column 24: unknown option "shard" of branch; options are written as in restrict(even, h: keep, moments: reset); the nearest word is shared',
    ],
    ['( train(1) | train(2), shared: lst )', 'column 32: shared must be average or last or weighted(0.5, 0.5) (was "lst")'],
    ['( train(1) | train(2), shared: last, shared: last )', 'column 38: the option shared of branch is given twice; give it once'],
    ['( train(1) | train(2), shared: weighted(0, 1) )', 'column 41: a weight must be a number > 0 and <= 1, such as 0.5 (was 0)'],
    ['( train(1) | train(2), shared: weighted(n, 1) )', 'column 41: a weight must be a number > 0 and <= 1, such as 0.5 (was n)'],
    ['( train(1) | train(2), shared: weighted() )', 'column 41: a weight must be a number > 0 and <= 1, such as 0.5 (was ")")'],
    ['( train(1) | train(2), shared: weighted(0.5; 0.5) )', 'column 41: a weight must be a number > 0 and <= 1, such as 0.5 (was 0.5;)'],
    ['( train(1) | train(2), shared: weighted(0.5 0.5) )', 'column 45: expected "," or ")" (was "0.5")'],
    ['( train(1), shared: last | train(2) )', 'column 26: a parenthesis is missing: expected ")" (was "|")'],
  ] as const)
    it(`${text}: ${message}`, () => assert.equal(messageOf(parse(text)), message));

  for (const [stages, message] of [
    [[one, branchOf({ kind: 'average' })], 'stage 2, branch has no arms; give at least one'],
    [[branchOf({ kind: 'average' }, [one], [])], 'stage 1, branch: arm 2 has no stages; give each arm at least one'],
    [
      stagesOf('( restrict(even) >> train(1) | train(1) ) >> prolongate'),
      'stage 1, branch: arm 1 must end on level 0, where the branch begins (was level 1); put a prolongate after its last stage for each level still open',
    ],
    [
      stagesOf('restrict(even) >> ( train(1) | restrict(odd) >> restrict(even) ) >> prolongate'),
      'stage 2, branch: arm 2 must end on level 1, where the branch begins (was level 3); put a prolongate after its last stage for each level still open',
    ],
    [
      stagesOf('train(1) >> ( train(1) | train(1) >> prolongate )'),
      'stage 2.2.2, prolongate: no finer level is open (was at level 0); put a restrict before it',
    ],
    [
      stagesOf('restrict(even) >> ( prolongate >> restrict(even) | train(1) ) >> prolongate'),
      'stage 2.1.1, prolongate: an arm cannot go above the level where its branch begins (was at level 1); put it after the branch',
    ],
    [
      stagesOf('restrict(even) >> ( repeat(2, prolongate), shared: last )'),
      'stage 2.1.1.1, prolongate: an arm cannot go above the level where its branch begins (was at level 1); put it after the branch',
    ],
    [
      stagesOf('( train(1) | repeat(2, grow(stack(2))) )'),
      'stage 1.2.1.1, grow: an arm cannot grow, since all arms must return to the same depth and width; put it before or after the branch',
    ],
    [
      stagesOf('( train(1) | restrict(even) >> grow(stack(2)) >> prolongate )'),
      'stage 1.2.2, grow: an arm cannot grow, since all arms must return to the same depth and width; put it before or after the branch',
    ],
    [
      stagesOf('( train(1) | ( restrict(every(3, 0)) >> prolongate | train(1) ) )'),
      'stage 1.2.1.1.1, restrict(every(3, 0)): needs a number of layers divisible by 3 (was 8); restrict fewer times or change the depth',
    ],
    [
      [branchOf({ kind: 'weighted', weights: [0.5, 0.5] }, [one], [one], [one])],
      'stage 1, branch: weighted needs one weight for each arm, 3 in all (was 2)',
    ],
    [
      [branchOf({ kind: 'weighted', weights: [0.5, 0.4] }, [one], [one])],
      'stage 1, branch: weights must sum to 1 (was 0.9); divide each by their sum',
    ],
    [
      [branchOf({ kind: 'weighted', weights: [1.5, -0.5] }, [one], [one])],
      'stage 1, branch: a weight must be a number > 0 and <= 1, such as 0.5 (was 1.5)',
    ],
  ] as const)
    it(message, () => assert.equal(messageOf(verify(scheduleOf(8, stages))), message));

  it('count against the bound on stages, arms and merge included', () => {
    const wide = branchOf({ kind: 'average' }, [one], [one]);
    assert.equal(
      messageOf(verify(scheduleOf(8, [{ kind: 'repeat', times: 20_001, stages: [wide] }]))),
      'the pipeline must unroll to at most 100000 stages (was 100005); lower the times of a repeat',
    );
    assert.equal(walk(scheduleOf(8, [{ kind: 'repeat', times: 20, stages: [wide] }])).length, 100);
  });

  it('nest to the bound in text and in JSON, and not beyond', () => {
    const nested = (depth: number): readonly Stage[] => (depth === 0 ? [one] : [branchOf({ kind: 'last' }, nested(depth - 1))]);
    assert.deepEqual(stagesOf(print(nested(32))), nested(32));
    rightOf(verify(scheduleOf(8, nested(32))));
    assert.match(messageOf(verify(scheduleOf(8, nested(33)))), /must nest at most 32 deep/);
    assert.match(messageOf(parse(print(nested(33)))), /must nest at most 32 deep/);
  });

  it('walk arm by arm, with steps counted through', () => {
    const stages = stagesOf('train(2) >> ( restrict(even) >> train(3) >> prolongate | train(4) ) >> train(5)');
    assert.deepEqual(
      walk(scheduleOf(8, stages)).map(({ op, level, firstStep }) => `${op}, level ${level}, after ${firstStep}`),
      [
        'train(2), level 0, after 0',
        'arm 1 of 2, level 0, after 2',
        'restrict(even), level 1, after 2',
        'train(3), level 1, after 2',
        'prolongate, level 0, after 5',
        'arm 2 of 2, level 0, after 5',
        'train(4), level 0, after 5',
        'merge(average), level 0, after 9',
        'train(5), level 0, after 9',
      ],
    );
  });

  it('say of each visit in how many of them it is, after them in none', () => {
    const stages = rightOf(bind(rightOf(parse('train(1) >> ( train(1) | ( train(1) | train(1) ) >> train(1) ) >> train(1)')), {}));
    assert.deepEqual(
      walk(scheduleOf(8, stages)).map(({ op, branches }) => `${op} ${branches}`),
      [
        'train(1) 0',
        ...['arm 1 of 2 1', 'train(1) 1', 'arm 2 of 2 1'],
        ...['arm 1 of 2 2', 'train(1) 2', 'arm 2 of 2 2', 'train(1) 2', 'merge(average) 2'],
        ...['train(1) 1', 'merge(average) 1', 'train(1) 0'],
      ],
    );
  });

  it('a pipeline cut anywhere is closed: on level 0, every branch merged', () => {
    fc.assert(
      fc.property(sensible, fc.nat(), ({ layers, stages }, draw) => {
        const visits = walk(scheduleOf(layers, stages));
        const so = visits.slice(0, draw % (visits.length + 1));
        const whole = [...so, ...closing(so)];
        const open: string[] = [];
        for (const [index, { stage, from, ...visit }] of whole.entries()) {
          assert.equal(visit.index, index);
          if (index > 0) assert.deepEqual(from, gridOf(whole[index - 1] ?? visit));
          if (stage.kind === 'restrict') open.push('level');
          if (stage.kind === 'arm' && stage.arm === 1) open.push('branch');
          if (stage.kind === 'prolongate') assert.equal(open.pop(), 'level');
          if (stage.kind === 'merge') assert.equal(open.pop(), 'branch');
        }
        assert.deepEqual(open, []);
        assert.equal(whole.at(-1)?.level ?? 0, 0);
        assert.equal(closing(visits).length, 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('of the documentation make sense', () => {
    const texts = [...readFileSync('docs/branches.md', 'utf8').matchAll(/^```text\n(.*?)^```/gms)].map(([, text = '']) => text);
    assert.equal(texts.length, 2);
    for (const text of texts) rightOf(verify(scheduleOf(8, stagesOf(text))));
  });

  it('hold what plain JavaScript puts there, for the verifier to refuse', () => {
    const loose = branch as unknown as (...given: readonly unknown[]) => Stage;
    const setup = setupOf(8);
    const plainly = pipeline as unknown as (...given: readonly unknown[]) => unknown;
    for (const [stage, message] of [
      [loose(), /branch has no arms/],
      [loose({ shared: 'last' }), /branch has no arms/],
      [loose(sequence()), /arm 1 has no stages/],
      [loose(3), /stages\[0\]\.arms\[0\]\[0\] must be an object \(was 3\)/],
      [loose(train(1), { shared: 'most' }), /stages\[0\]\.shared\.kind must be average or last or weighted \(was "most"\)/],
      [loose(repeat(2, train(1)), { share: 'last' }), /^stage 1, unknown option "share" of branch; .*; the nearest word is shared$/],
      [loose(grow(stack(2))), /an arm cannot grow/],
    ] as const) {
      assert.match(messageOf(verify(plainly(setup, stage))), message);
    }
  });
});
