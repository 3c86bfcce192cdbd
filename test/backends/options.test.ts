/** What makes a backend is given nothing that it does not take: each says so by name, before it looks for any runtime or device. */
import assert from 'node:assert/strict';
import { createNull } from '../../backends/null/index.js';
import { createOnnxCpu, createOnnxCuda, createOnnxWebgpu } from '../../backends/onnx/index.js';
import { createTfjsCpu, createTfjsCuda, createTfjsNode, createTfjsWasm, createTfjsWebgpu } from '../../backends/tfjs/index.js';
import { createTorchCpu, createTorchCuda } from '../../backends/torch/index.js';
import type { BackendError } from '../../src/backend.js';
import type { Result } from '../../src/result.js';

type Loose = (...given: readonly unknown[]) => Promise<Result<unknown, BackendError>>;

const creators = {
  createNull,
  createOnnxCpu,
  createOnnxCuda,
  createOnnxWebgpu,
  createTfjsCpu,
  createTfjsCuda,
  createTfjsNode,
  createTfjsWasm,
  createTfjsWebgpu,
  createTorchCpu,
  createTorchCuda,
} as unknown as Readonly<Record<string, Loose>>;

const takes: Readonly<Record<string, readonly string[]>> = {
  createOnnxCpu: ['threads'],
  createTfjsNode: ['threads'],
  createTorchCpu: ['threads', 'precision', 'ranks', 'armsAtOnce', 'place', 'compile', 'record', 'told'],
  createTorchCuda: ['threads', 'precision', 'ranks', 'armsAtOnce', 'place', 'compile', 'record', 'told'],
  createTfjsCuda: ['allowCpu', 'threads'],
};

const refusal = async (create: Loose, ...given: readonly unknown[]): Promise<string> => {
  const made = await create(...given);
  if (made.ok) assert.fail('nothing was refused');
  assert.equal(made.fault.kind, 'unsupported');
  return made.fault.message;
};

describe('options of backends', () => {
  for (const [name, create] of Object.entries(creators)) {
    const options = takes[name];
    const given = (was: string) => `${name} takes no options (was given ${was}); remove them`;

    it(`${name} refuses what it does not take`, async () => {
      for (const [value, was] of [
        [null, 'null'],
        [5, '5'],
        ['cpu', '"cpu"'],
        [[], 'a list'],
      ] as const)
        assert.equal(
          await refusal(create, value),
          options === undefined ? given(was) : `the options of ${name} must be an object with any of ${options.join(', ')} (was ${was})`,
        );
      assert.equal(
        await refusal(create, { thread: 3 }),
        options === undefined
          ? given('thread')
          : `unknown option "thread" of ${name}, which has ${options.join(', ')}; the nearest word is threads`,
      );
      assert.equal(await refusal(create, {}, 3), `${name} takes at most one argument (was given 2); remove the others`);
      const right = name === 'createTfjsCuda' ? { allowCpu: true } : {};
      for (const option of options ?? []) {
        const wrong = option === 'record' ? 2 : '2';
        const message = await refusal(create, { ...right, [option]: wrong });
        assert.match(message, new RegExp(`^${name}: ${option} must be .* \\(was "?2"?\\)$`));
      }
    });
  }
});
