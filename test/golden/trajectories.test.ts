/**
 * Golden trajectories: 48 steps across every kind of transfer, and what each backend makes of them. To the bit on the kind of machine on which they
 * were recorded, within the precision's band on any other: a change of rounding is a decision, and never a surprise. UPDATE_GOLDEN=1 records them
 * again, with the kind of this machine.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { createReference } from '../../backends/reference/index.js';
import { createTfjsCpu } from '../../backends/tfjs/cpu-node.js';
import { createTfjsWasm } from '../../backends/tfjs/wasm-node.js';
import { createTorchCpu } from '../../backends/torch/cpu.js';
import type { Backend, BackendError } from '../../src/backend.js';
import { everyTransfer } from '../backends/every-transfer.js';
import { tolerances } from '../backends/tolerances.js';
import { trajectoryOn } from '../backends/two-levels.js';
import { right } from '../runner/harness.js';
import { assertWithin, machineKind } from './machine-kind.js';

const folder = join(process.cwd(), 'test/golden/trajectories');

/** On one thread: how a sum is divided among threads is rounding, too. */
const backends: Readonly<Record<string, () => TaskEither<BackendError, Backend>>> = {
  reference: () => async () => E.right(createReference()),
  'onnx-cpu': () => createOnnxCpu({ threads: 1 }),
  'tfjs-cpu': () => createTfjsCpu(),
  'tfjs-wasm': () => createTfjsWasm(),
  'torch-cpu': () => createTorchCpu({ threads: 1 }),
};

interface Golden {
  readonly machine: string;
  readonly losses: readonly number[];
}

const fileOf = (name: string): string => join(folder, `${name}.json`);
const goldenOf = (name: string): Golden => JSON.parse(readFileSync(fileOf(name), 'utf8'));

describe('48 steps across every kind of transfer', function () {
  this.timeout(120_000);

  for (const [name, create] of Object.entries(backends))
    it(`on ${name}`, async function () {
      const opened = await create()();
      if (E.isLeft(opened)) {
        assert.equal(opened.left.kind, 'unavailable', opened.left.message);
        console.log(`      skipped: ${opened.left.message}`);
        return this.skip();
      }
      const backend = opened.right;
      const losses: number[] = [];
      for (const schedule of everyTransfer) losses.push(...(await trajectoryOn(backend, schedule)).losses);
      right(await backend.close()());
      assert.equal(losses.length, 48);
      const found: Golden = { machine: machineKind(), losses };
      if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(fileOf(name), `${JSON.stringify(found, undefined, 2)}\n`);
      const golden = goldenOf(name);
      if (golden.machine === found.machine) {
        assert.deepEqual(found, golden, 'other rounding: if that was meant, record it with UPDATE_GOLDEN=1, and say why');
        return;
      }
      console.log(`      within the band, since it was recorded on another kind of machine (${golden.machine})`);
      assertWithin(losses, golden.losses, tolerances[backend.capabilities.precision].trajectory);
    });

  it('is that of the reference on all of them, within the band', () => {
    const { losses } = goldenOf('reference');
    for (const name of Object.keys(backends)) assertWithin(goldenOf(name).losses, losses, tolerances.f32.trajectory);
  });
});
