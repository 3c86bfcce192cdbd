/** GELU with tanh: its values, its gradient also far from zero, and training with it, alike on two backends. */
import assert from 'node:assert/strict';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { createReference } from '../../backends/reference/index.js';
import type { Backend, HostTensor } from '../../src/backend.js';
import { differentiate } from '../../src/program/differentiate.js';
import { Tracer } from '../../src/program/tracer.js';
import { trajectoryOn, twoLevels } from '../backends/two-levels.js';
import { tanhGelu, tanhGeluSlope } from '../program/formulas.js';
import { assertClose } from '../program/on-reference.js';
import { right } from '../runner/harness.js';

const POINTS = [-1e4, -30, -10.5, -8, -3, -1, -0.1, 0, 0.1, 1, 3, 8, 10.5, 30, 1e4];

/** Values and slopes at the points. */
const onBackend = async (backend: Backend): Promise<readonly (readonly number[])[]> => {
  const trace = new Tracer('tanh-gelu');
  const type = { dtype: 'f32', shape: [POINTS.length] } as const;
  const x = trace.input('x', 'batch', type);
  const y = trace.tanhGelu(x);
  const [slope] = differentiate(trace, y, [x]);
  const program = trace.finish([
    { name: 'y', tensor: y },
    { name: 'slope', tensor: slope ?? assert.fail('no gradient') },
  ]);
  const executable = right(await backend.compile(program)());
  const data = backend.capabilities.precision === 'f64' ? Float64Array.from(POINTS) : Float32Array.from(POINTS);
  const given: HostTensor = { type, data };
  const outputs = right(await executable.run([right(await backend.upload(given)())])());
  return Promise.all(outputs.map(async (tensor) => [...right(await backend.download(tensor)()).data]));
};

describe('GELU with tanh', () => {
  for (const { name, open, tolerance } of [
    { name: 'float64', open: async () => createReference(), tolerance: 1e-13 },
    { name: 'onnx-cpu', open: async () => right(await createOnnxCpu()()), tolerance: 2e-6 },
  ])
    it(`has its values and slopes in ${name}, and no overflow where a step may take it`, async () => {
      const [values = [], slopes = []] = await onBackend(await open());
      POINTS.forEach((x, index) => {
        for (const [found, wanted] of [
          [values[index], tanhGelu(x)],
          [slopes[index], tanhGeluSlope(x)],
        ] as const)
          assert.ok(
            Math.abs((found ?? Number.NaN) - wanted) <= tolerance * Math.max(1, Math.abs(wanted)),
            `at ${x}: ${found}, not ${wanted}`,
          );
      });
    });

  it('is gelu_new, and not the exact one: 0.841192 at 1', () => {
    assert.equal(tanhGelu(1).toFixed(6), '0.841192');
  });

  it('trains on two backends alike, and other than the exact one', async () => {
    const { setup } = twoLevels;
    const schedule = { ...twoLevels, setup: { ...setup, model: { ...setup.model, gelu: 'tanh' as const } } };
    const reference = await trajectoryOn(createReference(), schedule);
    const onnx = await trajectoryOn(right(await createOnnxCpu()()), schedule);
    const exact = await trajectoryOn(createReference());
    assertClose(onnx.losses, reference.losses, { relative: 0, absolute: 1e-4 }, 'losses');
    assert.notDeepEqual(reference.losses, exact.losses);
  }).timeout(60_000);
});
