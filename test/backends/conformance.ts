/**
 * What every backend must do, as one suite: each operation, the training step on two levels, a correction between them, a trajectory of losses, transport to the
 * bit, memory that stays flat, an end that leaves nothing. All against the float64 reference, within the tolerances of the precision that
 * the backend says it has. A backend that is not there is a skip, with its reason printed, and never a pass.
 */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { legalFor } from '../../backends/legal.js';
import { createReference } from '../../backends/reference/index.js';
import type { Backend, BackendError, DeviceTensor } from '../../src/backend.js';
import { stream } from '../../src/data/random.js';
import { tensorsOf } from '../../src/model/cell-tensors.js';
import { evaluation, logitsProgram } from '../../src/model/level-programs.js';
import { trainingStep } from '../../src/model/training-step.js';
import { type Program, sizeOf } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { NextLogits } from '../../src/runner/next-logits.js';
import { blendInput, correctProgram } from '../../src/transfer/blend.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { randomParameters } from '../huggingface/random-model.js';
import { randomState } from '../model/random-state.js';
import { adamw, gradientOnly, muon, sgd, tinyLlama, tinyModel } from '../model/tiny.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { allCases, programOfCase, valuesOfInputs } from '../program/operation-cases.js';
import { hiddenBy, hiddenInSteps, takenForGood } from './not-finite.js';
import { downloadAll as downloadFrom, hostTensor, right, runOn, typeOf } from './run-on.js';
import { type Tolerances, tolerances } from './tolerances.js';
import {
  type Trajectory,
  trajectoryOn,
  twoLevels,
  twoLevelsInMicrobatches,
  twoLevelsInOtherBatches,
  twoLevelsRecomputed,
} from './two-levels.js';

export interface ConformanceOptions {
  /** How it computes, where it may compute in more than one way. */
  readonly how?: string;
  /** `fail` for a backend that every machine has; `skip` for one that needs a device or a package of its own. */
  readonly whenUnavailable: 'fail' | 'skip';
}

/** Bits of f32 values; a backend of another precision must hold them without loss. */
const bitsOf = (data: ArrayLike<number>): Uint32Array => new Uint32Array(Float32Array.from(data).buffer);

/** The reference's own trajectory is the same for every backend, and slow. */
let reference: Promise<Trajectory> | undefined;
const referenceTrajectory = (): Promise<Trajectory> => {
  reference ??= trajectoryOn(createReference());
  return reference;
};

let inOtherBatches: Promise<Trajectory> | undefined;
const referenceInOtherBatches = (): Promise<Trajectory> => {
  inOtherBatches ??= trajectoryOn(createReference(), twoLevelsInOtherBatches);
  return inOtherBatches;
};

const models = {
  'level 0, four layers, biases': { model: tinyModel, level: { layers: 4, h: 1 } },
  'level 1, two layers of twice the step': { model: tinyModel, level: { layers: 2, h: 2 } },
  'no biases': { model: { ...tinyModel, bias: false }, level: { layers: 2, h: 1 } },
  'a Llama whose heads share keys and values, with a head of its own': { model: tinyLlama, level: { layers: 2, h: 1 } },
} as const;

