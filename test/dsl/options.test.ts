/**
 * Options in code whose types were stripped: what a stage does not have is refused by name, and nothing throws. Each case is after a
 * training stage, on a level that a restriction opened.
 */
import assert from 'node:assert/strict';
import {
  adamw,
  branch,
  cascade,
  even,
  gpt,
  grow,
  heldOut,
  moments,
  pipeline,
  prolongate,
  repeat,
  restrict,
  sequence,
  stack,
  tokens,
  train,
  training,
  until,
  vCycle,
} from '../../dsl/index.js';
import { stageOptions } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { messageOf, rightOf } from '../schedule/results.js';

type Loose = (...given: readonly unknown[]) => unknown;

const setup = { model: gpt({ layers: 12, heads: 4, width: 32, context: 16 }), data: tokens(65), optimizer: adamw(), batch: 4, seed: 1 };
const loosely = pipeline as unknown as Loose;
const refusal = (...stages: readonly unknown[]): string => messageOf(verify(loosely(setup, ...stages)));

const loose = Object.fromEntries(
  Object.entries({ branch, cascade, grow, moments, prolongate, repeat, restrict, sequence, train, vCycle, ...until }),
) as unknown as Readonly<
  Record<
    | 'branch'
    | 'cascade'
    | 'grow'
    | 'moments'
    | 'prolongate'
    | 'restrict'
    | 'train'
    | 'vCycle'
    | 'plateau'
    | 'loss'
    | 'tokens'
    | 'flops'
    | 'slopeBelow',
    Loose
  >
>;

const written = 'options are written as in restrict(even, h: keep, moments: reset)';
const unknown = (option: string, stage: string, nearest?: string): string =>
  `unknown option "${option}" of ${stage}; ${written}${nearest === undefined ? '' : `; the nearest word is ${nearest}`}`;
const back = (options: unknown): readonly unknown[] => [restrict(even), train(1), loose.prolongate(options)];
const cycle = { levels: 2, operator: even, coarse: 3 };
const plateau = { on: training(5), patience: 3, atMost: 9 };
const notOptions = (stage: keyof typeof stageOptions, was: string): string =>
  `the options of ${stage} must be an object with any of ${stageOptions[stage].join(', ')} (was ${was})`;

const share = 'a number > 0 and <= 1';

