import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { joined } from '../../src/byte-pieces.js';
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../../src/model/safetensors.js';

const tensor: fc.Arbitrary<SafeTensor> = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    fc.boolean(),
    fc.infiniteStream(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  )
  .map(([shape, float, values]) => {
    const data = Int32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => values.next().value);
    // Any 32 bits are a float: NaNs and infinities travel too.
    return float ? { dtype: 'F32', shape, data: new Float32Array(data.buffer) } : { dtype: 'I32', shape, data };
  });

const tensors = fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary', maxLength: 12 }).filter(isName), tensor), {
  selector: ([name]) => name,
  maxLength: 6,
});

function isName(name: string): boolean {
  return name !== '__metadata__' && name !== '__proto__';
}

const bits = ({ dtype, shape, data }: SafeTensor) => ({
  dtype,
  shape,
  bits: [...new Int32Array(data.buffer, data.byteOffset, data.length)],
});

const small = joined(encodeSafetensors(new Map([['a', { dtype: 'F32', shape: [2, 1], data: Float32Array.of(1, -2) }]]), { format: 'pt' }));

/** A file with this header and this many bytes of data. */
const file = (header: unknown, data: number): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
};

describe('safetensors', () => {
  it('decodes what it encodes, to the bit, from any place in memory', () => {
    fc.assert(
      fc.property(
        tensors,
        fc.dictionary(fc.string().filter(isName), fc.string(), { noNullPrototype: true }),
        fc.nat({ max: 3 }),
        (entries, metadata, shift) => {
          const encoded = joined(encodeSafetensors(new Map(entries), metadata));
          const moved = new Uint8Array(encoded.length + shift);
          moved.set(encoded, shift);
          const decoded = decodeSafetensors(moved.subarray(shift));
          if (E.isLeft(decoded)) assert.fail(decoded.left.message);
          assert.deepEqual(decoded.right.metadata, metadata);
          assert.deepEqual(
            new Map([...decoded.right.tensors].map(([name, tensor]) => [name, bits(tensor)])),
            new Map(entries.map(([name, tensor]) => [name, bits(tensor)])),
          );
        },
      ),
    );
  });

  it('is read without a copy, where numbers can lie as they do in the file', () => {
    const bytes = joined(encodeSafetensors(new Map([['a', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } as const]])));
    const decoded = decodeSafetensors(bytes);
    if (E.isLeft(decoded)) assert.fail(decoded.left.message);
    assert.equal(decoded.right.tensors.get('a')?.data.buffer, bytes.buffer);
  });

  it('is the documented layout: length, JSON padded to eight bytes, little-endian data', () => {
    const header = '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}';
    const length = Math.ceil(header.length / 8) * 8;
    assert.equal(small.length, 8 + length + 8);
    assert.deepEqual([...small.subarray(0, 8)], [length, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(new TextDecoder().decode(small.subarray(8, 8 + length)), header.padEnd(length));
    assert.deepEqual([...small.subarray(8 + length)], [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  it('refuses a file cut short at any byte', () => {
    for (let length = 0; length < small.length; length++) {
      assert.ok(E.isLeft(decodeSafetensors(small.subarray(0, length))), `the first ${length} bytes were read`);
    }
  });

  it('never throws on damaged bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: small.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
        (damages) => {
          const damaged = small.slice();
          for (const [place, byte] of damages) damaged[place] = byte;
          decodeSafetensors(damaged);
        },
      ),
      { numRuns: 2000 },
    );
  });

  const a = (data_offsets: unknown, dtype = 'F32', shape: unknown = [2]) => ({ a: { dtype, shape, data_offsets } });
  const refused: readonly [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(), /header's length in 8 bytes \(was 0 bytes long\)/],
    ['a header that is not JSON', file('GGUF', 0), /header is not JSON/],
    ['a text', new TextEncoder().encode('the cat sat on the mat'), /header is not JSON; this is another kind of file/],
    ['a header cut short', file({}, 0).subarray(0, 9), /header is said to be 2 bytes long, .*; it is cut short/],
    ['a header that is no object', file([], 0), /must be a JSON object/],
    ['a tensor cut short', file(a([0, 8]), 7), /a: its data end at byte 8, and the file holds 7 .* cut short/],
    ['bytes that no tensor owns', file(a([0, 8]), 9), /tensors fill 8 bytes, and the file holds 9/],
    ['a hole before a tensor', file(a([4, 12]), 12), /a: F32 of shape \[2\] must lie at bytes 0 to 8 of the data \(was 4 to 12\)/],
    ['a shape that the bytes do not fill', file(a([0, 12]), 12), /must lie at bytes 0 to 8/],
    ['an unknown dtype', file(a([0, 4], 'F3'), 4), /a: the dtype must be F32, F64, I32, F16 or BF16 \(was "F3"\)/],
    ['a negative size', file(a([0, 8], 'F32', [-2]), 8), /a: its header must give a shape/],
    ['no offsets', file(a(undefined), 8), /a: its header must give a shape and two data_offsets/],
    ['metadata that are no strings', file({ __metadata__: { a: 1 } }, 0), /__metadata__ must hold strings/],
  ];
  for (const [what, bytes, sentence] of refused) {
    it(`refuses ${what}`, () => {
      const decoded = decodeSafetensors(bytes);
      assert.ok(E.isLeft(decoded));
      assert.match(decoded.left.message, /^safetensors: /);
      assert.match(decoded.left.message, sentence);
    });
  }

  it('tells whoever has weights in a precision that is not read here to convert them: the file is whole', () => {
    for (const dtype of ['I64', 'U8', 'F8_E4M3']) {
      const decoded = decodeSafetensors(file(a([0, 4], dtype), 4));
      assert.ok(E.isLeft(decoded));
      assert.equal(
        decoded.left.message,
        `safetensors: a: the dtype must be F32, F64, I32, F16 or BF16 (was "${dtype}"); convert the model to F32, in Python with model.float().save_pretrained(FOLDER)`,
      );
    }
    const torn = decodeSafetensors(file(a([0, 8]), 7));
    assert.ok(E.isLeft(torn) && torn.left.message.endsWith('; put back a whole copy of the file, or name another one'));
  });

  it('throws where values do not fill the shape: a mistake of the caller', () => {
    assert.throws(() => encodeSafetensors(new Map([['a', { dtype: 'F32', shape: [3], data: new Float32Array(2) }]])), RangeError);
  });
});
