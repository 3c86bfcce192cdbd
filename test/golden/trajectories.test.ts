/**
 * Golden trajectories: forty steps across every kind of transfer, and what each backend makes of them. To the bit on the kind of machine on which they
 * were recorded, within the precision's band on any other: a change of rounding is a decision, and never a surprise. UPDATE_GOLDEN=1 records them
 * again, with the kind of this machine.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { createReference } from '../../backends/reference/index.js';
import { createTfjsCpu } from '../../backends/tfjs/cpu-node.js';
import { createTfjsWasm } from '../../backends/tfjs/wasm-node.js';
import { createTorchCpu } from '../../backends/torch/cpu.js';
import type { Backend, BackendError } from '../../src/backend.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { bind, parse } from '../../src/schedule/text/index.js';
import { trajectoryOn, twoLevels } from '../backends/two-levels.js';
import { tolerances } from '../backends/tolerances.js';
import { right } from '../runner/harness.js';

const folder = join(process.cwd(), 'test/golden/trajectories');

/** Forty steps, from four layers to sixteen. */
const STAGES = `
  train(3) >> restrict(even, moments: rescale) >> train(3) >> prolongate(interpolation: linear) >>
  train(1) >> restrict(average(2), tau: true) >> train(3) >> prolongate(correction: 0.5, lineSearch: 3) >>
  train(1) >> restrict(odd, h: keep, moments: reset) >> train(3) >> prolongate(moments: average) >>
  restrict(width(2)) >> train(3) >> prolongate(mix: 0.5) >>
  restrict(compose(every(4, 1), width(2, pairing: halves))) >> train(2) >> prolongate(counters: reset) >>
  restrict(matrix([[0.5, 0.5, 0, 0], [0, 0, 0, 1]], [[1, 0], [1, 0], [0, 1], [0, 1]])) >> train(2) >> prolongate(moments: zero-new) >>
  ( restrict(even) >> train(3) >> prolongate | restrict(odd) >> train(3) >> prolongate ) >>
  train(1) >> grow(repeat(2), h: scale) >> train(2) >> grow(interleave(2), moments: rescale) >> train(2) >>
  train(2, only: [0..3]) >> train(2, batch: 3, context: 4) >> train(2, accumulate: 2) >> evaluate >> train(2)`;

const schedule: Schedule = { ...twoLevels, stages: right(bind(right(parse(STAGES)), {})) };

/** On one thread: how a sum is divided among threads is rounding, too. */
const backends: Readonly<Record<string, () => TaskEither<BackendError, Backend>>> = {
  reference: () => async () => E.right(createReference()),
  'onnx-cpu': () => createOnnxCpu({ threads: 1 }),
  'tfjs-cpu': () => createTfjsCpu(),
  'tfjs-wasm': () => createTfjsWasm(),
  'torch-cpu': () => createTorchCpu({ threads: 1 }),
};

/** Instructions by which kernels are chosen. */
const CHOSEN_BY = ['avx2', 'avx512f', 'avx512_bf16', 'avx512_vnni', 'avx_vnni', 'amx_tile', 'asimd', 'sve'];

/** The processor, as far as rounding depends on it. */
const machineKind = (): string => {
  const flags = existsSync('/proc/cpuinfo') ? (/^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '') : '';
  const has = new Set(flags.trim().split(' '));
  return [process.platform, process.arch, cpus()[0]?.model.trim() ?? '', ...CHOSEN_BY.filter((name) => has.has(name))].join(' ');
};

interface Golden {
  readonly machine: string;
  readonly losses: readonly number[];
  readonly validation: readonly number[];
}

describe('forty steps across every kind of transfer', function () {
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
      const { losses, validation } = await trajectoryOn(backend, schedule);
      right(await backend.close()());
      assert.equal(losses.length, 40);
      const file = join(folder, `${name}.json`);
      const found: Golden = { machine: machineKind(), losses, validation };
      if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`);
      const golden: Golden = JSON.parse(readFileSync(file, 'utf8'));
      if (golden.machine === found.machine) {
        assert.deepEqual(found, golden, 'other rounding: if that was meant, record it with UPDATE_GOLDEN=1, and say why');
        return;
      }
      console.log(`      within the band, since ${file} was recorded on another kind of machine (${golden.machine})`);
      const { relative } = tolerances[backend.capabilities.precision].trajectory;
      for (const [kind, values, expected] of [
        ['step', losses, golden.losses],
        ['evaluation', validation, golden.validation],
      ] as const) {
        assert.equal(values.length, expected.length);
        for (const [index, value] of values.entries()) {
          const wanted = expected[index] ?? Number.NaN;
          assert.ok(Math.abs(value - wanted) <= relative * Math.abs(wanted), `${kind} ${index + 1}: ${value}, recorded ${wanted}`);
        }
      }
    });
});