const cases: readonly (readonly [what: string, stages: () => readonly unknown[], message: string])[] = [
  ['alpha of prolongate', () => back({ alpha: 0.5 }), `stage 3, ${unknown('alpha', 'prolongate')}`],
  ['a misspelt mix', () => back({ mixx: 0.5 }), `stage 3, ${unknown('mixx', 'prolongate', 'mix')}`],
  ['h of prolongate', () => back({ h: 'keep' }), `stage 3, ${unknown('h', 'prolongate')}`],
  ['a kind among the options', () => back({ kind: 'train' }), `stage 3, ${unknown('kind', 'prolongate')}`],
  ['a number for the options of prolongate', () => back(0.5), `stage 3, ${notOptions('prolongate', '0.5')}`],
  ['null for the options of prolongate', () => back(null), `stage 3, ${notOptions('prolongate', 'null')}`],
  ['null for the options of restrict', () => [loose.restrict(even, null)], `stage 1, ${notOptions('restrict', 'null')}`],
  ['a number for the options of restrict', () => [loose.restrict(even, 2)], `stage 1, ${notOptions('restrict', '2')}`],
  ['another operator among the options', () => [loose.restrict(even, { operator: 3 })], `stage 1, ${unknown('operator', 'restrict')}`],
  ['a misspelt h of grow', () => [loose.grow(stack(2), { hh: 'keep' })], `stage 1, ${unknown('hh', 'grow', 'h')}`],
  ['a text for the options of grow', () => [loose.grow(stack(2), 'keep')], `stage 1, ${notOptions('grow', '"keep"')}`],
  ['null for the options of grow', () => [loose.grow(stack(2), null)], `stage 1, ${notOptions('grow', 'null')}`],
  [
    'tau of grow',
    () => [train(1), loose.grow(stack(2), { tau: true })],
    'stage 2, grow: tau is for restrictions: a growth has no coarse problem to correct; remove it',
  ],
  [
    'tau of a cascade by growth',
    () => [train(1), loose.cascade({ levels: 2, operator: stack(2), coarse: 1, tau: true })],
    'stage 2, tau is for restrictions: a growth has no coarse problem to correct; remove it',
  ],
  ['arms among the options', () => [loose.branch(train(1), { arms: [] })], `stage 1, ${unknown('arms', 'branch')}`],
  [
    'a misspelt stochasticDepth',
    () => [train(1), loose.train(10, { stochasticDept: 0.5 })],
    `stage 2, ${unknown('stochasticDept', 'train', 'stochasticDepth')}`,
  ],
  ['a misspelt only', () => [loose.train(4, { onli: 'new' })], `stage 1, ${unknown('onli', 'train', 'only')}`],
  ['steps among the options', () => [loose.train(4, { steps: 8 })], `stage 1, ${unknown('steps', 'train')}`],
  ['a number for the options of train', () => [loose.train(4, 7)], `stage 1, ${notOptions('train', '7')}`],
  [
    'only of another word',
    () => [repeat(2, loose.train(4, { only: 'newest' }) as ReturnType<typeof train>)],
    'stage 1.1, train: only must be "new" or a list of layers such as [0, [4, 7]] (was "newest")',
  ],
  [
    'only of a number',
    () => [loose.train(4, { only: 3 })],
    'stage 1, train: only must be "new" or a list of layers such as [0, [4, 7]] (was 3)',
  ],
  [
    'a misspelt minDelta',
    () => [loose.train(loose.plateau({ ...plateau, mindelta: 1 }))],
    `stage 1, ${unknown('mindelta', 'until.plateau', 'minDelta')}`,
  ],
  ['a misspelt atMost', () => [loose.train(loose.tokens(99, { atmost: 1 }))], `stage 1, ${unknown('atmost', 'until.tokens', 'atMost')}`],
  [
    'patience of until.loss',
    () => [loose.branch(train(1), loose.train(loose.loss(2, { on: heldOut, atMost: 500, patience: 3 })))],
    `stage 1.2.1, ${unknown('patience', 'until.loss')}`,
  ],
  ['a ratio of until.flops', () => [loose.train(loose.flops(1e9, { atMost: 5, ratio: 1 }))], `stage 1, ${unknown('ratio', 'until.flops')}`],
  ['null for the options of an end', () => [loose.train(loose.slopeBelow(null))], `stage 1, ${notOptions('until.slopeBelow', 'null')}`],
  [
    'posts of vCycle',
    () => [train(1), loose.vCycle({ ...cycle, posts: 10, alpha: 0.5 })],
    `stage 2, ${unknown('posts', 'vCycle', 'post')}`,
  ],
  ['pre of cascade', () => [loose.cascade({ ...cycle, pre: 3 })], `stage 1, ${unknown('pre', 'cascade')}`],
  [
    'an unknown option of a part',
    () => [loose.vCycle({ ...cycle, pre: loose.train(4, { onli: 'new' }) })],
    `stage 1, ${unknown('onli', 'train', 'only')}`,
  ],
  ['a list for the options of vCycle', () => [loose.vCycle([3])], `stage 1, ${notOptions('vCycle', 'a list')}`],
  ['h of a cycle that is null', () => [loose.vCycle({ ...cycle, h: null })], 'stages[0].h must be scale or keep (was null)'],
  [
    'a third direction',
    () => [train(1), loose.moments({ down: 'reset', up: 'carry', sideways: 1 }, restrict(even), prolongate)],
    'stage 2, unknown key "sideways" in moments; remove it',
  ],
  [
    'a direction left out',
    () => [train(1), loose.moments({ down: 'reset' }, restrict(even), prolongate)],
    'stage 2, the key "up" is missing in moments; add it',
  ],
  [
    'one word for both directions of a group',
    () => [loose.moments('reset', restrict(even), prolongate)],
    'stage 1, moments must be an object such as { down: "reset", up: "carry" } (was "reset")',
  ],
  [
    'a direction of a cycle left out',
    () => [loose.vCycle({ ...cycle, moments: { down: 'reset' } })],
    'stage 1, vCycle: the key "up" is missing in moments; add it',
  ],
  [
    'the same of counters',
    () => [loose.vCycle({ ...cycle, counters: { up: 'reset' } })],
    'stage 1, vCycle: the key "down" is missing in counters; add it',
  ],
  ['a mix that is a text', () => back({ mix: '0.5' }), `stage 3, prolongate: mix must be ${share} (was "0.5")`],
  ['a mix that is no number', () => back({ mix: Number.NaN }), `stage 3, prolongate: mix must be ${share} (was NaN)`],
  ['a mix of 2', () => back({ mix: 2 }), `stage 3, prolongate: mix must be ${share} (was 2)`],
  ['a mix of a cycle that is a text', () => [loose.vCycle({ ...cycle, mix: '0.5' })], `stage 1, vCycle: mix must be ${share} (was "0.5")`],
  [
    'a correction that is a text',
    () => back({ correction: '0.5' }),
    'stage 3, prolongate: correction must be total or a number > 0 and <= 1, such as 0.5 (was "0.5")',
  ],
  ['a key of a raw prolongation', () => [restrict(even), { ...prolongate, beta: 3 }], 'unknown key "beta" in stages[1]; remove it'],
  [
    'a raw repeat of nothing',
    () => [{ kind: 'repeat', times: 2, stages: null }],
    'stage 1, repeat: what it holds must be a list of stages (was null)',
  ],
  ['a raw group of nothing', () => [{ kind: 'sequence' }], 'stage 1, sequence: what it holds must be a list of stages (was undefined)'],
  ['a raw branch of nothing', () => [{ kind: 'branch', arms: [[], 3] }], 'stage 1, branch: what it holds must be a list of stages (was 3)'],
];

describe('options without the compiler:', () => {
  for (const [what, stages, message] of cases) it(what, () => assert.equal(refusal(...stages()), message));

  it('what is undefined is left out, as are options that are not given', () => {
    assert.deepEqual(rightOf(verify(loosely(setup, restrict(even), loose.prolongate()))), pipeline(setup, restrict(even), prolongate));
    assert.deepEqual(loose.prolongate({ alpha: undefined, mix: 0.5 }), prolongate({ mix: 0.5 }));
    assert.deepEqual(loose.train(3, { onli: undefined }), train(3));
    assert.deepEqual(loose.vCycle({ ...cycle, posts: undefined, h: undefined }), vCycle({ levels: 2, operator: even, coarse: 3 }));
  });
});
