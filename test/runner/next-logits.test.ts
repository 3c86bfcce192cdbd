/**
 * The logits of a growing text, against the equations on paper: whatever the model, its step size and its level, in whichever pieces the text came, in the
 * context and beyond it.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createReference } from '../../backends/reference/index.js';
import { cachedLogits } from '../../src/model/cached-logits.js';
import type { SizedModel } from '../../src/model/family.js';
import { logitsProgram } from '../../src/model/level-programs.js';
import { levelParameters } from '../../src/model/parameters.js';
import { flopsOf } from '../../src/program/cost.js';
import { NextLogits } from '../../src/runner/next-logits.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { randomParameters } from '../huggingface/random-model.js';
import { residualMlpLike, withResidualMlps } from '../model/residual-mlp.js';
import { tinyModel } from '../model/tiny.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { right } from './harness.js';

const VOCABULARY = 11;

interface Case {
  readonly model: SizedModel & { readonly kind: 'gpt' };
  readonly h: number;
  readonly text: readonly number[];
  /** Tokens that come at once, the prompt first. */
  readonly pieces: readonly number[];
  /** What the text was expected to have. */
  readonly most: number;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    layers: fc.integer({ min: 0, max: 3 }),
    heads: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 1, max: 3 }),
    context: fc.integer({ min: 1, max: 6 }),
    bias: fc.boolean(),
    tanh: fc.boolean(),
    h: fc.constantFrom(0.5, 1, 2, 3),
    text: fc.array(fc.nat(VOCABULARY - 1), { minLength: 1, maxLength: 9 }),
    cuts: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 9 }),
    more: fc.integer({ min: -2, max: 4 }),
  })
  .map(({ layers, heads, size, context, bias, tanh, h, text, cuts, more }) => {
    const pieces: number[] = [];
    for (let left = text.length; left > 0; left -= pieces.at(-1) ?? left) pieces.push(Math.min(left, cuts[pieces.length] ?? 1));
    const gelu = tanh ? { gelu: 'tanh' as const } : {};
    const model = { kind: 'gpt', layers, heads, width: heads * size, context, bias, vocabulary: VOCABULARY, ...gelu } as const;
    return { model, h, text, pieces, most: text.length + more };
  });

describe('the logits of what follows a text', () => {
  it('are those of the window before it, as the equations say, in float64', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ model, h, text, pieces, most }) => {
        const backend = createReference();
        const parameters = randomParameters(model, VOCABULARY, 1);
        const following = new NextLogits(backend, { model, h, parameters }, most);
        let length = 0;
        for (const piece of pieces) {
          length += piece;
          const before = text.slice(0, length);
          const expected = plainLogits(parameters, model, h, before.slice(-model.context)).at(-1) ?? [];
          assertClose(right(await following.after(before)), expected, { relative: 1e-10, absolute: 1e-10 }, `after ${before}`);
        }
        following.close();
        assert.equal(backend.memory().held, 0);
      }),
      { numRuns: 60 },
    );
  });

  it('cost the products of the new tokens, and attention to all places', () => {
    const [layers, places] = [2, 5];
    const { width, vocabulary } = tinyModel;
    const flops = (tokens: number): number => flopsOf(cachedLogits(tinyModel, { layers, h: 2 }, { tokens, places })).matmul;
    const byHand = (tokens: number): number =>
      2 * tokens * layers * 12 * width ** 2 + 2 * layers * 2 * tokens * places * width + 2 * width * vocabulary;
    for (const tokens of [1, 3]) assert.equal(flops(tokens), byHand(tokens));
  });

  it('need as many places as the context has at most', () => {
    const { context } = tinyModel;
    assert.throws(() => cachedLogits(tinyModel, { layers: 1, h: 1 }, { tokens: 1, places: context + 1 }), /has no 7 places$/);
  });
});

describe('a family without attention', () => {
  withResidualMlps();

  it('has no cache, and the same logits', async () => {
    const model = { ...residualMlpLike({ layers: 2, heads: 1, width: 4, context: 3 }), vocabulary: VOCABULARY };
    const level = { layers: 2, h: 0.5 };
    const parameters = new Map(
      levelParameters(model, level).map(({ fullName, spec: { shape } }, index) => {
        const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => Math.sin(1 + at + 7 * index));
        return [fullName, { shape, data }] as const;
      }),
    );
    assert.ok(cachedLogits(model, level, { tokens: 1, places: 3 }).inputs.every(({ role }) => role !== 'cache'));
    const program = logitsProgram(model, level, 1, { rewrites: new Set() });
    const text = [3, 1, 4];
    const [whole = []] = await (await onReference(program))(program.inputs.map(({ name }) => parameters.get(name)?.data ?? text));
    const following = new NextLogits(createReference(), { model, h: 0.5, parameters }, 3);
    for (const length of [1, 2, 3]) {
      const expected = Array.from(whole).slice((length - 1) * VOCABULARY, length * VOCABULARY);
      assertClose(right(await following.after(text.slice(0, length))), expected, { relative: 1e-12, absolute: 0 }, `after ${length}`);
    }
    following.close();
  });
});
