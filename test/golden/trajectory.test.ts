/**
 * Golden trajectories: the losses of forty steps across every kind of transfer, as they were when they were last written. On the kind of machine on which
 * that was done they are the same to the bit, elsewhere within the band of their precision: a change of rounding is a decision, and never a surprise.
 * UPDATE_GOLDEN=1 writes them again.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
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
import { type Tolerance, tolerances } from '../backends/tolerances.js';
import { trajectoryOn } from '../backends/two-levels.js';
import { goldenLosses } from './golden-losses.js';

const STEPS = 40;
const SOURCE = join(process.cwd(), 'test/golden/golden-losses.ts');

/** The vector instructions of the processor, as far as they decide which kernels a runtime chooses. */
const vectors = (): string => {
  const flags = existsSync('/proc/cpuinfo') ? (/^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '') : '';
  return flags
    .split(/\s+/)
    .filter((flag) => /^(avx|fma|amx|asimd|sve)/.test(flag))
    .sort()
    .join(' ');
};

/** What the bits depend on besides the program: another processor may have other kernels, another engine another tanh. */
const kindOf = ({ name, capabilities }: Backend): string =>
  [
    name,
    ...Object.entries({ ...capabilities.versions, v8: process.versions.v8 }).map((each) => each.join(' ')),
    process.platform,
    process.arch,
    cpus()[0]?.model ?? '',
    vectors(),
  ].join(', ');

const lossesOn = async (backend: Backend): Promise<readonly number[]> => {
  const losses: number[] = [];
  for (const schedule of everyTransfer) losses.push(...(await trajectoryOn(backend, schedule)).losses);
  return losses;
};

const assertWithin = (losses: readonly number[], golden: readonly number[], { relative, absolute }: Tolerance): void => {
  assert.equal(losses.length, golden.length);
  for (const [step, loss] of losses.entries()) {
    const expected = golden[step] ?? Number.NaN;
    assert.ok(Math.abs(loss - expected) <= absolute + relative * Math.abs(expected), `step ${step + 1}: ${loss} where it was ${expected}`);
  }
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
