/**
 * Muon beside PyTorch's own: 30 steps of a small GPT on onnx-cpu, and single matrices, fused and apart. What PyTorch said is committed, and asked again
 * where a Python has torch. PyTorch's products of an orthogonalisation are in bfloat16; its own code in float32 is what vcycle computes.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { stream } from '../../src/data/random.js';
import { levelParameters } from '../../src/model/parameters.js';
import { trainingStep } from '../../src/model/training-step.js';
import { stepScalars } from '../../src/optimizer/index.js';
import { update } from '../../src/optimizer/update.js';
import { type Program, typeIn } from '../../src/program/program.js';
import { Tracer } from '../../src/program/tracer.js';
import type { Muon } from '../../src/schedule/schedule.js';
import { downloadAll, hostTensor, right, runOn, typeOf } from '../backends/run-on.js';
import { tolerances } from '../backends/tolerances.js';
import { pythonFor, told } from '../huggingface/python.js';
import { muon } from '../model/tiny.js';
import { assertClose } from '../program/on-reference.js';

const STEPS = 30;
const RATE = 0.05;
const SHOWN = 'layers.1.attention.query.weight';
const model = { kind: 'gpt', layers: 2, heads: 2, width: 16, context: 8, bias: true, vocabulary: 11 } as const;
const level = { layers: 2, h: 0.5 };
const BATCH = 4;

const cases: Readonly<Record<string, Muon>> = {
  'as large as AdamW': muon,
  'as Keller Jordan has it': { ...muon, shapeFactor: 'original', rest: { ...muon.rest, rate: 0.1 } },
  'without Nesterov, four iterations': { ...muon, nesterov: false, iterations: 4, weightDecay: 0.5, momentum: 0.8 },
};

type Rows = readonly (readonly number[])[];
interface Trained {
  readonly losses: readonly number[];
  readonly shown: readonly number[];
}
interface Told {
  readonly version: string;
  readonly float32: readonly unknown[];
  readonly bfloat16: readonly unknown[];
}

/** Squares, by their remainders: what follows a token depends on the one before it, and can be learnt. */
const tokenAt = (place: number): number => (place * place) % model.vocabulary;

const batches = Array.from({ length: STEPS }, (_, step) =>
  [0, 1].map((ahead) =>
    Array.from({ length: BATCH }, (_, row) =>
      Array.from({ length: model.context }, (_, time) => tokenAt(13 * step + 5 * row + time + ahead)),
    ),
  ),
);

const initial = new Map(
  levelParameters(model, level).map(({ fullName, spec: { shape, initial } }) => {
    const draws = stream(11, fullName);
    const size = shape.reduce((product, side) => product * side, 1);
    const values = Array.from({ length: size }, () => Math.fround('constant' in initial ? initial.constant : draws.normal(0, 0.2)));
    return [fullName, { shape, values }] as const;
  }),
);

const settingsOf = (optimizer: Muon) => ({ ...optimizer, rate: RATE });

const matrix = (name: string, rows: number, columns: number): Rows =>
  Array.from({ length: rows }, (_, row) => {
    const draws = stream(3, name, row);
    return Array.from({ length: columns }, () => Math.fround(draws.normal(0, 1)));
  });
const transposed = (a: Rows): Rows => (a[0] ?? []).map((_, column) => a.map((row) => row[column] ?? Number.NaN));
const beside = (...all: readonly Rows[]): Rows => (all[0] ?? []).map((_, row) => all.flatMap((each) => each[row] ?? []));

/** Gradients [in, out] of queries, keys and values, which families store apart, and as one. */
const [query, key, value] = ['query', 'key', 'value'].map((name) => matrix(name, 6, 6)) as [Rows, Rows, Rows];
const fused = beside(query, key, value);
const single: Muon = { ...muon, shapeFactor: 'original' };

const asked = [
  ...Object.values(cases).map((optimizer) => ({
    kind: 'trained',
    model: { ...model, ...level },
    optimizer: settingsOf(optimizer),
    parameters: Object.fromEntries([...initial].map(([name, { shape, values }]) => [name, [shape, values]])),
    batches,
    shown: SHOWN,
  })),
  // As a Linear has them, [out, in]; and the fused one as Transformers' Conv1D has it, [in, out].
  ...[...[query, key, value, fused].map(transposed), fused].map((gradient) => ({
    kind: 'changed',
    optimizer: settingsOf(single),
    gradient,
  })),
];

const FIXTURE = join('test', 'golden', 'muon-torch.json');
const rounded = (value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(8)) : Array.isArray(value) ? value.map(rounded) : value;
const committed = (): Told =>
  existsSync(FIXTURE) ? JSON.parse(readFileSync(FIXTURE, 'utf8')) : { version: 'none', float32: [], bfloat16: [] };

const CLOSE = tolerances.f32.trajectory;

