/**
 * Builders in a file that nothing type-checks: whatever one does not take: an argument too many, something in place of its options or an
 * option that it does not have, is refused by name. Laws over every builder that the package exports; values that a schedule can hold are
 * refused by the verifier (`test/schedule/verify.test.ts`).
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as dsl from '../../dsl/index.js';
import { isOptions } from '../../src/options.js';
import { stageOptions } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { messageOf, rightOf } from '../schedule/results.js';

type Loose = (...given: readonly unknown[]) => unknown;

const { adamw, even, gpt, heldOut, prolongate, restrict, stack, tokens, train, training, until } = dsl;

const setup = { model: gpt({ layers: 12, heads: 4, width: 32, context: 16 }), data: tokens(65), optimizer: adamw(), batch: 4, seed: 1 };
const loosely = dsl.pipeline as unknown as Loose;

interface Case {
  /** Arguments that it takes, options last. */
  readonly args: readonly unknown[];
  /** A pipeline that what it builds belongs into. */
  readonly within: (built: unknown) => unknown;
  readonly options?: readonly string[];
  /** Options that are objects of options, each of which has a default. */
  readonly objects?: readonly string[];
  /** Options that take any word. */
  readonly named?: readonly string[];
}

const stages = (of: (built: unknown) => readonly unknown[]) => (built: unknown) => loosely(setup, ...of(built));
const inSetup = (key: string) => (built: unknown) => loosely({ ...setup, [key]: built }, train(1));
const asRate = (built: unknown) => loosely({ ...setup, optimizer: adamw({ learningRate: built as never }) }, train(1));
const asOperator = stages((built) => [restrict(built as typeof even), train(1), prolongate]);
const asGrowth = stages((built) => [train(1), dsl.grow(built as ReturnType<typeof stack>), train(1)]);
const asLength = stages((built) => [train(1), dsl.repeat(2, train(built as number))]);
const alone = stages((built) => [dsl.sequence(train(400)), built as never]);

const clock = ['warmup', 'clock', 'rewarm'];
const common = ['learningRate', 'clip', 'weightDecay'];
const policies = { moments: 'carry', counters: 'carry' } as const;
const back = { correction: 0.5, interpolation: 'own', lineSearch: 2 } as const;
const cycle = { args: [{ levels: 2, operator: even, coarse: 3, post: 1, h: 'keep', ...policies, ...back }], within: alone } as const;
const grid = [[0.5, 0.5]];

