/**
 * Golden trajectories: the losses of forty steps across every kind of transfer, as they were when they were last written. On the kind of machine on which
 * that was done they are the same to the bit, elsewhere within the band of their precision: a change of rounding is a decision, and never a surprise.
 * UPDATE_GOLDEN=1 writes them again.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { createReference } from '../../backends/reference/index.js';
import { createTfjsCpu } from '../../backends/tfjs/cpu-node.js';
import { createTfjsWasm } from '../../backends/tfjs/wasm-node.js';
import { createTorchCpu } from '../../backends/torch/cpu.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { everyTransfer } from '../backends/every-transfer.js';
import { tolerances } from '../backends/tolerances.js';
import { trajectoryOn } from '../backends/two-levels.js';
import { goldenLosses } from './golden-losses.js';
import { assertWithin, kindOf } from './machine-kind.js';

const STEPS = 40;
const SOURCE = join(process.cwd(), 'test/golden/golden-losses.ts');

const lossesOn = async (backend: Backend): Promise<readonly number[]> => {
  const losses: number[] = [];
  for (const schedule of everyTransfer) losses.push(...(await trajectoryOn(backend, schedule)).losses);
  return losses;
};

const write = (name: string, kind: string, losses: readonly number[]): void => {
  const marked = new RegExp(`\\n  ${name}: \\{.*?\\n  \\},`, 's');
  const entry = `\n  ${name}: {\n    kind: ${JSON.stringify(kind).replaceAll("'", "\\'").replaceAll('"', "'")},\n    losses: [\n${losses.map((loss) => `      ${loss},`).join('\n')}\n    ],\n  },`;
  writeFileSync(SOURCE, readFileSync(SOURCE, 'utf8').replace(marked, () => entry));
};

const backends: readonly (readonly [keyof typeof goldenLosses, TE.TaskEither<BackendError, Backend>])[] = [
  ['reference', TE.of(createReference())],
  ['onnxCpu', createOnnxCpu({ threads: 1 })],
  ['tfjsCpu', createTfjsCpu()],
  ['tfjsWasm', createTfjsWasm()],
  ['torchCpu', createTorchCpu({ threads: 1 })],
];

describe('the golden trajectory', () => {
  for (const [name, open] of backends)
    it(`of ${name}: to the bit on the kind of machine that wrote it, within the band elsewhere`, async function () {
      const opened = await open();
      if (E.isLeft(opened)) {
        if (name !== 'torchCpu' || opened.left.kind !== 'unavailable') assert.fail(opened.left.message);
        console.log(`      skipped: ${opened.left.message}`);
        this.skip();
      }
      const backend = opened.right;
      const { kind, losses: golden } = goldenLosses[name];
      const losses = await lossesOn(backend);
      await backend.close()();
      assert.equal(losses.length, STEPS);
      if (process.env['UPDATE_GOLDEN'] === '1') write(name, kindOf(backend), losses);
      else if (kind === kindOf(backend)) assert.deepEqual(losses, golden);
      else assertWithin(losses, golden, tolerances[backend.capabilities.precision].trajectory);
    });

  it('of each backend is that of the reference, within the band', () => {
    for (const { losses } of Object.values(goldenLosses)) assertWithin(losses, goldenLosses.reference.losses, tolerances.f32.trajectory);
  });
});
