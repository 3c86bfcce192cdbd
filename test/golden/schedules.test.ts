/** Golden files: the canonical JSON, text and walk of typical pipelines. UPDATE_GOLDEN=1 writes them again. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adamw, average, branch, constant, evaluate, even, every, gpt, grow, heldOut, last, matrix, nesterov, odd, pipeline, prolongate, repeat, replicas, restrict, sequence, sgd, text, tokens, train, training, until, vCycle, weighted, wsd } from '../../dsl/index.js';
import { canonicalJson, scheduleHash } from '../../src/schedule/json/canonical.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { rightOf } from '../schedule/results.js';

const folder = join(process.cwd(), 'test/golden/schedules');
const model = gpt({ layers: 12, heads: 8, width: 256, context: 256 });
const setup = { model, data: text('corpus.txt'), optimizer: adamw(), batch: 16, seed: 1 };

const schedules: Readonly<Record<string, Schedule>> = {
  'fine-only': pipeline(setup, train(2000)),
  'two-grid': pipeline(setup, restrict(even), train(4000), prolongate, train(800)),
  'even-odd': pipeline(
    { ...setup, optimizer: sgd({ learningRate: constant(0.5, { clock: 'stage' }) }), evaluation: { every: 0, batches: 4 } },
    repeat(8, restrict(even), train(110), prolongate, restrict(odd, { h: 'keep' }), train(110), prolongate({ moments: 'reset' })),
    train(240),
  ),
  'v-cycle': pipeline(
    { ...setup, data: tokens(65), model: gpt({ layers: 12, heads: 4, width: 64, context: 32, bias: false, vocabulary: 65 }), optimizer: adamw({ learningRate: wsd(1e-3) }) },
    'train(a) >> restrict(even) >> train(a) >> restrict(every(3, 1), moments: reset) >> train(b) >> prolongate >> train(a) >> prolongate >> train(a)',
    { a: 100, b: 400 },
  ),
  'corrected-averages': pipeline(
    setup,
    vCycle({ levels: 2, operator: average(2), pre: 30, coarse: 150, post: 20, correction: 0.5, moments: 'reset' }),
    train(100),
  ),
  'mixed-averages': pipeline(
    setup,
    vCycle({ levels: 3, operator: average(2), pre: 30, coarse: 150, post: 20, mix: 0.5, moments: 'reset' }),
    train(100),
  ),
  'w-cycle': pipeline(setup, 'wCycle(levels: 3, operator: even, pre: 10, coarse: 80, post: 20, interpolation: linear, moments: rescale)'),
  growth: pipeline(
    { ...setup, model: gpt({ layers: 3, heads: 8, width: 256, context: 256 }) },
    'train(100) >> grow(stack(2)) >> train(100) >> grow(interleave(2), h: scale, moments: rescale) >> train(n) >> grow(zero(2)) >> train(n)',
    { n: 50 },
  ),
  'growth-by-blocks': pipeline(
    { ...setup, model: gpt({ layers: 0, heads: 8, width: 256, context: 256 }) },
    'train(100) >> grow(fresh(6)) >> train(n) >> grow(middle(2), h: scale) >> train(n) >> grow(last(4), moments: reset) >> grow(identity(3)) >> train(n)',
    { n: 50 },
  ),
  'growth-of-the-width': pipeline(
    { ...setup, model: gpt({ layers: 3, heads: 4, width: 128, context: 256 }) },
    'train(n) >> grow(width(2), moments: zero-new) >> train(n) >> grow(width(2, pairing: halves), way: zero) >> restrict(width(4)) >> train(n) >> prolongate',
    { n: 50 },
  ),
  matrices: pipeline(
    { ...setup, model: gpt({ layers: 3, heads: 8, width: 256, context: 256 }) },
    restrict(matrix([[0.5, 0.5, 0], [0, 0, 1]], [[1, 0], [1, 0], [0, 1]])),
    train(100),
    prolongate({ correction: 1 }),
    train(10),
  ),
  branches: pipeline(
    setup,
    branch(sequence(restrict(even), train(100), prolongate), sequence(restrict(odd), train(100), prolongate)),
    branch(train(10), sequence(restrict(average(2)), train(20), prolongate({ correction: 0.5 })), { shared: weighted(0.25, 0.75) }),
    train(5),
  ),
  replicas: pipeline(
    setup,
    train(100),
    replicas(4, { every: 50, outer: nesterov(0.7, 0.5) }, train(100)),
    replicas(2, { every: 10, rounds: 3, outer: 'average' }, restrict(even), train(10), prolongate),
  ),
  'deciding-ends': pipeline(
    { ...setup, optimizer: adamw({ learningRate: wsd(1e-3, { rewarm: 50 }) }) },
    restrict(even),
    train(until.plateau({ on: training(50), patience: 20, minDelta: 0.01, atMost: 4000 })),
    prolongate,
    train(until.slopeBelow({ on: training(50), ratio: 0.5, atMost: 800 }), { stochasticDepth: 0.8 }),
    train(until.loss(1.5, { on: heldOut, atMost: 300 })),
    grow(last(4)),
    train(until.tokens(1e6, { atMost: 400 }), { only: 'new' }),
    train(100, { only: [0, [12, 15]], sharedLayers: 'train' }),
    train(until.flops(1e15, { atMost: 4000 })),
  ),
  evaluations: pipeline(setup, evaluate, restrict(even), repeat(2, train(100), evaluate()), prolongate, evaluate),
  'named-injection': pipeline(setup, restrict(every(4, 3)), train(10), prolongate),
};

const rendered = (schedule: Schedule): string =>
  [
    print(schedule.stages),
    scheduleHash(schedule),
    ...walk(schedule).map(({ index, op, level, layers, h, firstStep }) => [index, op, `level ${level}`, `${layers} layers`, `h ${h}`, `after ${firstStep}`].join(' | ')),
    canonicalJson(schedule),
    '',
  ].join('\n');

describe('golden schedules', () => {
  for (const [name, schedule] of Object.entries(schedules)) {
    it(name, () => {
      const file = join(folder, `${name}.txt`);
      const actual = rendered(rightOf(verify(schedule)));
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, actual);
      assert.equal(actual, readFileSync(file, 'utf8'));
    });
  }
});