/** Every builder that takes this many arguments and no more. */
const cases: Readonly<Record<string, Case>> = {
  gpt: {
    args: [{ layers: 4, heads: 2, width: 8, context: 4 }],
    within: inSetup('model'),
    options: ['layers', 'heads', 'width', 'context', 'bias', 'gelu', 'parametrisation', 'baseLayers', 'baseWidth', 'vocabulary'],
  },
  llama: {
    args: [{ layers: 4, heads: 2, width: 8, context: 4 }],
    within: inSetup('model'),
    options: [
      'layers',
      'heads',
      'keyValueHeads',
      'width',
      'hidden',
      'context',
      'theta',
      'epsilon',
      'tied',
      'queryKeyNorm',
      'parametrisation',
      'baseLayers',
      'baseWidth',
      'vocabulary',
    ],
  },
  text: {
    args: ['corpus.txt', {}],
    within: inSetup('data'),
    options: ['heldOut', 'tokenizer', 'field', 'documents'],
    named: ['tokenizer', 'field'],
  },
  tokens: { args: [65], within: inSetup('data') },
  checkpoint: { args: ['runs/first'], within: inSetup('initial') },
  constant: { args: [0.1, {}], within: asRate, options: clock },
  cosine: { args: [0.1, {}], within: asRate, options: ['floor', ...clock] },
  wsd: { args: [0.1, {}], within: asRate, options: ['floor', 'decay', ...clock] },
  adamw: { args: [{}], within: inSetup('optimizer'), options: [...common, 'beta1', 'beta2', 'epsilon'] },
  muon: {
    args: [{}],
    within: inSetup('optimizer'),
    options: [...common, 'momentum', 'nesterov', 'coefficients', 'iterations', 'epsilon', 'shapeFactor', 'rest'],
    objects: ['rest'],
  },
  sgd: { args: [{}], within: inSetup('optimizer'), options: [...common, 'momentum'] },
  every: { args: [2, 0], within: asOperator },
  average: {
    args: [2, {}],
    options: stageOptions.average,
    within: stages((built) => [
      dsl.branch(dsl.sequence(restrict(dsl.compose(built as typeof even, dsl.width(2))), prolongate), { shared: 'last' }),
    ]),
  },
  width: { args: [2, {}], within: asOperator, options: stageOptions.width },
  matrix: {
    args: [grid, [[1], [1]]],
    within: (built) =>
      loosely({ ...setup, model: gpt({ layers: 2, heads: 1, width: 2, context: 2 }) }, restrict(built as never), prolongate),
  },
  stack: { args: [2], within: asGrowth },
  interleave: { args: [2], within: asGrowth },
  zero: { args: [2], within: asGrowth },
  middle: { args: [2], within: asGrowth },
  central: { args: [2], within: asGrowth },
  last: { args: [2], within: asGrowth },
  fresh: { args: [2], within: asGrowth },
  identity: { args: [2], within: asGrowth },
  loop: { args: [2], within: asGrowth },
  train: {
    args: [
      5,
      {
        only: [0, [1, 2]],
        sharedLayers: 'train',
        stochasticDepth: 0.5,
        accumulate: 2,
        batch: 4,
        context: 1,
        learningRate: 0.01,
        data: tokens(65),
      },
    ],
    within: alone,
    options: stageOptions.train,
  },
  evaluate: { args: [], within: alone },
  nesterov: {
    args: [0.7, 0.9],
    within: stages((built) => [dsl.replicas(2, { every: 2, outer: built as ReturnType<typeof dsl.nesterov> }, train(4))]),
  },
  restrict: {
    args: [even, { h: 'keep', ...policies, tau: true }],
    within: stages((built) => [built as never, prolongate]),
    options: stageOptions.restrict,
  },
  prolongate: {
    args: [{ ...policies, ...back }],
    within: stages((built) => [restrict(even), built as never]),
    options: stageOptions.prolongate,
  },
  grow: { args: [stack(2), { h: 'keep', ...policies, fit: 2 }], within: alone, options: stageOptions.grow },
  training: { args: [5], within: (built) => asLength(until.loss(2, { on: built as typeof heldOut, atMost: 300 })) },
  'until.plateau': {
    args: [{ on: heldOut, patience: 1, atMost: 600 }],
    within: stages((built) => [dsl.vCycle({ levels: 2, operator: even, coarse: built as number })]),
    options: stageOptions['until.plateau'],
  },
  'until.loss': { args: [2, { on: heldOut, atMost: 300 }], within: asLength, options: stageOptions['until.loss'] },
  'until.tokens': { args: [640, { atMost: 300 }], within: asLength, options: stageOptions['until.tokens'] },
  'until.flops': { args: [1e9, { atMost: 300 }], within: asLength, options: stageOptions['until.flops'] },
  'until.slopeBelow': {
    args: [{ on: training(5), atMost: 300 }],
    within: stages((built) => [train(300), restrict(even), train(built as number), prolongate]),
    options: stageOptions['until.slopeBelow'],
  },
  vCycle: { ...cycle, options: stageOptions.vCycle },
  wCycle: { ...cycle, options: stageOptions.wCycle },
  fCycle: { ...cycle, options: stageOptions.fCycle },
  nested: { ...cycle, options: stageOptions.nested },
  cascade: { ...cycle, options: stageOptions.cascade },
};

/** Those that take any number of arguments. */
const variadic = ['branch', 'compose', 'moments', 'pipeline', 'repeat', 'replicas', 'sequence', 'weighted'];

const exported: Readonly<Record<string, unknown>> = {
  ...dsl,
  ...Object.fromEntries(Object.entries(until).map(([name, end]) => [`until.${name}`, end])),
};

const isFunction = (value: unknown): value is Loose => typeof value === 'function';

const builders = new Map(Object.entries(exported).flatMap(([name, value]) => (isFunction(value) ? [[name, value]] : [])));

const builder = (name: string): Loose => builders.get(name) ?? assert.fail(name);

class Settings {
  beta1 = 0.5;
}

const notOptions = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, () => ({}), new Map([['beta1', 0.5]]), new Date(0), new Settings(), Symbol('options'), 1n),
  fc.double(),
  fc.string(),
  fc.array(fc.integer()),
);

/** Whatever a mistake may put in an argument's place. */
const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  notOptions,
  fc.constantFrom<unknown>(prolongate, even, stack(2), train(2), { kind: 'sequence' }, { kind: 'invalid' }, { kind: 'until', end: null }),
);

