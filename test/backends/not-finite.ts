/**
 * NaN and infinity in every place where a training step can make them: put into an operation's input, or into a parameter, or made by weights that
 * are too large. What a backend must do with them: no operation gives numbers alone where the reference does not, but for those that the backend
 * owns up to (`Capabilities.hides`); no step and no evaluation is taken for a good one. Not a test itself.
 */
import assert from 'node:assert/strict';
import type { Backend } from '../../src/backend.js';
import { evaluation } from '../../src/model/level-programs.js';
import { trainingStep } from '../../src/model/training-step.js';
import type { OperationName } from '../../src/program/operations/index.js';
import type { Program } from '../../src/program/program.js';
import { randomState } from '../model/random-state.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { onReference } from '../program/on-reference.js';
import { allCases, programOfCase, valuesOfInputs } from '../program/operation-cases.js';

type Values = readonly ArrayLike<number>[];

/** Runs a program of the backend under test once. */
export type Run = (program: Program, inputs: Values) => Promise<Values>;

const POISONS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Elements of one input that are poisoned in turn, and inputs of one operation: a handful say it all. */
const MOST = 3;

const with1 = (inputs: Values, input: number, element: number, poison: number): Values =>
  inputs.map((values, index) => {
    const copy = Float64Array.from(values);
    if (index === input) copy[element] = poison;
    return copy;
  });

const allFinite = (all: Values): boolean => all.every((values) => Array.from(values).every(Number.isFinite));

/** Operations of which some output is finite as a whole where the reference's is not. */
export const hiddenBy = async (run: Run): Promise<ReadonlySet<OperationName>> => {
  const hidden = new Set<OperationName>();
  for (const given of allCases) {
    const program = programOfCase(given);
    const reference = await onReference(program);
    const inputs = valuesOfInputs(given);
    for (const [input, values] of inputs.entries()) {
      if (input >= MOST || program.types[program.inputs[input]?.value ?? -1]?.dtype !== 'f32') continue;
      for (const poison of POISONS)
        for (let element = 0; element < Math.min(MOST, values.length); element++) {
          const poisoned = with1(inputs, input, element, poison);
          if (!allFinite(await reference(poisoned)) && allFinite(await run(program, poisoned))) hidden.add(given.name);
        }
    }
  }
  return hidden;
};

/** What a run looks at. */
const looksGood = (program: Program, outputs: Values): boolean =>
  program.outputs.every(({ role }, index) => (role !== 'loss' && role !== 'gradientNorm') || Number.isFinite(outputs[index]?.[0]));

const level = { layers: 2, h: 2 };
const step = trainingStep(tinyModel, level, 2, adamw);
const evaluated = evaluation(tinyModel, level, 2);

/** The parameters of a program whose names end so, multiplied. */
const scaled = (program: Program, inputs: Values, endings: readonly string[], factor: number): Values =>
  inputs.map((values, index) => {
    const { name = '', role } = program.inputs[index] ?? {};
    return role === 'parameter' && endings.some((ending) => name.endsWith(ending))
      ? Float64Array.from(values, (value) => value * factor)
      : values;
  });

/** Parameters that together make an infinity, or a difference of two: in scores, in logits, in a norm's variance, in a product, everywhere. */
const OVERFLOWS: Readonly<Record<string, readonly string[]>> = {
  'attention scores': ['query.weight', 'key.weight', 'query.bias', 'key.bias'],
  'the embedding and the logits': ['token.weight'],
  'a norm’s variance': ['position.weight'],
  'a residual branch': ['value.weight', 'output.weight'],
  'the MLP': ['expand.weight', 'contract.weight'],
  everything: [''],
};

/** Steps and evaluations that went through though they must not; and the number of all that were asked. */
export const takenForGood = async (
  run: Run,
  { capabilities: { precision } }: Backend,
): Promise<{ readonly asked: number; readonly good: readonly string[] }> => {
  const good: string[] = [];
  let asked = 0;
  // Squares of it are beyond what the precision holds.
  const factor = precision === 'f64' ? 1e160 : 1e20;
  for (const [program, poison] of [
    [step, Number.NaN],
    [evaluated, Number.POSITIVE_INFINITY],
  ] as const) {
    const { inputs } = randomState(program, tinyModel.vocabulary, 7);
    assert.ok(looksGood(program, await run(program, inputs)), 'without any of it the step is a good one');
    const ask = async (what: string, given: Values): Promise<void> => {
      asked += 1;
      if (looksGood(program, await run(program, given))) good.push(`${program.name} with ${what}`);
    };
    // One layer is like the other.
    for (const [index, { name, role }] of program.inputs.entries())
      if (role === 'parameter' && !name.startsWith('layers.0.')) await ask(`${poison} in ${name}`, with1(inputs, index, 0, poison));
    for (const [what, endings] of Object.entries(OVERFLOWS)) await ask(`an overflow in ${what}`, scaled(program, inputs, endings, factor));
  }
  return { asked, good };
};

/** Hidden operations in what a step or an evaluation becomes on a backend: the clip's choice alone, which scales a gradient whose norm is looked at. */
export const hiddenInSteps = (hides: ReadonlySet<OperationName>, legal: (program: Program) => Program): readonly OperationName[] => [
  ...new Set(
    [step, evaluated].flatMap((program) =>
      legal(program).nodes.flatMap(({ operation }) => (hides.has(operation) && operation !== 'minimum' ? [operation] : [])),
    ),
  ),
];
