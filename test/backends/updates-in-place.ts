/** Laws of every backend that updates state in the memory of its previous values: the same bits as beside it, and nothing at all by a step that is not finite. */
import assert from 'node:assert/strict';
import type { Succession } from '../../backends/update-regions.js';
import type { Backend, DeviceTensor, HostTensor } from '../../src/backend.js';
import { trainingBatch } from '../../src/data/batches.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { trainingStep, updateProgram } from '../../src/model/training-step.js';
import { outputOf, type Program, sizeOf, typeIn } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import { parametersOf } from '../../src/runner/levels/cell.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { Trainer } from '../../src/runner/stages/trainer.js';
import { adamw, muon, sgd, tinyModel } from '../model/tiny.js';
import { right } from '../runner/harness.js';

/** Its embedding is large, its layers are not. */
export const largeModel = { ...tinyModel, vocabulary: 2 ** 15 };
const model = largeModel;

const programs: Readonly<Record<string, Program>> = {
  // Its embedding is two pieces on ONNX Runtime, those of the others are one.
  'a step of AdamW': trainingStep({ ...model, vocabulary: 2 ** 16 }, { layers: 2, h: 1 }, 2, adamw),
  'a step of SGD': trainingStep(model, { layers: 2, h: 1 }, 2, sgd),
  'a step of Muon': trainingStep(model, { layers: 2, h: 1 }, 2, muon),
  'a step without clipping': trainingStep(model, { layers: 2, h: 1 }, 2, { ...adamw, clip: 0 }),
  'the update after microbatches': updateProgram(model, { layers: 2, h: 1 }, adamw),
};

/** Numbers from −1 to 1 that look random and are not; second moments are squares. */
const numbersFor = (name: string, size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, index) => {
    const number = Math.sin(index * 12.9898 + name.length);
    return name.includes('second') ? number * number : number;
  });

const givenTo = (program: Program): readonly HostTensor[] =>
  program.inputs.map(({ name, role, value }) => {
    const type = typeIn(program, value);
    const size = sizeOf(type.shape);
    if (type.dtype === 'i32') return { type, data: Int32Array.from({ length: size }, (_, index) => (7 * index) % model.vocabulary) };
    if (role === 'scalar') return { type, data: Float32Array.of(0.01) };
    return { type, data: numbersFor(name, size) };
  });

const isState = ({ role }: { readonly role: string }): boolean => role === 'parameter' || role === 'moment';

interface Ran {
  readonly inputs: readonly (DeviceTensor | HostTensor)[];
  readonly outputs: readonly DeviceTensor[];
  readonly read: (tensor: DeviceTensor) => Promise<readonly number[]>;
}

/** State is uploaded, the rest is given. */
const ran = async (backend: Backend, program: Program, given: readonly HostTensor[], inPlace: boolean): Promise<Ran> => {
  const executable = right(await backend.compile(program)());
  const inputs: (DeviceTensor | HostTensor)[] = [];
  for (const [place, input] of program.inputs.entries()) {
    const tensor = given[place] ?? assert.fail();
    inputs.push(isState(input) ? right(await backend.upload({ ...tensor, data: tensor.data.slice() })()) : tensor);
  }
  const places = new Set(inPlace ? program.inputs.flatMap((input, place) => (isState(input) ? [place] : [])) : []);
  const outputs = right(await executable.run(inputs, { inPlace: places })());
  return { inputs, outputs, read: async (tensor) => Array.from(right(await backend.download(tensor)()).data) };
};

