/**
 * Layers that are applied several times: the same network, loss and gradient (the sum over the applications) as the stack of as many layers with
 * equal weights, in float64; as many FLOPs; once is what it was. Runs that grow loops: `test/runner/loops.test.ts`.
 */
import assert from 'node:assert/strict';
import { addFamily, familyOf } from '../../src/model/families.js';
import type { SizedModel } from '../../src/model/family.js';
import { evaluation, logitsProgram } from '../../src/model/level-programs.js';
import type { Seen } from '../../src/model/level-trace.js';
import { layerParameters, levelParameters, sharedParameters } from '../../src/model/parameters.js';
import { scalesOf } from '../../src/model/parametrisation.js';
import { gradientProgram, trainingStep, WEIGHT } from '../../src/model/training-step.js';
import { flopsOf } from '../../src/program/cost.js';
import { peakBytes } from '../../src/program/peak-bytes.js';
import { type Program, sizeOf, typeIn } from '../../src/program/program.js';
import type { Discretization } from '../../src/schedule/grid.js';
import type { Model } from '../../src/schedule/schedule.js';
import { randomParameters } from '../huggingface/random-model.js';
import { assertClose, onReference } from '../program/on-reference.js';
import { residualMlpLike, withResidualMlps } from './residual-mlp.js';
import { adamw, tinyLlama, tinyModel } from './tiny.js';

const BATCH = 2;
const tokens = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];

type Values = ReadonlyMap<string, ArrayLike<number>>;

/** The outputs of a program by name; sums begin at zero. */
const outputsOf = async (program: Program, parameters: Values): Promise<ReadonlyMap<string, Float64Array>> => {
  const given = new Map<string, ArrayLike<number>>([...parameters, ['inputs', tokens], ['targets', [...tokens].reverse()], [WEIGHT, [1]]]);
  const inputs = program.inputs.map(({ name, role, value }) =>
    role === 'gradient' || role === 'loss'
      ? new Float64Array(sizeOf(typeIn(program, value).shape))
      : (given.get(name) ?? assert.fail(name)),
  );
  const outputs = await (await onReference(program))(inputs);
  return new Map(program.outputs.map(({ name }, index) => [name, outputs[index] ?? assert.fail(name)]));
};

/** Parameters of a network of some layers, and the same weights once more for each further application. */
const tied = (model: SizedModel, loops: number): { readonly own: Values; readonly stacked: Values } => {
  const own = new Map([...randomParameters(model, model.vocabulary, 1)].map(([name, { data }]) => [name, data] as const));
  const copies = [...own].flatMap(([name, data]) => {
    const [, layer, rest] = /^layers\.(\d+)\.(.*)$/.exec(name) ?? [];
    if (layer === undefined) return [[name, data] as const];
    return Array.from({ length: loops }, (_, loop) => [`layers.${loop * model.layers + Number(layer)}.${rest}`, data] as const);
  });
  return { own, stacked: new Map(copies) };
};

/** The sum over the copies of each layer. */
const summed = (gradients: ReadonlyMap<string, Float64Array>, layers: number): ReadonlyMap<string, Float64Array> => {
  const sums = new Map<string, Float64Array>();
  for (const [name, values] of gradients) {
    const first = name.replace(/^layers\.(\d+)\./, (_, layer) => `layers.${Number(layer) % layers}.`);
    sums.set(first, sums.get(first)?.map((value, index) => value + (values[index] ?? Number.NaN)) ?? values);
  }
  return sums;
};

const bound = { relative: 1e-12, absolute: 1e-15 };

describe('layers that are applied several times', () => {
  withResidualMlps();

  const models: readonly (readonly [string, () => SizedModel])[] = [
    ['gpt', () => tinyModel],
    ['llama', () => tinyLlama],
    ['another family', () => ({ ...residualMlpLike(tinyModel), vocabulary: tinyModel.vocabulary })],
  ];
  for (const [family, modelOf] of models)
    for (const { layers, loops } of [
      { layers: 2, loops: 3 },
      { layers: 1, loops: 2 },
    ])
      it(`${family}: ${layers} applied ${loops} times are ${layers * loops} with equal weights: logits, loss and gradient`, async () => {
        const model = { ...modelOf(), layers };
        const { own, stacked } = tied(model, loops);
        const looped: Discretization = { layers, h: 0.5, loops };
        const unrolled: Discretization = { layers: layers * loops, h: 0.5 };
        for (const program of [logitsProgram, evaluation]) {
          const [found] = (await outputsOf(program(model, looped, BATCH), own)).values();
          const [wanted] = (await outputsOf(program(model, unrolled, BATCH), stacked)).values();
          assertClose(found ?? assert.fail(), wanted ?? assert.fail(), bound, program.name);
        }
        const [of, asStack] = [gradientProgram(model, looped, BATCH), gradientProgram(model, unrolled, BATCH)];
        const found = await outputsOf(of, own);
        const wanted = summed(await outputsOf(asStack, stacked), layers);
        assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort());
        for (const [name, values] of found) assertClose(values, wanted.get(name) ?? assert.fail(name), bound, name);
        assert.equal(flopsOf(of).matmul, flopsOf(asStack).matmul);
      });

  it('are refused to a family that does not apply them so often', () => {
    const once = familyOf(tinyModel);
    const kind = 'once' as Model['kind'];
    const remove = addFamily(
      { ...once, kind, hiddenStates: (forward, inputs) => once.hiddenStates({ ...forward, layers: forward.layers.slice(0, 2) }, inputs) },
      {},
    );
    const model = { ...tinyModel, kind } as SizedModel;
    assert.throws(
      () => evaluation(model, { layers: 2, h: 1, loops: 3 }, BATCH),
      /the family once takes 2 of the 6 steps of forward\.layers/,
    );
    remove();
  });

  it('have their parameters once', () => {
    const names = (level: Discretization) => levelParameters(tinyModel, level).map(({ fullName }) => fullName);
    assert.deepEqual(names({ layers: 3, h: 1, loops: 4 }), names({ layers: 3, h: 1 }));
  });

  it('once are what they were: the same program', () => {
    for (const model of [tinyModel, tinyLlama])
      assert.deepEqual(
        trainingStep(model, { layers: 2, h: 1, loops: 1 }, BATCH, adamw),
        trainingStep(model, { layers: 2, h: 1 }, BATCH, adamw),
      );
  });

  it('are recomputed one application at a time: the same bits, in less memory', async () => {
    for (const { layers, loops } of [
      { layers: 1, loops: 6 },
      { layers: 2, loops: 3 },
    ]) {
      const of = (seen: Seen) => gradientProgram({ ...tinyModel, layers }, { layers, h: 0.5, loops }, BATCH, seen);
      const { own } = tied({ ...tinyModel, layers }, loops);
      assert.deepEqual(await outputsOf(of({ recompute: 'layers' }), own), await outputsOf(of({}), own));
      assert.ok(peakBytes(of({ recompute: 'layers' })) < peakBytes(of({})));
    }
  });

  it('have the ε of completeP that goes with the sum of their applications’ gradients', () => {
    const model: SizedModel = { ...tinyModel, parametrisation: 'completeP', baseLayers: 4, baseWidth: 4 };
    for (const [group, specs] of [
      ['layer', layerParameters(model)],
      ['shared', sharedParameters(model)],
    ] as const)
      for (const spec of specs)
        assert.deepEqual(scalesOf(model, { h: 0.25, loops: 4 }, spec, group), scalesOf(model, { h: 1 }, spec, group));
  });
});
