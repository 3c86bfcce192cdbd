/**
 * The update rules as programs, on float64, against loops written from their definitions: several steps, each with gradients of its
 * own, so that moments and bias corrections have a history.
 */
import assert from 'node:assert/strict';
import { stream } from '../../src/data/random.js';
import { momentsOf, stepScalars } from '../../src/optimizer/index.js';
import type { ParameterRole } from '../../src/optimizer/parameter-role.js';
import { update } from '../../src/optimizer/update.js';
import { type Program, type Shape, sizeOf } from '../../src/program/program.js';
import { type Result, Tracer } from '../../src/program/tracer.js';
import type { AdamW, Muon, Optimizer, Sgd } from '../../src/schedule/schedule.js';
import { assertClose, onReference } from '../program/on-reference.js';

const learningRate = { kind: 'constant', peak: 1, warmup: 0, clock: 'global' } as const;
const sgd: Sgd = { kind: 'sgd', learningRate, momentum: 0.9, weightDecay: 0.1, clip: 0 };
const adamw: AdamW = { kind: 'adamw', learningRate, beta1: 0.9, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1, clip: 0 };

const muon: Muon = {
  kind: 'muon',
  learningRate,
  momentum: 0.9,
  nesterov: true,
  coefficients: [3.4445, -4.775, 2.0315],
  iterations: 5,
  epsilon: 1e-7,
  shapeFactor: 'original',
  rest: { rate: 0.5, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 },
  weightDecay: 0.1,
  clip: 0,
};

interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly role: ParameterRole;
  readonly group: string;
}

/** Matrices of every shape, of which `experts` are two in one tensor, and two vectors, in two groups, of which `early` has seen four updates more. */
const parameters: readonly Parameter[] = [
  { name: 'matrix', shape: [2, 3], role: 'matrix', group: 'early' },
  { name: 'vector', shape: [3], role: 'vector', group: 'early' },
  { name: 'bias', shape: [2], role: 'vector', group: 'early' },
  { name: 'tall', shape: [4, 2], role: 'matrix', group: 'early' },
  { name: 'experts', shape: [2, 3, 2], role: 'matrix', group: 'late' },
  { name: 'other', shape: [3, 1], role: 'embedding', group: 'late' },
];
const AHEAD = 4;

const namesOf = (optimizer: Optimizer, role: ParameterRole): readonly string[] => momentsOf(optimizer, role).map(({ name }) => name);

const programOf = (optimizer: Optimizer): Program => {
  const trace = new Tracer('update');
  const updatables = parameters.map(({ name, shape, role, group }) => {
    const input = (part: string, role: 'parameter' | 'moment' | 'batch') => trace.input(`${name}${part}`, role, { dtype: 'f32', shape });
    return {
      role,
      group,
      parameter: input('', 'parameter'),
      gradient: input('/gradient', 'batch'),
      moments: namesOf(optimizer, role).map((moment) => input(`/${moment}`, 'moment')),
    };
  });
  const { gradientNorm, tensors } = update(trace, optimizer, updatables);
  return trace.finish([
    { name: 'gradientNorm', role: 'gradientNorm', tensor: gradientNorm },
    ...tensors.flatMap(({ parameter, moments }, index): readonly Result[] => {
      const { name, role } = parameters[index] ?? assert.fail();
      return [
        { name, role: 'parameter', tensor: parameter },
        ...moments.map((tensor, which): Result => ({ name: `${name}/${namesOf(optimizer, role)[which]}`, role: 'moment', tensor })),
      ];
    }),
  ]);
};

type Vectors = Map<string, number[]>;

const gradientsAt = (step: number): Vectors =>
  new Map(
    parameters.map(({ name, shape }) => {
      const draws = stream(5, name, step);
      return [name, Array.from({ length: sizeOf(shape) }, () => draws.normal(0, 1))];
    }),
  );

type Rows = readonly (readonly number[])[];

