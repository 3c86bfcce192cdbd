/** `tfjs-node` or `tfjs-cuda` (VCYCLE_TEST_BACKEND says which) in a process that has no other TensorFlow: run by `tensorflow.test.ts`. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { TfjsBackend } from '../../backends/tfjs/backend.js';
import { createTfjsCuda } from '../../backends/tfjs/cuda.js';
import { createTfjsNode } from '../../backends/tfjs/node.js';
import type { BackendError, DeviceTensor } from '../../src/backend.js';
import { trainingStep } from '../../src/model/training-step.js';
import type { TensorType } from '../../src/program/program.js';
import { hostArrayOf } from '../../src/program/types/host-array.js';
import { itHasItsTrajectory } from '../golden/golden-trajectory.js';
import { randomState } from '../model/random-state.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { conformance } from './conformance.js';

const right = <A>(result: E.Either<BackendError, A>): A => (E.isLeft(result) ? assert.fail(result.left.message) : result.right);

const backends: Readonly<Record<string, () => TaskEither<BackendError, TfjsBackend>>> = {
  'tfjs-node': createTfjsNode,
  'tfjs-cuda': () => createTfjsCuda({ allowCpu: true }),
};

const name = process.env.VCYCLE_TEST_BACKEND ?? '';
const create = backends[name] ?? assert.fail(`VCYCLE_TEST_BACKEND must be one of ${Object.keys(backends)} (was ${name})`);

conformance(name, create, { whenUnavailable: 'skip' });

// On one thread: how a sum is divided among threads is rounding, too.
if (name === 'tfjs-node') itHasItsTrajectory(name, () => createTfjsNode({ threads: 1 }), { unpinned: true });

describe(`${name} beside itself and the other one`, () => {
  it('holds as many tensors after 1,000 steps as after the first, and none in the end', async function () {
    const created = await create()();
    if (E.isLeft(created) && created.left.kind === 'unavailable') {
      console.log(`      skipped: ${created.left.message}`);
      this.skip();
    }
    const backend = right(created);
    const program = trainingStep(tinyModel, { layers: 2, h: 2 }, 2, adamw);
    const before = backend.tensors();
    const executable = right(await backend.compile(program)());
    let given: readonly DeviceTensor[] = await Promise.all(
      randomState(program, tinyModel.vocabulary, 12).inputs.map(async (values, index) => {
        const type = program.types[program.inputs[index]?.value ?? -1] as TensorType;
        const data = hostArrayOf(type.dtype, values);
        return right(await backend.upload({ type, data })());
      }),
    );
    const seen = new Set<string>();
    for (let step = 0; step < 1000; step++) {
      const outputs = right(await executable.run(given)());
      const updated = new Map(program.outputs.map(({ name }, index) => [name, outputs[index] as DeviceTensor]));
      for (const [index, { role }] of program.outputs.entries())
        if (role !== 'parameter' && role !== 'moment') backend.release(outputs[index] as DeviceTensor);
      given = program.inputs.map(({ name: input }, index) => {
        const [old, next] = [given[index] as DeviceTensor, updated.get(input)];
        if (next === undefined) return old;
        backend.release(old);
        return next;
      });
      seen.add(`${backend.tensors()} tensors, ${backend.memory().held} bytes`);
    }
    assert.equal(seen.size, 1, [...seen].join('; '));
    for (const tensor of given) backend.release(tensor);
    executable.dispose();
    assert.equal(backend.tensors(), before);
    right(await backend.close()());
  });

  it('does not share a process with the other one, and says so', async function () {
    if (E.isLeft(await create()())) {
      console.log(`      skipped: ${name} is not available here`);
      this.skip();
    }
    const [other = ''] = Object.keys(backends).filter((one) => one !== name);
    const second = await (backends[other] ?? assert.fail())()();
    assert.ok(E.isLeft(second));
    assert.equal(second.left.kind, 'unavailable');
    assert.match(
      second.left.message,
      new RegExp(`cannot run in a process in which ${name} has run|is not set up; run vcycle setup (--allow-cpu )?${other}`),
    );
  });
});
