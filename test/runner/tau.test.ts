/**
 * Tau corrections in real runs. The optimizer is plain gradient descent, which leaves each step's gradient in the momentum, with a rate so small
 * that nothing moves: so a checkpoint after a coarse step holds the gradient of the coarse objective where the level began, and a checkpoint of a
 * run that stayed on the fine level holds the fine one there.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../../src/backend.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import type { LayerOperator, Schedule, Stage } from '../../src/schedule/schedule.js';
import { bind, parse } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { transferOf } from '../../src/transfer/operators.js';
import { gradientOnly } from '../model/tiny.js';
import { inTemporaryFolder, onnxBackend, right, runWithEvents } from './harness.js';
import { VOCABULARY } from './pipelines.js';

const LAYERS = 4;

type Gradient = ReadonlyMap<string, Float32Array>;

const scheduleOf = (text: string, clip = 0): Schedule =>
  right(
    verify({
      version: 1,
      setup: {
        model: { kind: 'gpt', layers: LAYERS, heads: 2, width: 8, context: 4, bias: true },
        data: { kind: 'tokens', vocabulary: VOCABULARY },
        optimizer: { ...gradientOnly, clip, learningRate: { ...gradientOnly.learningRate, peak: 1e-30 } },
        batch: 2,
        seed: 3,
        evaluation: { every: 1, batches: 1 },
      },
      stages: right(bind(right(parse(text)), {})) as readonly Stage[],
    }),
  );

describe('tau corrections on onnx-cpu', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  /** The gradients in a checkpoint, by the parameter's name on its level. */
  const gradients = (folder: string, step: number, level: number): Gradient => {
    const { tensors, metadata } = right(
      decodeSafetensors(readFileSync(join(folder, RUN_FILES.checkpoints, `step-${String(step).padStart(8, '0')}.safetensors`))),
    );
    const aliases: Readonly<Record<string, string>> = JSON.parse(metadata.aliases ?? '{}');
    const prefix = level === 0 ? '' : `level.${level}/`;
    const found = new Map<string, Float32Array>();
    for (const name of [...tensors.keys(), ...Object.keys(aliases)]) {
      const own = name.startsWith(prefix) ? name.slice(prefix.length) : '';
      const parameter = own.replace(/\/momentum$/, '');
      if (parameter === own || parameter.includes('/')) continue;
      const data = tensors.get(aliases[name] ?? name)?.data;
      found.set(parameter, data instanceof Float32Array ? data : assert.fail(name));
    }
    return found;
  };

  const gradientAfter = (text: string, step: number, level: number): Promise<Gradient> =>
    inTemporaryFolder(async (folder) => {
      const { result } = await runWithEvents(scheduleOf(text), { backend, folder });
      assert.deepEqual(right(result).outcome, { kind: 'finished' });
      return gradients(folder, step, level);
    });

  /** Pᵀ·g, reckoned apart: shared parameters as they are. */
  const restricted = (gradient: Gradient, operator: LayerOperator, layers: number): Gradient => {
    const { prolongation } = transferOf(operator, layers);
    const found = new Map<string, Float32Array>([...gradient].filter(([name]) => !name.startsWith('layers.')));
    prolongation.rows.forEach((row, fine) => {
      for (const { column, weight } of row)
        for (const [name, values] of gradient) {
          if (!name.startsWith(`layers.${fine}.`)) continue;
          const coarse = name.replace(/^layers\.\d+/, `layers.${column}`);
          const sum = found.get(coarse) ?? new Float32Array(values.length);
          found.set(
            coarse,
            sum.map((value, index) => value + weight * (values[index] ?? 0)),
          );
        }
    });
    return found;
  };

  const norm = (gradient: Gradient): number =>
    Math.sqrt([...gradient.values()].reduce((sum, values) => sum + values.reduce((squares, value) => squares + value * value, 0), 0));
  const minus = (a: Gradient, b: Gradient): Gradient =>
    new Map(
      [...a].map(([name, values]) => [
        name,
        values.map((value, index) => value - ((b.get(name) ?? assert.fail(name))[index] ?? Number.NaN)),
      ]),
    );
  const mean = (a: Gradient, b: Gradient): Gradient =>
    new Map(
      [...a].map(([name, values]) => [
        name,
        values.map((value, index) => (value + ((b.get(name) ?? assert.fail(name))[index] ?? Number.NaN)) / 2),
      ]),
    );

  const assertEqual = (actual: Gradient, expected: Gradient): void => {
    assert.deepEqual(new Set(actual.keys()), new Set(expected.keys()));
    const off = norm(minus(actual, expected)) / norm(expected);
    assert.ok(off < 1e-5, `relative difference ${off}`);
  };

  const cases: readonly (readonly [text: string, operator: LayerOperator])[] = [
    ['even', { kind: 'every', factor: 2, offset: 0 }],
    ['every(4, 2)', { kind: 'every', factor: 4, offset: 2 }],
    ['average(2)', { kind: 'average', factor: 2 }],
    [
      'matrix([[0.5, 0.5, 0, 0], [0, 0, 0.25, 0.75]], [[1, 0], [0.5, -0.25], [0, 2], [0, 1]])',
      {
        kind: 'matrix',
        restriction: [
          [0.5, 0.5, 0, 0],
          [0, 0, 0.25, 0.75],
        ],
        prolongation: [
          [1, 0],
          [0.5, -0.25],
          [0, 2],
          [0, 1],
        ],
      },
    ],
  ];
  for (const [text, operator] of cases)
    for (const h of ['scale', 'keep'])
      it(`first-order consistency to 1e-5: ${text}, h ${h}`, async () => {
        const coarse = await gradientAfter(`train(1) >> restrict(${text}, h: ${h}, tau: 1) >> train(1) >> prolongate(correction: 1)`, 2, 1);
        const fine = await gradientAfter('train(2)', 2, 0);
        assertEqual(coarse, restricted(fine, operator, LAYERS));
        // Without tau it is another gradient.
        const plain = await gradientAfter(`train(1) >> restrict(${text}, h: ${h}) >> train(1) >> prolongate(correction: 1)`, 2, 1);
        assert.ok(norm(minus(plain, restricted(fine, operator, LAYERS))) > 1e-2 * norm(fine));
      });

  it('over two batches, the mean of the coarse gradients is the mean of the fine ones, restricted', async () => {
    const text = 'train(1) >> restrict(average(2), tau: 2) >> train(2) >> prolongate(correction: 1)';
    const coarse = mean(await gradientAfter(text, 2, 1), await gradientAfter(text, 3, 1));
    const fine = mean(await gradientAfter('train(3)', 2, 0), await gradientAfter('train(3)', 3, 0));
    assertEqual(coarse, restricted(fine, { kind: 'average', factor: 2 }, LAYERS));
  });

  it('a level under a level with tau takes that tau down', async () => {
    const average: LayerOperator = { kind: 'average', factor: 2 };
    const even: LayerOperator = { kind: 'every', factor: 2, offset: 0 };
    const text =
      'restrict(average(2), tau: 1) >> train(1) >> restrict(even, tau: 1) >> train(1) >> prolongate >> prolongate(correction: 1)';
    const coarsest = await gradientAfter(text, 2, 2);
    const between = await gradientAfter('restrict(average(2), tau: 1) >> train(2) >> prolongate(correction: 1)', 2, 1);
    assertEqual(coarsest, restricted(between, even, 2));
    // Two restrictions at once: all the way down.
    const both = 'restrict(average(2), tau: 1) >> restrict(even, tau: 1) >> train(1) >> prolongate >> prolongate(correction: 1)';
    const fine = await gradientAfter('train(1)', 1, 0);
    assertEqual(await gradientAfter(both, 1, 2), restricted(restricted(fine, average, LAYERS), even, 2));
  });

  it('is added before the gradient is clipped, and is gone after the way back', () =>
    inTemporaryFolder(async (folder) => {
      const text = 'restrict(even, tau: 1) >> train(1) >> prolongate >> train(1)';
      const { events } = await runWithEvents(scheduleOf(text, 0.01), { backend, folder });
      const norms = events.flatMap((event) => (event.kind === 'step' ? [event.gradientNorm] : []));
      const fine = await gradientAfter('train(2)', 1, 0);
      const expected = norm(restricted(fine, { kind: 'every', factor: 2, offset: 0 }, LAYERS));
      assert.ok(Math.abs((norms[0] ?? 0) - expected) < 1e-5 * expected);
      assert.ok(Math.abs(norm(gradients(folder, 1, 1)) - 0.01) < 1e-5, 'the whole of it is clipped');
      const after = norm(await gradientAfter('train(2)', 2, 0));
      assert.ok(Math.abs((norms[1] ?? 0) - after) < 1e-5 * after);
    }));

  it('is in checkpoints while its level is open', () =>
    inTemporaryFolder(async (folder) => {
      await runWithEvents(scheduleOf('restrict(even, tau: 1) >> train(1) >> prolongate >> train(1)'), { backend, folder });
      const names = (step: number): readonly string[] => [
        ...right(decodeSafetensors(readFileSync(join(folder, RUN_FILES.checkpoints, `step-0000000${step}.safetensors`)))).tensors.keys(),
      ];
      const parameters = names(1).filter((name) => !name.includes('/'));
      const shared = parameters.filter((name) => !name.startsWith('layers.'));
      assert.equal(
        names(1).filter((name) => name.startsWith('level.1/tau/')).length,
        shared.length + (parameters.length - shared.length) / 2,
      );
      assert.ok(!names(2).some((name) => name.includes('/tau/')));
    }));
});