/** 30 steps of the compiled training step, in f32. */
const trained = async (optimizer: Muon): Promise<Trained> => {
  const backend = right(await createOnnxCpu({ threads: 1 })());
  const program = trainingStep(model, level, BATCH, optimizer);
  const executable = right(await backend.compile(program)());
  const state = new Map<string, ArrayLike<number>>([...initial].map(([name, { values }]) => [name, values]));
  const losses: number[] = [];
  for (const [step, [inputs = [], targets = []]] of batches.entries()) {
    const updates = new Map(['shared', 'layers.0', 'layers.1'].map((group) => [group, step + 1]));
    const scalars = stepScalars(optimizer, { learningRate: RATE, updates });
    const given = ({ name, role, value }: Program['inputs'][number]): ArrayLike<number> => {
      if (role === 'batch') return (name === 'inputs' ? inputs : targets).flat();
      if (role === 'scalar') return [scalars.get(name) ?? assert.fail(name)];
      return state.get(name) ?? new Float32Array(typeIn(program, value).shape.reduce((product, side) => product * side, 1));
    };
    const tensors = right(await executable.run(program.inputs.map((input) => hostTensor(typeOf(program, input.value), given(input))))());
    const outputs = await downloadAll(backend, tensors);
    for (const tensor of tensors) backend.release(tensor);
    for (const [place, { name, role }] of program.outputs.entries()) {
      if (role === 'loss') losses.push(outputs[place]?.[0] ?? assert.fail());
      if (role === 'parameter' || role === 'moment') state.set(name, outputs[place] ?? assert.fail(name));
    }
  }
  right(await backend.close()());
  return { losses, shown: Array.from(state.get(SHOWN) ?? []) };
};

/** The change of a matrix of zeros by one step with that gradient, [in, out]. */
const changed = async (optimizer: Muon, gradient: Rows): Promise<readonly number[]> => {
  const backend = right(await createOnnxCpu({ threads: 1 })());
  const trace = new Tracer('update');
  const type = { dtype: 'f32', shape: [gradient.length, gradient[0]?.length ?? 0] } as const;
  const [parameter, own, momentum] = [
    trace.input('p', 'parameter', type),
    trace.input('g', 'gradient', type),
    trace.input('m', 'moment', type),
  ];
  const { tensors } = update(trace, { ...optimizer, clip: 0, weightDecay: 0 }, [
    { role: 'matrix', group: 'one', parameter, gradient: own, moments: [momentum] },
  ]);
  const program = trace.finish([{ name: 'p', role: 'parameter', tensor: tensors[0]?.parameter ?? assert.fail() }]);
  const [out] = await runOn(backend)(
    program,
    program.inputs.map(({ role }) =>
      role === 'scalar' ? [RATE] : role === 'gradient' ? gradient.flat() : new Float32Array(gradient.flat().length),
    ),
  );
  right(await backend.close()());
  return Array.from(out ?? assert.fail());
};

describe("Muon beside PyTorch's", () => {
  for (const [place, [title, optimizer]] of Object.entries(cases).entries())
    it(`${title}: the same 30 losses within the band of f32, and the same weights`, async () => {
      const own = await trained(optimizer);
      const { float32, bfloat16 } = committed();
      const theirs = float32[place] as Trained;
      assert.equal(theirs.losses.length, STEPS);
      assert.ok((theirs.losses.at(-1) ?? Number.NaN) < 0.7 * (theirs.losses[0] ?? Number.NaN), 'they learn');
      for (const [step, loss] of theirs.losses.entries()) assertClose([own.losses[step] ?? Number.NaN], [loss], CLOSE, `loss ${step}`);
      assertClose(own.shown, theirs.shown, { relative: 2e-3, absolute: 0 }, SHOWN);
      // In bfloat16 the same rule is near, and nearer than the band it is not.
      const rough = (bfloat16[place] as Trained).losses;
      for (const [step, loss] of rough.entries())
        assertClose([own.losses[step] ?? Number.NaN], [loss], { relative: 5e-2, absolute: 0 }, `loss ${step}`);
      assert.ok(rough.some((loss, step) => Math.abs(loss - (own.losses[step] ?? Number.NaN)) > CLOSE.relative * loss));
    });

  it('queries, keys and values apart are orthogonalised apart, and fused as one: each as PyTorch does with the tensors of a Linear', async () => {
    const answers = committed().float32.slice(Object.keys(cases).length) as readonly Rows[];
    const [q, k, v, whole, conv1d] = answers as [Rows, Rows, Rows, Rows, Rows];
    for (const [gradient, theirs] of [
      [query, q],
      [key, k],
      [value, v],
      [fused, whole],
    ] as const)
      assertClose(await changed(single, gradient), transposed(theirs).flat(), { relative: 2e-5, absolute: 0 }, 'change');
    // What a family fuses becomes another update: more directions than it has inputs cannot be orthogonal.
    const apart = beside(...[q, k, v].map(transposed));
    const difference = Math.hypot(...apart.flat().map((value, index) => value - (transposed(whole).flat()[index] ?? Number.NaN)));
    assert.ok(difference > 0.3 * Math.hypot(...apart.flat()), `${difference}`);
    // Transformers' Conv1D is [in, out]: PyTorch's shape factor then takes inputs for outputs.
    assertClose(
      conv1d.flat(),
      transposed(whole)
        .flat()
        .map((value) => value / Math.sqrt(3)),
      { relative: 2e-5, absolute: 0 },
      'Conv1D',
    );
  });

  it('what is committed is what PyTorch says', async function () {
    this.timeout(180_000);
    const python = await pythonFor(this);
    const now = await told<Told>(python, join('test', 'optimizer', 'muon_torch.py'), (file) => [file], asked);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(FIXTURE, `${JSON.stringify(now, (_, value) => rounded(value))}\n`);
    const before = committed();
    const numbers = (answers: readonly unknown[]): readonly number[] =>
      answers.flatMap((answer) => (Array.isArray(answer) ? answer.flat() : [(answer as Trained).losses, (answer as Trained).shown].flat()));
    assertClose(numbers(now.float32), numbers(before.float32), { relative: 1e-3, absolute: 0 }, 'in float32');
    assertClose(numbers(now.bfloat16), numbers(before.bfloat16), { relative: 5e-2, absolute: 0 }, 'in bfloat16');
  });
});