const transposed = (a: Rows): Rows => (a[0] ?? []).map((_, column) => a.map((row) => row[column] ?? Number.NaN));
const product = (a: Rows, b: Rows): Rows =>
  a.map((row) => transposed(b).map((column) => row.reduce((sum, value, k) => sum + value * (column[k] ?? Number.NaN), 0)));
/** x·a + y·b */
const mixed = (x: number, a: Rows, y: number, b: Rows): Rows =>
  a.map((row, i) => row.map((value, j) => x * value + y * (b[i]?.[j] ?? Number.NaN)));

/** Newton–Schulz of a matrix as PyTorch has it, [out, in], whose rows are at most as many as its columns while it runs. */
const newtonSchulz = (given: Rows, { coefficients: [a, b, c], iterations, epsilon }: Muon): Rows => {
  const norm = Math.max(Math.sqrt(given.flat().reduce((sum, value) => sum + value * value, 0)), epsilon);
  const tall = given.length > (given[0]?.length ?? 0);
  let x: Rows = (tall ? transposed(given) : given).map((row) => row.map((value) => value / norm));
  for (let time = 0; time < iterations; time++) {
    const gram = product(x, transposed(x));
    x = mixed(a, x, 1, product(mixed(b, gram, c, product(gram, gram)), x));
  }
  return tall ? transposed(x) : x;
};

/** Muon's step of a tensor of matrices [in, out], each in PyTorch's orientation. */
const muonStep = (settings: Muon, rate: number, shape: Shape, w: number[], m: number[], gradient: readonly number[]): void => {
  const [inputs = 1, outputs = 1] = shape.slice(-2);
  const { momentum, nesterov, shapeFactor, weightDecay } = settings;
  const adjusted =
    rate * (shapeFactor === 'original' ? Math.sqrt(Math.max(1, outputs / inputs)) : 0.2 * Math.sqrt(Math.max(outputs, inputs)));
  for (let start = 0; start < w.length; start += inputs * outputs) {
    const update: number[] = [];
    for (let i = start; i < start + inputs * outputs; i++) {
      m[i] = (m[i] ?? Number.NaN) * momentum + (1 - momentum) * (gradient[i] ?? Number.NaN);
      update.push(nesterov ? (gradient[i] ?? Number.NaN) * (1 - momentum) + momentum * (m[i] ?? Number.NaN) : (m[i] ?? Number.NaN));
    }
    const matrix = Array.from({ length: inputs }, (_, row) => update.slice(row * outputs, (row + 1) * outputs));
    const change = transposed(newtonSchulz(transposed(matrix), settings)).flat();
    for (const [at, value] of change.entries()) w[start + at] = (w[start + at] ?? Number.NaN) * (1 - rate * weightDecay) - adjusted * value;
  }
};

/** One step by the book; changes the vectors in place. Gives the norm before clipping. */
const plainStep = (optimizer: Optimizer, rate: number, step: number, weights: Vectors, first: Vectors, second: Vectors): number => {
  const gradients = gradientsAt(step);
  const norm = Math.sqrt([...gradients.values()].flat().reduce((sum, g) => sum + g * g, 0));
  const clip = optimizer.clip > 0 && norm > optimizer.clip ? optimizer.clip / norm : 1;
  for (const { name, role, group, shape } of parameters) {
    const [w = [], g = [], m = [], v = []] = [weights, gradients, first, second].map((vectors) => vectors.get(name));
    const t = step + 1 + (group === 'early' ? AHEAD : 0);
    if (optimizer.kind === 'muon' && role === 'matrix') {
      const clipped = g.map((value) => clip * value);
      muonStep(optimizer, rate, shape, w, m, clipped);
      continue;
    }
    const adam = optimizer.kind === 'muon' ? optimizer.rest : optimizer.kind === 'adamw' ? { ...optimizer, rate: 1 } : undefined;
    const own = rate * (adam?.rate ?? 1);
    for (let i = 0; i < w.length; i++) {
      const gradient = clip * (g[i] ?? Number.NaN);
      const old = w[i] ?? Number.NaN;
      const decay = role !== 'vector' ? own * optimizer.weightDecay * old : 0;
      if (optimizer.kind === 'sgd') {
        const mean = optimizer.momentum * (m[i] ?? Number.NaN) + gradient;
        m[i] = mean;
        w[i] = old - decay - rate * mean;
      } else if (adam !== undefined) {
        const mean = adam.beta1 * (m[i] ?? Number.NaN) + (1 - adam.beta1) * gradient;
        const square = adam.beta2 * (v[i] ?? Number.NaN) + (1 - adam.beta2) * gradient ** 2;
        m[i] = mean;
        v[i] = square;
        const meanHat = mean / (1 - adam.beta1 ** t);
        const squareHat = square / (1 - adam.beta2 ** t);
        w[i] = old - decay - (own * meanHat) / (Math.sqrt(squareHat) + adam.epsilon);
      }
    }
  }
  return norm;
};

