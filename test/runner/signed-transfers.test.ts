/** Transfers whose matrices have coefficients below zero: second moments move by the coefficients without sign, and training continues. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { adamw, gpt, pipeline, tokens } from '../../dsl/index.js';
import type { Backend } from '../../src/backend.js';
import type { MomentsPolicy } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { inTemporaryFolder, onnxBackend, right, runWithEvents } from './harness.js';
import { VOCABULARY } from './pipelines.js';

const setup = {
  model: gpt({ layers: 2, heads: 2, width: 8, context: 4 }),
  data: tokens(VOCABULARY),
  optimizer: adamw(),
  batch: 2,
  seed: 1,
};
const policies: readonly MomentsPolicy[] = ['carry', 'rescale', 'average'];
const downAndUp: readonly (readonly [string, string])[] = [
  ['down', 'matrix([[2, -1]], [[1], [1]])'],
  ['up', 'matrix([[1, 0]], [[1], [-1]])'],
];

describe('a transfer with coefficients below zero', () => {
  let backend: Backend;
  before(async () => {
    backend = await onnxBackend();
  });
  after(async () => right(await backend.close()()));

  for (const [direction, matrix] of downAndUp)
    for (const moments of policies)
      it(`${direction}, moments ${moments}: the losses after it are finite`, () =>
        inTemporaryFolder(async (folder) => {
          const text = `train(3) >> restrict(${matrix}, moments: ${moments}) >> train(3) >> prolongate(moments: ${moments}) >> train(3)`;
          const schedule = right(verify(pipeline(setup, text as string)));
          const { result, events } = await runWithEvents(schedule, { backend, folder: join(folder, 'run') });
          assert.deepEqual(right(result).outcome, { kind: 'finished' });
          const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
          assert.equal(losses.length, 9);
          assert.ok(losses.every(Number.isFinite), losses.join());
        }));
});
