/** Messages between vcycle and its worker: what was put in comes out again, in whatever pieces a socket gives it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { framesOf, type Message, MessageReader } from '../../backends/torch/messages.js';
import type { HostTensor } from '../../src/backend.js';
import { sizeOf } from '../../src/program/program.js';

const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
const f32: fc.Arbitrary<HostTensor> = shape.chain((shape) =>
  fc
    .float32Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((data) => ({ type: { dtype: 'f32' as const, shape }, data: Float32Array.from(data) })),
);
const i32: fc.Arbitrary<HostTensor> = shape.chain((shape) =>
  fc
    .int32Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((data) => ({ type: { dtype: 'i32' as const, shape }, data: Int32Array.from(data) })),
);
const message = fc.record({
  header: fc.record({ do: fc.string(), inputs: fc.array(fc.option(fc.nat())) }, { noNullPrototype: true }),
  tensors: fc.array(fc.oneof(f32, i32), { maxLength: 3 }),
});

const bitsOf = ({ data }: HostTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe('messages of the worker', () => {
  it('come out as they were put in, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), fc.array(fc.nat({ max: 40 })), (messages, cuts) => {
        const bytes = Buffer.concat(messages.flatMap(({ header, tensors }) => framesOf(header, tensors)));
        const told: Message[] = [];
        const reader = new MessageReader((one) => told.push(one));
        let at = 0;
        for (const cut of cuts) {
          reader.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        reader.push(bytes.subarray(at));
        assert.equal(told.length, messages.length);
        for (const [index, { header, tensors }] of messages.entries()) {
          const { tensors: _, ...read } = told[index]?.header ?? {};
          assert.deepEqual(read, header);
          assert.deepEqual(
            told[index]?.tensors.map(({ type }) => type),
            tensors.map(({ type }) => type),
          );
          assert.deepEqual(told[index]?.tensors.map(bitsOf), tensors.map(bitsOf));
        }
      }),
    );
  });
});
