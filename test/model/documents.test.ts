/** Documents that are kept separate: a sequence that holds several computes what each computes alone. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { evaluation, objective } from '../../src/model/level-programs.js';
import { gradientProgram, trainingStep } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import { legalize } from '../../src/program/legalize.js';
import { operationNames } from '../../src/program/operations/index.js';
import type { Program } from '../../src/program/program.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { randomState } from './random-state.js';
import { gradientOnly, tinyModel } from './tiny.js';

const level = { layers: 2, h: 0.5 };
const separate = { documents: 'separate' } as const;
const { context, vocabulary } = tinyModel;

/** A batch's part of a program's inputs. */
type Given = Readonly<Record<string, readonly number[]>>;

/** Outputs by name, with these values of a batch. Parameters of one name begin alike, whatever their length: positions of a shorter sequence too. */
const outputsOf = async (program: Program, batch: Given): Promise<ReadonlyMap<string, Float64Array>> => {
  const { inputs } = randomState(program, vocabulary, 5);
  const given = program.inputs.map(({ name, role }, index) => (role === 'batch' ? batch[name] : inputs[index]) ?? assert.fail(name));
  const outputs = await (await onReference(program))(given);
  return new Map(program.outputs.map(({ name }, index) => [name, outputs[index] ?? assert.fail(name)]));
};

const tokens = (count: number): fc.Arbitrary<readonly number[]> => fc.array(fc.nat(vocabulary - 1), { minLength: count, maxLength: count });

/** Rows of the context's length, each cut into documents: the lengths of each row. */
const rows = fc.array(
  fc.uniqueArray(fc.integer({ min: 1, max: context - 1 }), { maxLength: 3 }).map((cuts) => {
    const ends = [...cuts.sort((a, b) => a - b), context];
    return ends.map((end, index) => end - (ends[index - 1] ?? 0));
  }),
  { minLength: 1, maxLength: 2 },
);

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('documents that are kept separate', () => {
  for (const bias of [true, false])
    it(`${bias ? 'with' : 'without'} biases: loss and gradient are the means of those of each document alone, by tokens`, () =>
      fc.assert(
        fc.asyncProperty(
          rows.chain((lengths) => fc.tuple(fc.constant(lengths), tokens(lengths.length * context), tokens(lengths.length * context))),
          async ([lengths, inputs, targets]) => {
            const model = { ...tinyModel, bias };
            const whole = await outputsOf(trainingStep(model, level, lengths.length, gradientOnly, separate), {
              inputs,
              targets,
              documents: lengths.flatMap((row) => row.flatMap((length, document) => new Array<number>(length).fill(document))),
              positions: lengths.flatMap((row) => row.flatMap(range)),
            });
            const expected = new Map<string, Float64Array>();
            let from = 0;
            for (const length of lengths.flat()) {
              const alone = trainingStep({ ...model, context: length }, level, 1, gradientOnly);
              const part = await outputsOf(alone, {
                inputs: inputs.slice(from, from + length),
                targets: targets.slice(from, from + length),
              });
              for (const [name, values] of part) {
                const sum = expected.get(name) ?? new Float64Array(whole.get(name)?.length ?? 0);
                values.forEach((value, index) => {
                  sum[index] = (sum[index] ?? 0) + (value * length) / inputs.length;
                });
                expected.set(name, sum);
              }
              from += length;
            }
            // With this optimizer a momentum is the gradient.
            const compared = [...expected].filter(([name]) => name === 'loss' || name.endsWith('/momentum'));
            assert.ok(compared.length > 10);
            for (const [name, values] of compared) assertClose(whole.get(name) ?? [], values, { relative: 1e-10, absolute: 1e-12 }, name);
          },
        ),
        { numRuns: 12 },
      ));

  it('one document a row is the program of joined ones, to the last bit', async () => {
    const [inputs, targets] = [range(2 * context), range(2 * context)].map((all) => all.map((index) => (7 * index) % vocabulary)) as [
      number[],
      number[],
    ];
    const batch = { inputs, targets, documents: inputs.map(() => 0), positions: [...range(context), ...range(context)] };
    const kept = await outputsOf(evaluation(tinyModel, level, 2, separate), batch);
    assert.deepEqual(kept.get('loss'), (await outputsOf(evaluation(tinyModel, level, 2), batch)).get('loss'));
  });

  it('are seen so by every program that sees a batch, which costs no product more', () => {
    for (const of of [
      (seen: object) => trainingStep(tinyModel, level, 2, gradientOnly, seen),
      (seen: object) => gradientProgram(tinyModel, level, 2, seen, 'tau'),
      (seen: object) => evaluation(tinyModel, level, 2, seen),
      (seen: object) => objective(tinyModel, level, 2, seen),
    ]) {
      const [joined, kept] = [of({}), of(separate)];
      assert.deepEqual(
        kept.inputs
          .filter(({ role }) => role === 'batch')
          .map(({ name }) => name)
          .sort(),
        ['documents', 'inputs', 'positions', 'targets'],
      );
      assert.match(kept.name, /separate documents/);
      assert.equal(flopsOf(kept).matmul, flopsOf(joined).matmul);
      assert.ok(flopsOf(kept).elementwise > flopsOf(joined).elementwise);
      // Attention as a whole counts what its pieces do, the mask among them.
      const pieces = legalize(kept, new Set(operationNames.filter((name) => name !== 'attention')));
      assert.deepEqual(E.isRight(pieces) ? flopsOf(pieces.right) : assert.fail(pieces.left.operation), flopsOf(kept));
    }
  });
});