export const conformance = (
  name: string,
  create: () => TaskEither<BackendError, Backend>,
  { whenUnavailable, how }: ConformanceOptions,
): void => {
  const title = how === undefined ? name : `${name}, ${how}`;
  describe(`conformance of ${title}`, () => {
    let backend: Backend;
    let tolerance: Tolerances;

    before(async function () {
      const created = await create()();
      if (E.isLeft(created) && created.left.kind === 'unavailable' && whenUnavailable === 'skip') {
        console.log(`      skipped: ${created.left.message}`);
        this.skip();
      }
      backend = right(created);
      tolerance = tolerances[backend.capabilities.precision];
    });

    const evaluate = (program: Program, inputs: readonly ArrayLike<number>[]): Promise<readonly ArrayLike<number>[]> =>
      runOn(backend)(program, inputs);
    const downloadAll = (tensors: readonly DeviceTensor[]): Promise<readonly ArrayLike<number>[]> => downloadFrom(backend, tensors);
    const uploadAll = async (program: Program, inputs: readonly ArrayLike<number>[]): Promise<readonly DeviceTensor[]> => {
      const all: DeviceTensor[] = [];
      for (const [index, { value }] of program.inputs.entries())
        all.push(right(await backend.upload(hostTensor(typeOf(program, value), inputs[index] ?? []))()));
      return all;
    };

    it('says what it is', () => {
      assert.equal(backend.name, name);
      const { device, operations, versions } = backend.capabilities;
      assert.ok(device.length > 0 && operations.size > 0 && Object.values(versions).every((version) => version.length > 0));
    });

    describe('each operation', () => {
      for (const given of allCases)
        it(given.title, async () => {
          const inputs = valuesOfInputs(given);
          const program = programOfCase(given);
          const expected = await (await onReference(program))(inputs);
          const outputs = await evaluate(program, inputs);
          expected.forEach((values, index) => {
            assertClose(outputs[index] ?? [], values, tolerance.operation, `${given.title}, output ${index}`);
          });
        });
    });

    describe('the training step of a two-level model', () => {
      for (const [title, { model, level }] of Object.entries(models))
        for (const [what, optimizer] of Object.entries({
          gradients: gradientOnly,
          'update by sgd': sgd,
          'update by adamw': adamw,
          'update by muon': muon,
        }))
          it(`${title}: ${what}`, async () => {
            const program = trainingStep(model, level, 2, optimizer);
            const { inputs } = randomState(program, model.vocabulary, 7);
            const expected = await (await onReference(program))(inputs);
            const outputs = await evaluate(program, inputs);
            program.outputs.forEach((output, index) => {
              assertClose(outputs[index] ?? [], expected[index] ?? [], tolerance.step, output.name);
            });
          });

      for (const model of [tinyModel, tinyLlama])
        it(`two documents in a sequence, kept separate: gradients of a ${model.kind}`, async () => {
          const program = trainingStep(model, { layers: 2, h: 2 }, 2, gradientOnly, { documents: 'separate' });
          const { inputs } = randomState(program, model.vocabulary, 9);
          const expected = await (await onReference(program))(inputs);
          const outputs = await evaluate(program, inputs);
          program.outputs.forEach((output, index) => {
            assertClose(outputs[index] ?? [], expected[index] ?? [], tolerance.step, output.name);
          });
        });

      it('its evaluation and its logits', async () => {
        for (const program of [evaluation(tinyModel, { layers: 4, h: 1 }, 2), logitsProgram(tinyModel, { layers: 2, h: 2 }, 1)]) {
          const { inputs } = randomState(program, tinyModel.vocabulary, 8);
          const expected = await (await onReference(program))(inputs);
          const outputs = await evaluate(program, inputs);
          assertClose(outputs[0] ?? [], expected[0] ?? [], tolerance.step, program.name);
        }
      });
    });

    for (const model of [
      { ...tinyModel, layers: 2 },
      { ...tinyLlama, layers: 2 },
    ])
      it(`the logits of a text that grows, in the context and beyond it: a ${model.kind}`, async () => {
        const parameters = randomParameters(model, model.vocabulary, 9);
        const text = [3, 1, 4, 1, 5, 9, 2, 6];
        const following = new NextLogits(backend, { model, h: 2, parameters }, text.length);
        const before = backend.memory().held;
        for (let length = 3; length <= text.length; length++) {
          const window = text.slice(0, length).slice(-model.context);
          const expected = plainLogits(parameters, model, 2, window).at(-1) ?? [];
          const logits = await following.after(text.slice(0, length));
          if (E.isLeft(logits)) assert.fail(logits.left.message);
          assertClose(logits.right, expected, tolerance.step, `after ${length} tokens`);
        }
        following.close();
        assert.equal(backend.memory().held, before);
      });

    describe('a correction of a layer with its moments', () => {
      const program = correctProgram(tensorsOf(tinyModel, adamw)(tinyModel).layer, 2);
      /** Moments of any size, second ones not negative; coefficients as they are. */
      const state = (learnt: boolean): readonly (readonly number[])[] =>
        program.inputs.map(({ name, value }) => {
          const source = name.replace('restricted.', learnt ? 'restricted.' : 'term.');
          const random = stream(5, source);
          return Array.from({ length: sizeOf(typeOf(program, value).shape) }, () => {
            const drawn = (2 * random.uniform() - 1) * 10 ** (2 * random.uniform() - 1);
            return Math.fround(name.endsWith('second-moment') && !name.startsWith('weight') ? Math.abs(drawn) : drawn);
          });
        });

      it('second moments and their floor', async () => {
        const inputs = state(true);
        const expected = await (await onReference(program))(inputs);
        const outputs = await evaluate(program, inputs);
        program.outputs.forEach((output, index) => {
          assertClose(outputs[index] ?? [], expected[index] ?? [], tolerance.operation, output.name);
        });
      });

      it('where nothing was learnt all stay as they were, to the bit', async () => {
        const inputs = state(false);
        const outputs = await evaluate(program, inputs);
        program.outputs.forEach(({ name: output }, index) => {
          const base = program.inputs.findIndex((input) => input.name === blendInput.base(output));
          assert.deepEqual(Array.from(outputs[index] ?? []), inputs[base], output);
        });
      });
    });

    describe('NaN and infinity', () => {
      it('are handed on by every operation that it does not own up to', async () => {
        const hidden = await hiddenBy(evaluate);
        const { hides = new Set() } = backend.capabilities;
        assert.deepEqual(
          [...hidden].filter((operation) => !hides.has(operation)),
          [],
        );
      });

      it('are nowhere in a step where such an operation would hide them', () => {
        const { hides = new Set() } = backend.capabilities;
        const legal = (program: Program): Program => right(legalFor(name, backend.capabilities, program));
        assert.deepEqual(hiddenInSteps(hides, legal), []);
      });

      it('make no step and no evaluation that is taken for a good one, wherever they come from', async () => {
        const { asked, good } = await takenForGood(evaluate, backend);
        assert.deepEqual(good, [], `of ${asked}`);
        assert.ok(asked > 40, `${asked}`);
      });
    });

    describe('a run on two levels', () => {
      it('30 losses across a restriction and a prolongation', async () => {
        const expected = await referenceTrajectory();
        assert.equal(expected.losses.length, 30);
        const [first = 0, last = 0] = [expected.losses[0], expected.losses.at(-1)];
        assert.ok(last < 0.8 * first, `the reference learns something (${first} to ${last})`);
        for (const [how, schedule] of [
          ['whole batches', twoLevels],
          ['microbatches', twoLevelsInMicrobatches],
        ] as const) {
          const { losses, validation } = await trajectoryOn(backend, schedule);
          assertClose(losses, expected.losses, tolerance.trajectory, `training loss, ${how}`);
          assertClose(validation, expected.validation, tolerance.trajectory, `validation loss, ${how}`);
        }
      });

      it('30 losses of stages with batches and contexts of their own', async () => {
        const expected = await referenceInOtherBatches();
        const { losses, validation } = await trajectoryOn(backend, twoLevelsInOtherBatches);
        assertClose(losses, expected.losses, tolerance.trajectory, 'training loss');
        assertClose(validation, expected.validation, tolerance.trajectory, 'validation loss');
      });
    });

    describe('recomputation', () => {
      it('changes no bit of a run', async () =>
        assert.deepEqual(await trajectoryOn(backend, twoLevelsRecomputed), await trajectoryOn(backend, twoLevels)));
    });

    describe('transport', () => {
      const extremes = [
        0,
        -0,
        1,
        -1,
        1e-45,
        -1e-40,
        1.1754943508222875e-38,
        3.4028234663852886e38,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        Number.NaN,
        Math.fround(0.1),
      ];

      it('f32 values come back to the bit', async () => {
        const draws = stream(4, 'transport');
        const values = Float32Array.from([...extremes, ...Array.from({ length: 500 }, () => draws.normal(0, 10 ** draws.integer(30)))]);
        for (const shape of [[values.length], [2, values.length / 2], [1, values.length, 1]]) {
          const tensor = right(await backend.upload({ type: { dtype: 'f32', shape }, data: values })());
          assert.deepEqual(tensor.type, { dtype: 'f32', shape });
          assert.equal(tensor.backend, name);
          const read = right(await backend.download(tensor)());
          assert.deepEqual(read.type, { dtype: 'f32', shape });
          assert.deepEqual(bitsOf(read.data), bitsOf(values));
          backend.release(tensor);
        }
      });

      it('i32 values and scalars come back', async () => {
        for (const [type, data] of [
          [{ dtype: 'i32', shape: [4] }, Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31))],
          [{ dtype: 'f32', shape: [] }, Float32Array.of(0.1)],
        ] as const) {
          const tensor = right(await backend.upload({ type, data })());
          assert.deepEqual(Array.from(right(await backend.download(tensor)()).data), Array.from(data));
          backend.release(tensor);
        }
      });

      it('what was uploaded is the backend’s own: changing the caller’s array afterwards, or what was downloaded, changes nothing', async () => {
        const data = Float32Array.of(1, 2, 3);
        const tensor = right(await backend.upload({ type: { dtype: 'f32', shape: [3] }, data })());
        data.fill(0);
        const read = right(await backend.download(tensor)()).data;
        assert.deepEqual(Array.from(read), [1, 2, 3]);
        read.fill(0);
        assert.deepEqual(Array.from(right(await backend.download(tensor)()).data), [1, 2, 3]);
        backend.release(tensor);
      });
    });

    describe('sums', () => {
      it('of rows at equal places lose none, however many threads add them', async () => {
        const [rows, width, places] = [2048, 256, 65];
        const trace = new Tracer('many at few places');
        const updates = trace.input('updates', 'batch', { dtype: 'f32', shape: [rows, width] });
        const indices = trace.input('indices', 'batch', { dtype: 'i32', shape: [rows] });
        const executable = right(
          await backend.compile(trace.finish([{ name: 'sums', tensor: trace.scatterAdd(updates, indices, places) }]))(),
        );
        const at = Int32Array.from({ length: rows }, (_, row) => (7 * row) % places);
        const expected = new Float32Array(places * width);
        for (const place of at)
          for (let column = 0; column < width; column++) expected[place * width + column] = 1 + (expected[place * width + column] ?? 0);
        const given = [
          { type: updates.type, data: new Float32Array(rows * width).fill(1) },
          { type: indices.type, data: at },
        ];
        for (let run = 0; run < 100; run++) {
          const [sums] = right(await executable.run(given)());
          const { data } = right(await backend.download(sums ?? assert.fail())());
          backend.release(sums ?? assert.fail());
          const lost = data.findIndex((value, place) => value !== expected[place]);
          assert.equal(lost, -1, `run ${run}: place ${lost} has ${data[lost]} of ${expected[lost]}`);
        }
        executable.dispose();
      }).timeout(120_000);
    });

    describe('a run', () => {
      const program = trainingStep(tinyModel, { layers: 2, h: 2 }, 2, adamw);
      const { inputs } = randomState(program, tinyModel.vocabulary, 9);

      it('leaves its inputs as they are, gives tensors of its own, and the same bits again', async () => {
        const executable = right(await backend.compile(program)());
        const given = await uploadAll(program, inputs);
        const first = right(await executable.run(given)());
        const firstBits = (await downloadAll(first)).map(bitsOf);
        const second = right(await executable.run(given)());
        assert.deepEqual((await downloadAll(second)).map(bitsOf), firstBits, 'the second run');
        assert.deepEqual((await downloadAll(first)).map(bitsOf), firstBits, 'the first run’s outputs after the second');
        assert.deepEqual(await downloadAll(given).then((all) => all.map(bitsOf)), inputs.map(bitsOf), 'the inputs');
        for (const [index, { value }] of program.outputs.entries()) assert.deepEqual(first[index]?.type, typeOf(program, value));
        for (const tensor of [...given, ...first, ...second]) backend.release(tensor);
        executable.dispose();
      });

      it('takes tensors of its own and host tensors alike', async () => {
        const uploaded = await uploadAll(program, inputs);
        const executable = right(await backend.compile(program)());
        const mixed = uploaded.map((tensor, index) => (index % 2 === 0 ? tensor : hostTensor(tensor.type, inputs[index] ?? [])));
        const [fromMixed, fromHost] = [right(await executable.run(mixed)()), await evaluate(program, inputs)];
        assert.deepEqual((await downloadAll(fromMixed)).map(bitsOf), fromHost.map(bitsOf));
        for (const tensor of [...uploaded, ...fromMixed]) backend.release(tensor);
        executable.dispose();
      });

      it('may return an input as it is, a constant, and one value twice', async () => {
        const trace = new Tracer('through');
        const x = trace.input('x', 'parameter', { dtype: 'f32', shape: [2] });
        const twice = trace.add(x, x);
        const outputs = await evaluate(
          trace.finish([x, twice, trace.scalar(3), twice].map((tensor, index) => ({ name: `${index}`, tensor }))),
          [[1, 2]],
        );
        assert.deepEqual(
          outputs.map((values) => Array.from(values)),
          [[1, 2], [2, 4], [3], [2, 4]],
        );
      });
    });

    describe('memory', () => {
      it('is flat over 40 steps that feed each other, and as before when all is released', async () => {
        const program = trainingStep(tinyModel, { layers: 2, h: 2 }, 2, adamw);
        const { inputs } = randomState(program, tinyModel.vocabulary, 10);
        const empty = backend.memory().held;
        const executable = right(await backend.compile(program)());
        let given = await uploadAll(program, inputs);
        const state = given.reduce((bytes, { type }) => bytes + 4 * sizeOf(type.shape), 0);
        assert.ok(backend.memory().held - empty >= state, 'tensors that are held are counted');
        const seen: number[] = [];
        for (let step = 0; step < 40; step++) {
          const outputs = right(await executable.run(given)());
          const updated = new Map(program.outputs.map(({ name: output }, index) => [output, outputs[index]]));
          given = program.inputs.map(({ name: input }, index) => {
            const old = given[index] ?? assert.fail(input);
            const next = updated.get(input);
            if (next !== undefined) backend.release(old);
            return next ?? old;
          });
          for (const [index, { role }] of program.outputs.entries())
            if (role !== 'parameter' && role !== 'moment') backend.release(outputs[index] ?? assert.fail());
          const { held, pooled } = backend.memory();
          seen.push(held + pooled);
        }
        // What earlier programs had kept for reuse may be given back meanwhile.
        const grown = seen.findIndex((bytes, step) => step > 2 && bytes > (seen[step - 1] ?? 0));
        assert.equal(grown, -1, `held and pooled bytes step by step: ${seen}`);
        given.forEach((tensor) => {
          backend.release(tensor);
        });
        executable.dispose();
        assert.equal(backend.memory().held, empty);
      });
    });

    describe('the end', () => {
      it('finds nothing held after all of the above', () => assert.equal(backend.memory().held, 0));

      it('leaves nothing, open executables and tensors included; and the backend can be made again', async () => {
        right(await backend.compile(evaluation(tinyModel, { layers: 1, h: 1 }, 1))());
        right(await backend.upload({ type: { dtype: 'f32', shape: [3] }, data: Float32Array.of(1, 2, 3) })());
        right(await backend.close()());
        assert.deepEqual(backend.memory(), { held: 0, pooled: 0 });
        backend = right(await create()());
        const squares = allCases.find((given) => given.name === 'sumOfSquares') ?? assert.fail();
        const [sum] = await evaluate(programOfCase(squares), [[1, 2, 3, 4, 5, 6]]);
        assert.deepEqual(Array.from(sum ?? []), [91]);
      });
    });

    after(async function () {
      // A line a backend, so that a log of all tests holds the table of backends and counts.
      const count = { passed: 0, failed: 0, skipped: 0 };
      this.test?.parent?.eachTest(({ state }) => {
        count[state === 'passed' || state === 'failed' ? state : 'skipped'] += 1;
      });
      console.log(`      conformance  ${title.padEnd(15)} ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
      if (backend !== undefined) right(await backend.close()());
    });
  });
};
