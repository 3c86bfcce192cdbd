/** tfjs's backends that every machine has: the common suite, and what is tfjs's own. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { TfjsBackend } from '../../backends/tfjs/backend.js';
import { createTfjsCpu } from '../../backends/tfjs/cpu-node.js';
import { lowerableWith, lowerings, operationsOf } from '../../backends/tfjs/lowering.js';
import { fromPackages, installCommand, optionalPackages } from '../../backends/tfjs/packages.js';
import { createTfjsWasm } from '../../backends/tfjs/wasm-node.js';
import type { BackendError, Executable, HostTensor } from '../../src/backend.js';
import { trainingStep } from '../../src/model/training-step.js';
import { operationNames, operationOf } from '../../src/program/operations/index.js';
import type { TensorType } from '../../src/program/program.js';
import { hostArrayOf } from '../../src/program/types/host-array.js';
import { randomState } from '../model/random-state.js';
import { adamw, tinyModel } from '../model/tiny.js';
import { conformance } from './conformance.js';

conformance('tfjs-cpu', createTfjsCpu, { whenUnavailable: 'fail' });
conformance('tfjs-wasm', createTfjsWasm, { whenUnavailable: 'fail' });

const right = <A>(result: E.Either<BackendError, A>): A => (E.isLeft(result) ? assert.fail(result.left.message) : result.right);

const program = trainingStep(tinyModel, { layers: 2, h: 2 }, 2, adamw);

const given: readonly HostTensor[] = randomState(program, tinyModel.vocabulary, 11).inputs.map((values, index) => {
  const type = program.types[program.inputs[index]?.value ?? -1] as TensorType;
  return { type, data: hostArrayOf(type.dtype, values) };
});

/** Runs the step and gives its values back; nothing is left. */
const valuesOf = async (backend: TfjsBackend, executable: Executable): Promise<readonly (readonly number[])[]> => {
  const all: (readonly number[])[] = [];
  for (const tensor of right(await executable.run(given)())) {
    all.push(Array.from(right(await backend.download(tensor)()).data));
    backend.release(tensor);
  }
  return all;
};

const backends: Readonly<Record<string, () => TaskEither<BackendError, TfjsBackend>>> = {
  'tfjs-cpu': createTfjsCpu,
  'tfjs-wasm': createTfjsWasm,
};

for (const [name, create] of Object.entries(backends))
  describe(`tensors inside ${name}`, () => {
    it('between steps are those that the caller holds and the constants of the executable, and in the end none', async () => {
      const backend = right(await create()());
      assert.equal(backend.tensors(), 0);
      const executable = right(await backend.compile(program)());
      await valuesOf(backend, executable);
      const constants = backend.tensors();
      for (let step = 0; step < 5; step++) {
        const outputs = right(await executable.run(given)());
        assert.equal(new Set(outputs).size, program.outputs.length);
        assert.equal(backend.tensors(), constants + outputs.length);
        for (const tensor of outputs) backend.release(tensor);
        assert.equal(backend.tensors(), constants);
      }
      executable.dispose();
      assert.equal(backend.tensors(), 0);
      right(await backend.close()());
    });

    it('that a failed run had made are freed', async () => {
      const backend = right(await create()());
      const executable = right(await backend.compile(program)());
      await valuesOf(backend, executable);
      const before = backend.tensors();
      const failed = await executable.run(given.slice(0, -1))();
      assert.ok(E.isLeft(failed));
      assert.equal(failed.left.kind, 'failed');
      assert.match(failed.left.message, new RegExp(`^${name}: .*takes ${given.length} inputs \\(was ${given.length - 1}\\)`));
      assert.equal(backend.tensors(), before);
      right(await backend.close()());
    });
  });

describe('tfjs backends in one process', () => {
  it('do not step on each other, nor on tfjs itself', async () => {
    const open = [
      right(await createTfjsCpu()()),
      right(await createTfjsWasm()()),
      right(await createTfjsWasm()()),
      right(await createTfjsCpu()()),
    ];
    const executables = await Promise.all(open.map(async (backend) => right(await backend.compile(program)())));
    const alone = await Promise.all(open.map((backend, index) => valuesOf(backend, executables[index] ?? assert.fail())));
    assert.deepEqual(alone[0], alone[3]);
    assert.deepEqual(alone[1], alone[2]);
    const first = open[1] ?? assert.fail();
    right(await first.close()());
    assert.deepEqual(await valuesOf(open[2] ?? assert.fail(), executables[2] ?? assert.fail()), alone[2], 'after the other one was closed');
    for (const backend of [open[0], open[2], open[3]]) right(await (backend ?? assert.fail()).close()());
    const { numTensors, numDataBuffers } = tf.engine().state;
    assert.deepEqual({ numTensors, numDataBuffers }, { numTensors: 0, numDataBuffers: 0 });
    assert.equal(tf.engine().backendName, undefined);
  });
});

describe('lowerings in tfjs kernels', () => {
  it('are those whose kernels are there; what else there is decomposes', () => {
    const without = (kernel: string) => operationsOf(lowerableWith(lowerings, (name) => name !== kernel));
    assert.deepEqual(
      [...operationsOf(lowerings)].filter((name) => !without('ScatterNd').has(name)),
      ['scatterAdd'],
    );
    assert.deepEqual(operationsOf(lowerableWith(lowerings, () => true)), operationsOf(lowerings));
    for (const name of operationNames) {
      if (!operationsOf(lowerings).has(name))
        assert.ok(operationOf(name).decompose !== undefined, `${name} has neither a lowering nor a decomposition`);
    }
  });
});

describe('optional packages', () => {
  it('are asked for by the manifest in the versions that an error names', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
    // The other peer is of the laws' kit, which no backend asks for.
    const { 'fast-check': _laws, ...peers } = manifest.peerDependencies;
    assert.deepEqual({ ...optionalPackages }, peers);
    for (const [name, version] of Object.entries(optionalPackages)) {
      assert.equal(manifest.devDependencies[name], version);
      assert.deepEqual(manifest.peerDependenciesMeta[name], { optional: true });
    }
    assert.equal(installCommand(['webgpu']), `npm i webgpu@${optionalPackages.webgpu}`);
  });

  it('that are missing, or do not start, are an answer', async () => {
    const name = 'a-package-that-is-not-there';
    const absent = await fromPackages('tfjs-wasm', ['@tensorflow/tfjs-core'], () => import(name))();
    assert.ok(E.isLeft(absent));
    assert.equal(absent.left.kind, 'unavailable');
    assert.match(absent.left.message, /not all installed \(.*a-package-that-is-not-there.*\); run npm i @tensorflow\/tfjs-core@4\.22\.0$/);
    assert.equal(absent.left.remedy?.command, 'npm i @tensorflow/tfjs-core@4.22.0');
    const broken = await fromPackages('tfjs-wasm', [], () => Promise.reject(new Error('no memory')))();
    const missing = 'did not start: no memory';
    assert.deepEqual(broken, E.left({ kind: 'unavailable', backend: 'tfjs-wasm', message: missing, remedy: { missing } }));
  });
});
