/** Golden trajectories (`golden-trajectory.ts`) of the backends that may share a process; the others have theirs in their suites (`test/backends`). */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { createOnnxCpu } from '../../backends/onnx/cpu.js';
import { createReference } from '../../backends/reference/index.js';
import { createTfjsCpu } from '../../backends/tfjs/cpu-node.js';
import { createTfjsWasm } from '../../backends/tfjs/wasm-node.js';
import { createTorchCpu } from '../../backends/torch/cpu.js';
import { optionValues } from '../../src/schedule/defaults.js';
import type { Correction, Growth, Operator, OuterOptimizer, SharedPolicy, Stage } from '../../src/schedule/schedule.js';
import { everyTransfer } from '../backends/every-transfer.js';
import { tolerances } from '../backends/tolerances.js';
import { goldenOf, itHasItsTrajectory } from './golden-trajectory.js';
import { assertWithin } from './machine-kind.js';

/** The compiler wants each kind here. */
const kinds = <Kind extends string>(all: Readonly<Record<Kind, true>>): readonly string[] => Object.keys(all);

const KINDS: Readonly<Record<string, readonly string[]>> = {
  operator: kinds<Operator['kind']>({ every: true, average: true, matrix: true, width: true, compose: true }),
  growth: kinds<Growth['kind']>({
    stack: true,
    repeat: true,
    zero: true,
    middle: true,
    central: true,
    last: true,
    fresh: true,
    identity: true,
    loop: true,
    width: true,
  }),
  correction: kinds<Correction['kind']>({ total: true, correction: true, mix: true }),
  shared: kinds<SharedPolicy['kind']>({ average: true, last: true, weighted: true }),
  outer: kinds<OuterOptimizer['kind']>({ average: true, nesterov: true }),
  ...Object.fromEntries((['h', 'moments', 'counters', 'interpolation'] as const).map((key) => [key, optionValues[key]])),
  // The usual pairing and way have no word.
  pairing: optionValues.pairing.filter((pairing) => pairing !== 'neighbours'),
  way: optionValues.way.filter((way) => way !== 'uneven'),
};

/** What occurs under each key, at any depth. */
const occurring = (value: unknown, key = '', found = new Set<string>()): ReadonlySet<string> => {
  if (typeof value === 'string') found.add(`${key}: ${value}`);
  if (Array.isArray(value)) for (const inner of value) occurring(inner, key, found);
  else if (typeof value === 'object' && value !== null)
    for (const [inner, of] of Object.entries(value)) occurring(of, inner === 'kind' ? (key === 'operators' ? 'operator' : key) : inner, found);
  return found;
};

describe('golden trajectories', () => {
  // On one thread: how a sum is divided among threads is rounding, too.
  itHasItsTrajectory('reference', () => async () => E.right(createReference()));
  itHasItsTrajectory('onnx-cpu', () => createOnnxCpu({ threads: 1 }));
  itHasItsTrajectory('tfjs-cpu', () => createTfjsCpu());
  itHasItsTrajectory('tfjs-wasm', () => createTfjsWasm());
  itHasItsTrajectory('torch-cpu', () => createTorchCpu({ threads: 1 }), { unpinned: true });

  it('are those of the reference on all backends, within the band', () => {
    const { losses } = goldenOf('reference');
    assert.equal(losses.length, 64);
    for (const file of readdirSync(join(process.cwd(), 'test/golden/trajectories'))) {
      const { losses: those } = goldenOf(basename(file, '.json'));
      assert.ok(those.length >= 40, file);
      assertWithin(those, losses.slice(0, those.length), tolerances.f32.trajectory);
    }
  });

  it('leave out no kind of transfer', () => {
    const stages: readonly Stage[] = everyTransfer.flatMap(({ stages }) => stages);
    const found = occurring(stages, 'stage');
    const missing = Object.entries(KINDS).flatMap(([key, words]) => words.map((word) => `${key}: ${word}`).filter((each) => !found.has(each)));
    assert.deepEqual(missing, []);
    for (const key of ['tau', 'lineSearch', 'fit']) assert.match(JSON.stringify(stages), new RegExp(`"${key}":`));
  });
});
