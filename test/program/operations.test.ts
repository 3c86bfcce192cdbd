/** Every operation: the shapes that it gives and refuses, its FLOPs against hand counts, and its values against plain formulas. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { flopsByOperation, flopsOf } from '../../src/program/cost.js';
import { type OperationName, operationNames, operationOf } from '../../src/program/operations/index.js';
import type { Shape, TensorType } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { addFlops, equalFlops, noFlops, scaleFlops } from '../../src/program/types/flops.js';
import { assertClose, onReference } from './on-reference.js';
import { allCases, operationCases, programOfCase, typeOfInput, valuesOfInputs } from './operation-cases.js';

const f32 = (...shape: number[]): TensorType => ({ dtype: 'f32', shape });
const i32 = (...shape: number[]): TensorType => ({ dtype: 'i32', shape });

interface Refusal {
  readonly inputs: readonly TensorType[];
  readonly attributes?: object;
  readonly says: RegExp;
}

const one: Refusal[] = [
  { inputs: [], says: /takes one f32 tensor/ },
  { inputs: [i32(2)], says: /takes one f32 tensor/ },
];
const two: Refusal[] = [
  { inputs: [f32(2)], says: /takes two f32 tensors/ },
  { inputs: [f32(2), i32(2)], says: /takes two f32 tensors/ },
  { inputs: [f32(2, 3), f32(2)], says: /\[2,3\] and \[2\] do not broadcast/ },
];
const plainProduct = { transposeA: false, transposeB: false, alpha: 1 };

const refusals: { readonly [Name in OperationName]: readonly [Refusal, ...Refusal[]] | readonly Refusal[] } = {
  constant: [
    { inputs: [], attributes: { value: Number.NaN }, says: /a finite number/ },
    { inputs: [], attributes: { value: Number.NEGATIVE_INFINITY }, says: /a finite number/ },
  ],
  causalMask: [{ inputs: [], attributes: { size: 0 }, says: /a size of at least 1/ }],
  rotaryTable: [
    { inputs: [], attributes: { positions: 0, size: 2, theta: 100 }, says: /at least 1 position/ },
    { inputs: [], attributes: { positions: 2, size: 3, theta: 100 }, says: /an even size/ },
    { inputs: [], attributes: { positions: 2, size: 2, theta: 0 }, says: /a theta above 0/ },
  ],
  add: two,
  sub: two,
  mul: two,
  div: two,
  minimum: two,
  allReduce: [
    { inputs: [], attributes: { ranks: 2 }, says: /takes at least one f32 tensor/ },
    { inputs: [f32(2), i32(2)], attributes: { ranks: 2 }, says: /takes at least one f32 tensor/ },
    { inputs: [f32(2)], attributes: { ranks: 0 }, says: /a number of ranks of at least 1/ },
  ],
  neg: one,
  exp: one,
  log: one,
  sqrt: one,
  erf: one,
  reshape: [{ inputs: [f32(2, 3)], attributes: { shape: [4] }, says: /\[2,3\] has another size than \[4\]/ }],
  barrier: [{ inputs: [], says: /takes one tensor/ }],
  transpose: [
    { inputs: [f32(2, 3)], attributes: { permutation: [0, 0] }, says: /no permutation/ },
    { inputs: [f32(2, 3)], attributes: { permutation: [0] }, says: /no permutation/ },
    { inputs: [f32(2, 3)], attributes: { permutation: [0, 1, 2] }, says: /no permutation/ },
  ],
  broadcast: [
    { inputs: [f32(2, 3)], attributes: { shape: [3] }, says: /does not broadcast to/ },
    { inputs: [f32(2)], attributes: { shape: [2, 3] }, says: /do not broadcast/ },
    { inputs: [f32(2, 3)], attributes: { shape: [2, 1] }, says: /does not broadcast to/ },
  ],
  concat: [
    { inputs: [], attributes: { axis: 0 }, says: /at least one tensor that has axis 0/ },
    { inputs: [f32(2)], attributes: { axis: 1 }, says: /at least one tensor that has axis 1/ },
    { inputs: [f32(2, 3), f32(3, 2)], attributes: { axis: 0 }, says: /differ along axis 0 only/ },
    { inputs: [f32(2, 3), f32(2)], attributes: { axis: 0 }, says: /differ along axis 0 only/ },
    { inputs: [f32(2), i32(2)], attributes: { axis: 0 }, says: /differ along axis 0 only/ },
  ],
  split: [
    { inputs: [], attributes: { axis: 0, sizes: [1] }, says: /one tensor that has axis 0/ },
    { inputs: [f32(2)], attributes: { axis: 1, sizes: [2] }, says: /one tensor that has axis 1/ },
    { inputs: [f32(4)], attributes: { axis: 0, sizes: [1, 2] }, says: /pieces of 1,2 do not make up axis 0/ },
    { inputs: [f32(4)], attributes: { axis: 0, sizes: [4, 0] }, says: /pieces of 4,0 do not make up axis 0/ },
  ],
  sum: [
    ...one.map((refusal) => ({ ...refusal, attributes: { axes: [0] } })),
    { inputs: [f32(2)], attributes: { axes: [1] }, says: /lacks/ },
  ],
  max: [
    ...one.map((refusal) => ({ ...refusal, attributes: { axes: [0] } })),
    { inputs: [f32(2)], attributes: { axes: [-1] }, says: /lacks/ },
  ],
  matmul: [
    { inputs: [f32(2, 3), f32(2, 3)], attributes: plainProduct, says: /\[2,3\] does not multiply \[2,3\]/ },
    { inputs: [f32(2, 3), f32(3, 4)], attributes: { ...plainProduct, transposeA: true }, says: /\[2,3\]ᵀ does not multiply \[3,4\]/ },
    { inputs: [f32(2, 2, 3), f32(4, 3, 2)], attributes: plainProduct, says: /does not multiply/ },
    { inputs: [f32(2, 3), f32(1, 3, 2)], attributes: plainProduct, says: /does not multiply/ },
    { inputs: [f32(3), f32(3)], attributes: plainProduct, says: /does not multiply/ },
    { inputs: [f32(2, 3), i32(3, 2)], attributes: plainProduct, says: /takes two f32 tensors/ },
  ],
  gather: [
    { inputs: [f32(5), i32(2)], says: /takes an f32 table/ },
    { inputs: [f32(5, 3), f32(2)], says: /takes an f32 table/ },
    { inputs: [f32(5, 3), i32(2, 2)], says: /takes an f32 table/ },
  ],
  oneHot: [
    { inputs: [f32(2)], attributes: { depth: 3 }, says: /takes i32 indices/ },
    { inputs: [i32(2, 2)], attributes: { depth: 3 }, says: /takes i32 indices/ },
  ],
  linear: [
    { inputs: [f32(2, 3), f32(3, 4), f32(3)], attributes: { alpha: 1 }, says: /bias \[out\]/ },
    { inputs: [f32(2, 2, 3), f32(3, 4), f32(4)], attributes: { alpha: 1 }, says: /x \[n, in\]/ },
    { inputs: [f32(2, 3), f32(2, 4), f32(4)], attributes: { alpha: 1 }, says: /does not multiply/ },
    { inputs: [f32(2, 3), f32(3, 4), i32(4)], attributes: { alpha: 1 }, says: /bias \[out\]/ },
  ],
  scatterAdd: [
    { inputs: [f32(4, 3), i32(3)], attributes: { rows: 5 }, says: /takes f32 updates/ },
    { inputs: [f32(4), i32(4)], attributes: { rows: 5 }, says: /takes f32 updates/ },
    { inputs: [f32(4, 3), f32(4)], attributes: { rows: 5 }, says: /takes f32 updates/ },
    { inputs: [f32(4, 3), i32(4, 2)], attributes: { rows: 5 }, says: /takes f32 updates/ },
  ],
  sumOfSquares: one,
  softmax: [
    ...one.map((refusal) => ({ ...refusal, attributes: { causal: false } })),
    { inputs: [f32(2, 3)], attributes: { causal: true }, says: /square in its last two axes/ },
    { inputs: [f32(3)], attributes: { causal: true }, says: /square in its last two axes/ },
  ],
  attention: [
    { inputs: [f32(6, 4), f32(6, 4), f32(6, 2)], attributes: { batch: 2, heads: 2, scale: 1 }, says: /of one shape/ },
    { inputs: [f32(6, 4), f32(6), f32(6, 4)], attributes: { batch: 2, heads: 2, scale: 1 }, says: /of one shape/ },
    { inputs: [f32(6, 4), f32(6, 4), i32(6, 4)], attributes: { batch: 2, heads: 2, scale: 1 }, says: /of one shape/ },
    { inputs: [f32(6, 4), f32(6, 4), f32(6, 4)], attributes: { batch: 4, heads: 2, scale: 1 }, says: /4 sequences and 2 heads/ },
    { inputs: [f32(6, 4), f32(6, 4), f32(6, 4)], attributes: { batch: 2, heads: 3, scale: 1 }, says: /2 sequences and 3 heads/ },
    { inputs: [f32(6, 4), f32(6, 4), f32(6, 4), f32(3, 3)], attributes: { batch: 2, heads: 2, scale: 1 }, says: /an f32 mask/ },
  ],
  flashAttention: [
    { inputs: [f32(6, 4), f32(6, 4), f32(6, 2)], attributes: { batch: 2, heads: 2, scale: 1 }, says: /of one shape/ },
    { inputs: [f32(6, 4), f32(6, 4), f32(6, 4)], attributes: { batch: 4, heads: 2, scale: 1 }, says: /4 sequences and 2 heads/ },
  ],
  flashAttentionGradient: [
    {
      inputs: [f32(6, 4), f32(6, 4), f32(6, 2), f32(6, 4), f32(2, 2, 3), f32(6, 4)],
      attributes: { batch: 2, heads: 2, scale: 1 },
      says: /of one shape/,
    },
    {
      inputs: [f32(6, 4), f32(6, 4), f32(6, 4), f32(6, 4), f32(2, 2, 3, 3), f32(6, 4)],
      attributes: { batch: 2, heads: 2, scale: 1 },
      says: /what flashAttention was given and gave/,
    },
    {
      inputs: [f32(6, 4), f32(6, 4), f32(6, 4), f32(6, 4), f32(2, 2, 3), f32(6, 2)],
      attributes: { batch: 2, heads: 2, scale: 1 },
      says: /the cotangent of its output/,
    },
  ],
  normalize: [...one, { inputs: [f32()], says: /takes one f32 tensor/ }],
  rmsNormalize: [...one, { inputs: [f32()], says: /takes one f32 tensor/ }],
  rotary: [
    { inputs: [f32(6, 8), f32(3, 4)], says: /a table \[time, 1 or batch, size of a head\]/ },
    { inputs: [f32(6, 8), i32(3, 1, 4)], says: /takes f32 x/ },
    { inputs: [f32(6, 8), f32(4, 1, 4)], says: /cannot turn \[6,8\] by a table \[4,1,4\]/ },
    { inputs: [f32(6, 8), f32(3, 3, 4)], says: /cannot turn/ },
    { inputs: [f32(6, 9), f32(3, 1, 3)], says: /cannot turn/ },
  ],
  gelu: one,
  geluDerivative: one,
  scaledGelu: one,
  tanhGelu: one,
  tanhGeluDerivative: one,
  silu: one,
  siluDerivative: one,
  scaledGeluDerivative: [
    { inputs: [f32(2)], says: /takes two f32 tensors/ },
    { inputs: [f32(2, 3), f32(3)], says: /takes two f32 tensors of one shape/ },
  ],
  crossEntropy: [
    { inputs: [f32(3, 5), i32(4)], says: /takes logits/ },
    { inputs: [f32(3, 5), f32(3)], says: /takes logits/ },
    { inputs: [f32(3, 5), i32(3, 1)], says: /takes logits/ },
    { inputs: [f32(2, 3, 5), i32(2)], says: /takes logits/ },
  ],
  linearCrossEntropy: [
    { inputs: [f32(3, 2), f32(5, 3), i32(3)], attributes: { rows: 2, gradients: true }, says: /takes hidden states/ },
    { inputs: [f32(3, 2), f32(5, 2), i32(4)], attributes: { rows: 2, gradients: true }, says: /takes hidden states/ },
    { inputs: [f32(3, 2), f32(5, 2), f32(3)], attributes: { rows: 2, gradients: true }, says: /takes hidden states/ },
    { inputs: [f32(3, 2), f32(5, 2), i32(3)], attributes: { rows: 0, gradients: true }, says: /at least one token a chunk/ },
  ],
};

describe('operations', () => {
  it('have a case each', () => {
    assert.deepEqual(
      operationNames.filter((name) => operationCases[name].length === 0 || refusals[name].length === 0),
      [],
    );
  });

  describe('shapes', () => {
    for (const { title, name, inputs, attributes, outputs } of allCases)
      it(`${title}: [${outputs.map((shape) => `[${shape}]`).join(', ')}]`, () => {
        const types = operationOf(name).shape(inputs.map(typeOfInput), attributes);
        if (E.isLeft(types)) assert.fail(types.left);
        assert.deepEqual(
          types.right,
          outputs.map((shape: Shape): TensorType => ({ dtype: 'f32', shape })),
        );
      });

    for (const name of operationNames)
      for (const { inputs, attributes = {}, says } of refusals[name])
        it(`${name} refuses ${inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(', ') || 'that'} ${JSON.stringify(attributes)}`, () => {
          const types = operationOf(name).shape(inputs, attributes);
          assert.ok(E.isLeft(types), 'it was accepted');
          assert.match(types.left, says);
        });
  });

  describe('FLOPs, counted by hand', () => {
    for (const given of allCases)
      it(given.title, () => {
        const program = programOfCase(given);
        assert.deepEqual(flopsOf(program), given.flops);
        assert.deepEqual(flopsByOperation(program), new Map([[given.name, given.flops]]));
      });

    it('are additive: a program of several operations costs their sum, whole and by operation', () => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...allCases), { minLength: 1, maxLength: 8 }), (chosen) => {
          const trace = new Tracer('several');
          const outputs = chosen.flatMap(({ name, attributes, inputs }, index) =>
            // Inputs of their own keep equal operations apart, save those without any, which are written once.
            trace.apply(
              name,
              inputs.map((input, place) => trace.input(`${index}/${place}`, 'batch', typeOfInput(input))),
              attributes as never,
            ),
          );
          const program = trace.finish(outputs.map((tensor, index) => ({ name: `${index}`, tensor })));
          const total = chosen.reduce((sum, { flops }) => addFlops(sum, flops), noFlops);
          assert.deepEqual(flopsOf(program), total);
          assert.deepEqual([...flopsByOperation(program).values()].reduce(addFlops, noFlops), total);
        }),
      );
    });

    it('form a monoid that scales', () => {
      const flops = fc.record({ matmul: fc.nat(), softmax: fc.nat(), elementwise: fc.nat() }, { noNullPrototype: true });
      fc.assert(
        fc.property(flops, flops, flops, fc.nat(1000), (a, b, c, times) => {
          assert.deepEqual(addFlops(addFlops(a, b), c), addFlops(a, addFlops(b, c)));
          assert.deepEqual(addFlops(a, noFlops), a);
          assert.deepEqual(scaleFlops(times, addFlops(a, b)), addFlops(scaleFlops(times, a), scaleFlops(times, b)));
          assert.equal(equalFlops(a, b), a.matmul === b.matmul && a.softmax === b.softmax && a.elementwise === b.elementwise);
        }),
      );
    });
  });

  describe('values in float64: by primitives and decompositions alone, against the plain formula', () => {
    for (const given of allCases)
      it(given.title, async () => {
        const inputs = valuesOfInputs(given);
        const outputs = await (await onReference(programOfCase(given)))(inputs);
        const expected = given.formula(...inputs);
        assert.equal(outputs.length, expected.length);
        expected.forEach((values, index) => {
          // What costs no FLOPs only moves numbers.
          const tolerance = equalFlops(given.flops, noFlops) ? { relative: 0, absolute: 0 } : { relative: 1e-11, absolute: 1e-12 };
          assertClose(outputs[index] as Float64Array, Array.from(values), tolerance, `${given.title}, output ${index}`);
        });
      });
  });
});
