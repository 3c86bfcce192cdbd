/** A checkpoint comes back as it was taken: levels, what they share, what stages remember; and equal states are equal files. */

import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { createReference } from '../../backends/reference/index.js';
import { even, restrict } from '../../dsl/index.js';
import { joined } from '../../src/byte-pieces.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import { LevelStack } from '../../src/runner/levels/level-stack.js';
import { RunMemory } from '../../src/runner/levels/run-memory.js';
import { takeState } from '../../src/runner/state/snapshot.js';
import { firstGrid } from '../../src/schedule/grid.js';
import { adamw } from '../model/tiny.js';
import { restrictTo } from '../transfer/stack-steps.js';
import { right } from './harness.js';

const model = { kind: 'gpt', layers: 4, heads: 2, width: 4, context: 3, bias: true, vocabulary: 5 } as const;
const place = {
  scheduleHash: 'abc',
  stage: 1,
  phase: 'stepped',
  stageStep: 2,
  step: 3,
  flops: { matmul: 1, softmax: 2, elementwise: 3 },
  events: 4,
  good: undefined,
} as const;

describe('a checkpoint', () => {
  it('restored and taken again is the same file, memory and shared tensors with it', async () => {
    const backend = createReference();
    const stack = right(await LevelStack.create(backend, model, adamw, 1));
    right(await restrictTo(stack, restrict(even), { ...firstGrid(model), level: 1, layers: 2, h: 2 }));
    const memory = new RunMemory(stack.store);
    memory.setTensor('mine/sum', right(await backend.upload({ type: { dtype: 'f32', shape: [2] }, data: Float64Array.of(0.1, 1 / 3) })()));
    memory.setValue('mine/seen', { losses: [0.1, 1 / 3], last: null });
    const bytes = joined(encodeCheckpoint(right(await takeState(backend, stack, memory, place))));
    const held = backend.memory().held;

    const restored = right(await LevelStack.restore(backend, model, adamw, 1, right(decodeCheckpoint(bytes))));
    assert.deepEqual(restored.memory.values.get('mine/seen'), { losses: [0.1, 1 / 3], last: null });
    const sum = restored.memory.tensors.get('mine/sum') ?? assert.fail('the tensor is not there');
    assert.deepEqual([...right(await backend.download(sum)()).data], [0.1, 1 / 3]);
    assert.equal(backend.memory().held, 2 * held, 'what was shared is shared again');
    assert.deepEqual(joined(encodeCheckpoint(right(await takeState(backend, restored.stack, restored.memory, place)))), bytes);

    memory.forget('mine/');
    assert.deepEqual([memory.tensors.size, memory.values.size], [0, 0]);
    restored.memory.forget('');
    restored.stack.release();
    stack.release();
    assert.equal(backend.memory().held, 0);
  });

  it('that is altered in any byte is damaged, or says another version', async () => {
    const backend = createReference();
    const stack = right(await LevelStack.create(backend, { ...model, layers: 1 }, adamw, 1));
    const bytes = joined(encodeCheckpoint(right(await takeState(backend, stack, new RunMemory(stack.store), place))));
    for (let at = 0; at < bytes.length; at += 97) {
      const altered = Uint8Array.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 0x10;
      assert.ok(E.isLeft(decodeCheckpoint(altered)), `byte ${at}`);
    }
    for (const length of [0, 7, 8, 100, bytes.length - 1])
      assert.ok(E.isLeft(decodeCheckpoint(bytes.subarray(0, length))), `${length} bytes`);
    assert.deepEqual(joined(encodeCheckpoint(right(decodeCheckpoint(bytes)))), bytes);
  });
});
