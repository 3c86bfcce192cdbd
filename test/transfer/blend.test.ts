/** Second moments under a correction, on numbers: what a first moment beside them asks, and what there is without one. What policies make of it: `moments.test.ts`. */
import assert from 'node:assert/strict';
import { blendInput, correctProgram } from '../../src/transfer/blend.js';
import type { LayerTensor } from '../../src/transfer/layer-tensor.js';
import { onReference } from '../program/on-reference.js';

const moment = (name: string, degree: 1 | 2): LayerTensor => ({ name, class: name, shape: [], axes: [], degree, endsBranch: false });
const first = moment('m', 1);
const second: LayerTensor = { ...moment('v', 2), bound: { first: 'm', ratio: 4 } };

/** A correction of weight 1 from what was there, what was restricted and what was learnt from that. */
const corrected = async (
  tensors: readonly LayerTensor[],
  values: Readonly<Record<string, readonly [stood: number, restricted: number, learnt: number]>>,
  halfway = false,
): Promise<readonly (number | undefined)[]> => {
  const program = correctProgram(tensors, 1, halfway);
  const inputs = new Map(
    Object.entries(values).flatMap(([name, [stood, restricted, learnt]]): readonly (readonly [string, number])[] => [
      [blendInput.base(name), stood],
      [blendInput.restricted(name, 0), restricted],
      [blendInput.term(name, 0), learnt],
      [blendInput.weight(name, 0), 1],
    ]),
  );
  const run = await onReference(program);
  return (await run(program.inputs.map(({ name }) => [inputs.get(name) ?? assert.fail(name)]))).map(([value]) => value);
};

describe('second moments under a correction', () => {
  it('are what the correction gives where m asks for no more', async () => {
    assert.deepEqual(await corrected([first, second], { m: [1, 2, 3], v: [9, 4, 5] }), [2, 10]);
    assert.deepEqual(await corrected([first, second], { m: [1, 2, 1], v: [9, 4, 1] }), [0, 6]);
  });

  it('are m²/ratio where they would fall below it', async () => {
    assert.deepEqual(await corrected([first, second], { m: [1, 2, -3], v: [2, 9, 1] }), [-4, 4]);
  });

  it('are raised no further than the square of what m gained allows', async () => {
    const [, v] = await corrected([first, second], { m: [100, 0, 2 ** -6], v: [0, 0, 0] });
    assert.equal(v, 2 ** 10 * 2 ** -12);
    assert.deepEqual(await corrected([first, second], { m: [100, 3, 3], v: [0, 5, 5] }), [100, 0]);
  });

  it('are the mean of that and what was there, halfway', async () => {
    assert.deepEqual(await corrected([first, second], { m: [1, 2, -3], v: [2, 9, 1] }, true), [-1.5, 3]);
  });

  it('stop at 0 where a rule keeps no first moment', async () => {
    assert.deepEqual(await corrected([moment('v', 2)], { v: [2, 9, 1] }), [0]);
    assert.deepEqual(await corrected([moment('v', 2)], { v: [2, 9, 8] }), [1]);
    assert.deepEqual(await corrected([moment('v', 2)], { v: [2, 9, 1] }, true), [1]);
  });
});