const cases: Readonly<Record<string, Optimizer>> = {
  'sgd, no momentum, no decay': { ...sgd, momentum: 0, weightDecay: 0 },
  'sgd with momentum': sgd,
  'sgd, clipped': { ...sgd, clip: 0.5 },
  'sgd, a clip that is never reached': { ...sgd, clip: 1e6 },
  adamw,
  'adamw, no decay': { ...adamw, weightDecay: 0 },
  'adamw, clipped': { ...adamw, clip: 0.5 },
  'adamw as users have it': { ...adamw, beta2: 0.99, epsilon: 1e-8, clip: 1 },
  muon,
  'muon, not Nesterov, no decay': { ...muon, nesterov: false, weightDecay: 0 },
  'muon, clipped': { ...muon, clip: 0.5 },
  'muon as large as adamw': { ...muon, shapeFactor: 'match-rms-adamw', iterations: 3, rest: { ...muon.rest, rate: 1 } },
  'muon, a momentum below epsilon': { ...muon, epsilon: 10 },
};

const zeros = (): Vectors => new Map([...gradientsAt(0)].map(([name, values]) => [name, values.map(() => 0)]));

describe('update rules against plain loops', () => {
  for (const [title, optimizer] of Object.entries(cases))
    it(title, async () => {
      const program = programOf(optimizer);
      const evaluate = await onReference(program);
      const [weights, first, second] = [gradientsAt(99), zeros(), zeros()];
      const state = new Map<string, ArrayLike<number>>();
      for (const { name, role } of parameters) {
        state.set(name, [...(weights.get(name) ?? [])]);
        for (const moment of namesOf(optimizer, role)) state.set(`${name}/${moment}`, new Float64Array(weights.get(name)?.length ?? 0));
      }
      for (let step = 0; step < 6; step++) {
        const rate = 0.1 / (step + 1);
        const scalars = stepScalars(optimizer, {
          learningRate: rate,
          updates: new Map([
            ['early', step + 1 + AHEAD],
            ['late', step + 1],
          ]),
        });
        const gradients = gradientsAt(step);
        const outputs = await evaluate(
          program.inputs.map(({ name, role }) => {
            if (role === 'scalar') return [scalars.get(name) ?? assert.fail(name)];
            return (role === 'batch' ? gradients.get(name.replace('/gradient', '')) : state.get(name)) ?? assert.fail(name);
          }),
        );
        const norm = plainStep(optimizer, rate, step, weights, first, second);
        // The clipping factor is clip/(norm + 1e-6), as PyTorch has it.
        // Orthogonalisation magnifies what a factor of the gradient changes in small singular values.
        const tolerance = { relative: optimizer.clip > 0 ? 1e-5 : 1e-11, absolute: 0 };
        assertClose(outputs[0] as Float64Array, [norm], { relative: 1e-12, absolute: 0 }, 'gradient norm');
        program.outputs.forEach(({ role, name: output }, index) => {
          if (role === 'gradientNorm') return;
          state.set(output, outputs[index] as Float64Array);
          const [name = '', moment] = output.split('/');
          const expected = (moment === undefined ? weights : moment === 'second-moment' ? second : first).get(name) ?? assert.fail(output);
          assertClose(outputs[index] as Float64Array, expected, tolerance, `step ${step}, ${output}`);
        });
      }
    });

  it('decay is for matrices only: with gradients of zero a vector stays, and a matrix shrinks by 1 − rate·decay', async () => {
    for (const optimizer of [sgd, adamw, { ...muon, rest: { ...muon.rest, rate: 1 } }]) {
      const program = programOf(optimizer);
      const scalars = stepScalars(optimizer, {
        learningRate: 0.5,
        updates: new Map([
          ['early', 1],
          ['late', 1],
        ]),
      });
      const outputs = await (await onReference(program))(
        program.inputs.map(({ name, role, value }) => {
          const size = sizeOf(program.types[value]?.shape ?? []);
          return role === 'scalar'
            ? [scalars.get(name) ?? assert.fail(name)]
            : Array.from({ length: size }, () => (role === 'parameter' ? 2 : 0));
        }),
      );
      const next = (name: string) => outputs[program.outputs.findIndex((output) => output.name === name)] as Float64Array;
      assertClose(next('vector'), [2, 2, 2], { relative: 0, absolute: 0 }, 'vector');
      assertClose(
        next('tall'),
        Array.from({ length: 8 }, () => 1.9),
        { relative: 1e-15, absolute: 0 },
        'matrix of a layer',
      );
      assertClose(next('other'), [1.9, 1.9, 1.9], { relative: 1e-15, absolute: 0 }, 'matrix');
    }
  });

  it('clipping scales all parameters by one factor, and leaves a gradient below the bound as it is to the bit', async () => {
    const moments = async (clip: number): Promise<readonly number[]> => {
      const program = programOf({ ...sgd, momentum: 0, clip });
      const scalars = stepScalars(sgd, { learningRate: 0.1, updates: new Map() });
      const gradients = gradientsAt(0);
      const outputs = await (await onReference(program))(
        program.inputs.map(({ name, role, value }) => {
          const size = sizeOf(program.types[value]?.shape ?? []);
          if (role === 'scalar') return [scalars.get(name) ?? assert.fail(name)];
          return role === 'batch' ? (gradients.get(name.replace('/gradient', '')) ?? assert.fail(name)) : new Float64Array(size);
        }),
      );
      return program.outputs.flatMap(({ role }, index) => (role === 'moment' ? Array.from(outputs[index] as Float64Array) : []));
    };
    const [free, loose, tight] = [await moments(0), await moments(1e9), await moments(0.5)];
    assert.deepEqual(loose, free);
    assertClose([Math.hypot(...tight)], [0.5], { relative: 1e-5, absolute: 0 }, 'norm after clipping');
    const factor = (tight[0] ?? Number.NaN) / (free[0] ?? Number.NaN);
    assertClose(
      tight,
      free.map((value) => factor * value),
      { relative: 1e-13, absolute: 0 },
      'one factor',
    );
  });

  it('bias corrections are per group: a group that has seen fewer updates takes the larger step for the same moments', () => {
    const scalars = stepScalars(adamw, {
      learningRate: 0.1,
      updates: new Map([
        ['old', 1000],
        ['young', 1],
      ]),
    });
    const scalar = (name: string): number => scalars.get(name) ?? assert.fail(name);
    assertClose([scalar('old/step-size')], [0.1], { relative: 1e-12, absolute: 0 }, 'old');
    assertClose([scalar('young/step-size')], [(0.1 * Math.sqrt(1 - 0.95)) / (1 - 0.9)], { relative: 1e-12, absolute: 0 }, 'young');
    assertClose([scalar('young/epsilon')], [1e-3 * Math.sqrt(1 - 0.95)], { relative: 1e-12, absolute: 0 }, 'young epsilon');
  });
});
