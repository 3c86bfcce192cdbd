/** Golden files: the whole training step of the smallest models, as text. UPDATE_GOLDEN=1 writes them again. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { kernels } from '../../backends/reference/kernels.js';
import { evaluation } from '../../src/model/level-programs.js';
import { trainingStep } from '../../src/model/training-step.js';
import { legalize } from '../../src/program/legalize.js';
import type { OperationName } from '../../src/program/operations/index.js';
import { printProgram } from '../../src/program/printed-program.js';
import type { Program } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { adamw, sgd, tinyModel } from '../model/tiny.js';

const folder = join(process.cwd(), 'test/golden');
const smallest = { ...tinyModel, layers: 1, width: 4, context: 3, vocabulary: 5 };

const primitive = (program: Program): Program => {
  const legal = legalize(program, new Set(Object.keys(kernels) as OperationName[]));
  if (E.isLeft(legal)) assert.fail(legal.left.operation);
  return legal.right;
};

const programs: Readonly<Record<string, Program>> = {
  'program-step-adamw': trainingStep(smallest, { layers: 1, h: 2 }, 1, adamw),
  'program-step-sgd-no-bias': trainingStep({ ...smallest, bias: false }, { layers: 1, h: 1 }, 2, sgd),
  'program-evaluation-primitives': primitive(evaluation({ ...smallest, bias: false }, { layers: 1, h: 1 }, 1)),
};

describe('printed programs', () => {
  for (const [name, program] of Object.entries(programs))
    it(name, () => {
      const file = join(folder, `${name}.txt`);
      const actual = printProgram(program);
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, actual);
      assert.equal(actual, readFileSync(file, 'utf8'));
    });

  it('number values in order of appearance, and say of attributes what is not usual', () => {
    const trace = new Tracer('small');
    const x = trace.input('x', 'parameter', { dtype: 'f32', shape: [2, 3] });
    trace.exp(x);
    const program = trace.finish([{ name: 'x', role: 'parameter', tensor: trace.matmul(x, x, { transposeB: true, alpha: 0.5 }) }]);
    assert.equal(
      printProgram(program),
      'program small\n  %0: f32[2, 3] = parameter x\n  %1: f32[2, 2] = matmul(%0, %0) {transposeB, alpha 0.5}\n  return parameter x = %1\n',
    );
  });
});