/** The beginning of the arguments, and the options that are put in the last place. */
const withOptions = ({ args }: Case, options: unknown): readonly unknown[] => [...args.slice(0, -1), options];

describe('of what a builder is given in plain JavaScript nothing is dropped:', () => {
  it('every builder is asked', () => {
    assert.deepEqual([...builders.keys()].sort(), [...Object.keys(cases), ...variadic].sort());
  });

  for (const [name, each] of Object.entries(cases)) {
    const { args, within, options, named = [] } = each;
    const build = builder(name);

    it(`${name}: what it takes is accepted, also with undefined behind it`, () => {
      rightOf(verify(within(build(...args))));
      rightOf(verify(within(build(...args, undefined))));
    });

    it(`${name}: an argument too many is refused`, () => {
      const surplus = fc.anything().filter((value) => value !== undefined);
      fc.assert(
        fc.property(fc.array(fc.constant(undefined), { maxLength: 2 }), surplus, (before, value) => {
          const message = messageOf(verify(within(build(...args, ...before, value))));
          const was = args.length + before.length + 1;
          const most = `at most ${args.length} ${args.length === 1 ? 'argument' : 'arguments'}`;
          const sentence =
            args.length === 0
              ? `${name} takes no arguments (was given ${was}); remove ${was === 1 ? 'it' : 'them'}`
              : `${name} takes ${most} (was given ${was}); remove the others`;
          assert.ok(message.endsWith(sentence), message);
        }),
        { numRuns: 20 },
      );
    });

    if (options === undefined) continue;

    it(`${name}: what is no object of options is refused`, () => {
      fc.assert(
        fc.property(notOptions, (value) => {
          const message = messageOf(verify(within(build(...withOptions(each, value)))));
          assert.ok(message.includes(`the options of ${name} must be an object with any of ${options.join(', ')} (was `), message);
        }),
        { numRuns: 30 },
      );
    });

    it(`${name}: no value of an option stands for its default`, () => {
      const taken = options.flatMap((option) =>
        [null, Number.NaN, '', '3', 'nonsense', {}, [], -1, () => 1, Symbol('x')].flatMap((value) => {
          if (each.objects?.includes(option) && isOptions(value)) return [];
          // Any word may be the name of a file.
          if (named.includes(option) && typeof value === 'string' && value !== '') return [];
          const given = { ...(args.at(-1) as object), [option]: value };
          const verified = verify(within(build(...withOptions(each, given))));
          return verified._tag === 'Left' ? [] : [`${option}: ${String(value)}`];
        }),
      );
      assert.deepEqual(taken, []);
    });

    it(`${name}: an option that it does not have is refused, the nearest one offered`, () => {
      const known = fc.constantFrom(...options);
      fc.assert(
        fc.property(
          known,
          fc.string({ minLength: 1, maxLength: 40 }).filter((word) => !options.includes(word) && !['tau', '__proto__'].includes(word)),
          fc.boolean(),
          (option, word, misspelt) => {
            const unknown = misspelt ? `${option}x` : word;
            const given = { ...(args.at(-1) as object), [unknown]: 3 };
            const message = messageOf(verify(within(build(...withOptions(each, given)))));
            assert.ok(message.includes(`unknown option "${unknown}" of ${name}`), message);
            if (misspelt) assert.ok(message.endsWith(`the nearest word is ${option}`), message);
          },
        ),
        { numRuns: 30 },
      );
    });
  }

  it('whatever any of them is given, none throws, and nor does the verifier', () => {
    const names = [...builders.keys()];
    const called = fc.tuple(fc.constantFrom(...names), fc.array(anything, { maxLength: 3 }), fc.constantFrom(...Object.values(cases)));
    fc.assert(
      fc.property(called, ([name, args, { within }]) => {
        const built = builder(name)(...args);
        for (const placed of [within(built), alone(built), cases[name]?.within(built)]) verify(placed);
      }),
      { numRuns: 1000, examples: [[['cosine', [1n], cases.adamw ?? assert.fail()]]] },
    );
  });

  const refusal = (...given: readonly unknown[]): string => messageOf(verify(loosely(...given)));
  const branch = dsl.branch as unknown as Loose;

  it('branch: options come last and once', () => {
    const sentence = (arm: number) =>
      `stage 1, branch: arm ${arm} must be a stage; options come last and once, as in branch(a, b, { shared: 'last' })`;
    const last = { shared: 'last' };
    assert.equal(refusal(setup, branch(last, train(1), train(2))), sentence(1));
    assert.equal(refusal(setup, branch(train(1), last, train(2), last)), sentence(2));
    assert.equal(refusal(setup, branch(train(1), [train(2)], train(3))), sentence(2));
    assert.equal(
      refusal(setup, branch(train(1), [train(2)])),
      'stage 1, the options of branch must be an object with any of shared (was a list)',
    );
    for (const arm of [null, 5, 'train(1)'])
      assert.match(refusal(setup, branch(train(1), arm)), /^stages\[0\]\.arms\[1\]\[0\] must be an object/);
  });

  it('the setup, its evaluation and what it says about spikes are objects or refused', () => {
    const object = 'setup must be an object such as { model, data, optimizer, batch: 12, seed: 1 }';
    fc.assert(
      fc.property(notOptions, (value) => {
        assert.ok(refusal(value, train(1)).startsWith(`${object} (was `));
        assert.ok(
          refusal({ ...setup, evaluation: value }, train(1)).startsWith(
            'setup.evaluation must be an object such as { every: 250, batches: 20 } (was ',
          ),
        );
        assert.ok(
          refusal({ ...setup, onSpike: value }, train(1)).startsWith(
            'setup.onSpike must be an object such as { factor: 6, window: 128, back: 100 } (was ',
          ),
        );
      }),
    );
    assert.equal(refusal(), `${object} (was undefined)`);
    assert.equal(
      refusal({ ...setup, evaluation: 50 }, train(1)),
      'setup.evaluation must be an object such as { every: 250, batches: 20 } (was 50)',
    );
    assert.equal(refusal({ ...setup, evaluation: { evry: 5 } }, train(1)), 'unknown key "evry" in setup.evaluation (nearest: "every")');
    assert.equal(refusal({ ...setup, evaluation: { every: null } }, train(1)), 'setup.evaluation.every must be an integer >= 0 (was null)');
    assert.equal(refusal({ ...setup, evaluatoin: { every: 5 } }, train(1)), 'unknown key "evaluatoin" in setup (nearest: "evaluation")');
    assert.equal(refusal({ ...setup, onSpike: { facotr: 5 } }, train(1)), 'unknown key "facotr" in setup.onSpike (nearest: "factor")');
    assert.equal(refusal({ ...setup, onSpike: { window: 1 } }, train(1)), 'setup.onSpike.window must be an integer >= 2 (was 1)');
    assert.deepEqual(loosely({ ...setup, onSpike: undefined }, train(1)), dsl.pipeline(setup, train(1)));
    assert.deepEqual(
      loosely({ ...setup, onSpike: {} }, train(1)),
      dsl.pipeline({ ...setup, onSpike: { factor: 6, window: 128, back: 100 } }, train(1)),
    );
    assert.deepEqual(loosely({ ...setup, evaluation: undefined }, train(1)), dsl.pipeline(setup, train(1)));
  });

  it('after a text only numbers of names follow, and each is a number', () => {
    const after = (was: string) =>
      `after a text only the numbers of its names may follow, as in { n: 400 } (was ${was}); write the whole pipeline as one text, or as stages`;
    for (const [value, was] of [
      [null, 'null'],
      [true, 'true'],
      [5, '5'],
      [[400], 'a list'],
      [new Map([['n', 4]]), 'an instance of Map'],
    ])
      assert.equal(refusal(setup, 'train(3)', value), after(String(was)));
    assert.equal(refusal(setup, 'train(n)', { n: '400' }), 'n: steps must be a number (was "400")');
    assert.equal(refusal(setup, 'train(n)', { n: null }), 'n: steps must be a number (was null)');
    rightOf(verify(loosely(setup, 'train(3)', undefined)));
  });

  it('a builder that was not called is no stage', () => {
    for (const stage of [train, dsl.repeat, gpt])
      assert.equal(refusal(setup, train(1), stage), 'stages[1] must be an object (was a function)');
  });

  it('a sentence in a schedule that somebody put together is reported, too', () => {
    const whole = dsl.pipeline(setup, train(1));
    const wrong = (dsl.adamw as unknown as Loose)(5e-2);
    assert.equal(
      messageOf(verify({ ...whole, setup: { ...setup, optimizer: wrong } })),
      'the options of adamw must be an object with any of learningRate, clip, weightDecay, beta1, beta2, epsilon (was 0.05)',
    );
    assert.equal(
      messageOf(verify({ ...whole, stages: [train(1), { ...restrict(even), operator: (dsl.every as unknown as Loose)(2, 0, 1) }] })),
      'stage 2, every takes at most 2 arguments (was given 3); remove the others',
    );
  });
});
