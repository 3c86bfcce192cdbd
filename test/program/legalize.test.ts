/** Legalizing: the same function in fewer operations, at the FLOPs of what is left; and the name of what is not available. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { createReference } from '../../backends/reference/index.js';
import { trainingStep } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import { legalize } from '../../src/program/legalize.js';
import { type OperationName, operationNames, operationOf } from '../../src/program/operations/index.js';
import type { Program } from '../../src/program/program.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { assertClose, onReference } from './on-reference.js';
import { allCases, programOfCase, valuesOfInputs } from './operation-cases.js';

const coarse = operationNames.filter((name) => operationOf(name).decompose !== undefined);
const primitives: ReadonlySet<OperationName> = new Set(operationNames.filter((name) => !coarse.includes(name)));

const legal = (program: Program, supported: ReadonlySet<OperationName>): Program => {
  const result = legalize(program, supported);
  if (E.isLeft(result)) assert.fail(`${result.left.operation} of ${result.left.program}`);
  return result.right;
};
const used = (program: Program): ReadonlySet<OperationName> => new Set(program.nodes.map(({ operation }) => operation));
const caseOf = (name: OperationName) => allCases.find((given) => given.name === name) ?? assert.fail(name);

describe('legalize', () => {
  it('leaves a program alone that is legal', () => {
    const program = trainingStep(tinyModel, { layers: 2, h: 1 }, 2, adamw);
    assert.equal(legal(program, new Set(operationNames)), program);
  });

  it('knows which operations are coarse: the reference does the others itself and none of these', () => {
    assert.deepEqual(new Set(createReference().capabilities.operations), primitives);
  });

  for (const given of allCases.filter(({ name }) => coarse.includes(name)))
    it(`${given.title}: only primitives are left, with the same inputs and outputs`, () => {
      const before = programOfCase(given);
      const after = legal(before, primitives);
      for (const name of used(after)) assert.ok(primitives.has(name), name);
      const signature = ({ name, inputs, outputs, types }: Program) => ({
        name,
        inputs: inputs.map(({ value, ...rest }) => ({ ...rest, type: types[value] })),
        outputs: outputs.map(({ value, ...rest }) => ({ ...rest, type: types[value] })),
      });
      assert.deepEqual(signature(after), signature(before));
    });

  it('counts what is left: products and softmax as before, and a scatter that became a product as a product', () => {
    const flops = (name: OperationName) => flopsOf(legal(programOfCase(caseOf(name)), primitives));
    assert.deepEqual(flops('linear'), { matmul: 48, softmax: 0, elementwise: 8 });
    assert.equal(flops('attention').matmul, 288);
    assert.deepEqual(flops('scatterAdd'), { matmul: 2 * 5 * 3 * 4, softmax: 0, elementwise: 0 });
    assert.deepEqual(flops('sumOfSquares'), { matmul: 0, softmax: 0, elementwise: 12 });
  });

  it('keeps what is supported and expands the rest, for any set of supported operations', async () => {
    const cases = allCases.filter(({ name }) => coarse.includes(name));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...cases), fc.subarray([...coarse]), async (given, kept) => {
        const supported = new Set([...primitives, ...kept]);
        const program = legal(programOfCase(given), supported);
        for (const name of used(program)) assert.ok(supported.has(name), name);
        if (kept.includes(given.name)) assert.ok(used(program).has(given.name));
        const inputs = valuesOfInputs(given);
        const outputs = await (await onReference(program))(inputs);
        given.formula(...inputs).forEach((values, index) => {
          assertClose(outputs[index] as Float64Array, Array.from(values), { relative: 1e-11, absolute: 1e-12 }, given.title);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('names the first operation that is neither supported nor coarse, also one that a decomposition asks for', () => {
    const refused = (name: OperationName, missing: OperationName) =>
      legalize(programOfCase(caseOf(name)), new Set([...primitives].filter((primitive) => primitive !== missing)));
    assert.deepEqual(refused('erf', 'erf'), E.left({ operation: 'erf', program: caseOf('erf').title }));
    assert.deepEqual(refused('gelu', 'erf'), E.left({ operation: 'erf', program: caseOf('gelu').title }));
    assert.deepEqual(refused('attention', 'causalMask'), E.left({ operation: 'causalMask', program: caseOf('attention').title }));
  });
});
