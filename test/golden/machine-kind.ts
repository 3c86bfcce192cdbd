/** On which kind of machine golden numbers are the same to the bit, and how near they must be elsewhere. Not a test itself. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Backend } from '../../src/backend.js';
import type { Tolerance } from '../backends/tolerances.js';

/** The vector instructions of the processor, as far as they decide which kernels a runtime chooses. */
const vectors = (): string => {
  const flags = existsSync('/proc/cpuinfo') ? (/^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '') : '';
  return flags
    .split(/\s+/)
    .filter((flag) => /^(avx|fma|amx|asimd|sve)/.test(flag))
    .sort()
    .join(' ');
};

/** The processor: another one may have other kernels. */
export const machineKind = (): string => [process.platform, process.arch, cpus()[0]?.model ?? '', vectors()].join(', ');

/** All that the bits depend on besides the program: another engine may have another tanh. */
export const kindOf = ({ name, capabilities }: Backend): string =>
  [name, ...Object.entries({ ...capabilities.versions, v8: process.versions.v8 }).map((each) => each.join(' ')), machineKind()].join(', ');

export const assertWithin = (losses: readonly number[], golden: readonly number[], { relative, absolute }: Tolerance): void => {
  assert.equal(losses.length, golden.length);
  for (const [step, loss] of losses.entries()) {
    const expected = golden[step] ?? Number.NaN;
    assert.ok(Math.abs(loss - expected) <= absolute + relative * Math.abs(expected), `step ${step + 1}: ${loss} where it was ${expected}`);
  }
};