/** (parameter p, moment m, gradient g) [512, 512] → (norm of g, m + g, p − (m + g)), and what `besides` makes. */
export const rule = (
  besides: (trace: Tracer, p: ReturnType<Tracer['input']>) => readonly ReturnType<Tracer['input']>[] = () => [],
): Program => {
  const trace = new Tracer('rule');
  const type = { dtype: 'f32', shape: [512, 512] } as const;
  const [p, m, g] = [trace.input('p', 'parameter', type), trace.input('m', 'moment', type), trace.input('g', 'gradient', type)];
  const next = trace.add(m, g);
  return trace.finish([
    { name: 'gradientNorm', role: 'gradientNorm', tensor: trace.sqrt(trace.sumOfSquares(g)) },
    { name: 'p', role: 'parameter', tensor: trace.sub(p, next) },
    { name: 'm', role: 'moment', tensor: next },
    ...besides(trace, p).map((tensor, index) => ({ name: `besides ${index}`, tensor })),
  ]);
};

/**
 * @param use runs a test on an open backend, and closes it.
 * @param inPlace the successions that the backend computes in place.
 */
export const updatesInPlace = (
  use: (test: (backend: Backend) => Promise<void>) => Promise<void>,
  inPlace: (program: Program) => readonly Succession[],
): void => {
  for (const [title, program] of Object.entries(programs))
    it(`${title}: where the state lies, the same bits as beside it, and the same tensors`, async () => {
      const successions = inPlace(program);
      const ofEmbedding = successions.filter(({ output }) => program.outputs[output]?.name.includes('token'));
      assert.equal(ofEmbedding.length, title.includes('SGD') ? 2 : 3);
      await use(async (backend) => {
        const given = givenTo(program);
        const beside = await ran(backend, program, given, false);
        const where = await ran(backend, program, given, true);
        for (const { input, output } of successions) {
          assert.equal(where.outputs[output], where.inputs[input]);
          assert.notEqual(beside.outputs[output], beside.inputs[input]);
        }
        for (const [place, { name }] of program.outputs.entries()) {
          const [one, other] = [beside.outputs[place], where.outputs[place]] as [DeviceTensor, DeviceTensor];
          assert.deepEqual(await beside.read(one), await where.read(other), name);
        }
      });
    });

  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY])
    it(`a gradient with ${wrong} leaves the state as it is, to the bit`, async () =>
      await use(async (backend) => {
        const program = rule();
        const given = givenTo(program);
        given[2]?.data.set([wrong], 1000);
        for (const where of [true, false]) {
          const { outputs, read } = await ran(backend, program, given, where);
          const [norm] = await read(outputOf(program, outputs, 'gradientNorm'));
          assert.ok(!Number.isFinite(norm));
          for (const [place, role] of (['parameter', 'moment'] as const).entries())
            assert.deepEqual(await read(outputOf(program, outputs, role)), Array.from(given[place]?.data ?? []), role);
        }
      }));

  it('a trainer keeps its tensors over a step, and over one that is refused what they hold', async () =>
    await use(async (backend) => {
      const level = { layers: 2, h: 1 };
      const stack = right(await LevelStack.create(backend, { ...model, layers: 2 }, adamw, 1));
      const trainer = new Trainer(stack.store, stack.current, adamw);
      const step = right(await backend.compile(trainingStep(model, level, 2, adamw))());
      const batch = right(trainingBatch(tokensDataset(model.vocabulary), { context: model.context, batch: 2, seed: 1, step: 0 }));
      const embedding = (): DeviceTensor => [...parametersOf(stack.current)].find(([name]) => name.includes('token'))?.[1] ?? assert.fail();
      const take = async (learningRate: number) => right(await trainer.step([{ executable: step, times: 1 }], batch, learningRate));
      const first = embedding();
      assert.ok((await take(0.01)).accepted);
      assert.equal(embedding(), first);
      // So far that the next loss is not finite.
      assert.ok((await take(1e30)).accepted);
      const before = Array.from(right(await backend.download(embedding())()).data);
      const held = backend.memory().held;
      assert.ok(!(await take(0.01)).accepted);
      assert.deepEqual(Array.from(right(await backend.download(embedding())()).data), before);
      assert.equal(backend.memory().held, held);
      assert.ok(stack.store.isHeldOnce(embedding()));
    }));
};
