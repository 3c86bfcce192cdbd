/** Bytes in pieces are the same bytes, however they are cut. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { after, type Bytes, blocksOf, concatenated, copied, joined, Pieces, part, piecesOf } from '../src/byte-pieces.js';
import { checksum } from '../src/data/checksum.js';
import { nodeFiles } from '../src/files/node-files.js';
import { readWhole } from '../src/files/read.js';
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../src/model/safetensors.js';
import { right } from './runner/harness.js';

/** The bytes, cut at any places. */
const cut = (bytes: Uint8Array, places: readonly number[]): Pieces => {
  const ends = [...places.map((place) => place % (bytes.byteLength + 1)), bytes.byteLength].sort((a, b) => a - b);
  return new Pieces(ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end)));
};

const bytes = fc.uint8Array({ maxLength: 60 });
const places = fc.array(fc.nat(100), { maxLength: 5 });

describe('bytes in pieces', () => {
  it('are the same as a whole, in part, from a place on and in blocks', () => {
    fc.assert(
      fc.property(bytes, places, fc.nat(60), fc.nat(60), fc.integer({ min: 1, max: 20 }), (whole, at, a, b, block) => {
        const pieces = cut(whole, at);
        const [begin, end] = [Math.min(a, b, whole.length), Math.min(Math.max(a, b), whole.length)];
        assert.deepEqual(joined(pieces), whole);
        assert.deepEqual(part(pieces, begin, end), whole.slice(begin, end));
        assert.deepEqual(joined(after(pieces, begin)), whole.slice(begin));
        assert.equal(pieces.byteLength, whole.length);
        assert.equal(checksum(pieces), checksum(whole));
        // The memory of one is used for the next.
        const blocks: Uint8Array[] = [];
        for (const each of blocksOf(pieces, block)) blocks.push(each.slice());
        assert.deepEqual(joined(new Pieces(blocks)), whole);
        for (const [index, each] of blocks.slice(1).entries())
          assert.ok((blocks[index]?.length ?? 0) + each.length > block, 'two that would fit into one');
      }),
    );
  });

  it('are copied only where they must be', () => {
    const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3, 4, 5)];
    const both = concatenated(a, b);
    assert.deepEqual(piecesOf(both), [a, b]);
    assert.equal(part(both, 2, 4).buffer, b.buffer);
    assert.equal(joined(a), a);
    assert.notEqual(copied(a), a);
    assert.deepEqual(part(both, 1, 4), Uint8Array.of(2, 3, 4));
  });

  it('are read from a file that is larger than a piece', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vcycle-bytes-'));
    try {
      const file = join(folder, 'file');
      const whole = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
      writeFileSync(file, whole);
      for (const size of [1, 7, 250, 999, 1000, 1001]) {
        const read = readWhole(nodeFiles, file, size);
        assert.ok(piecesOf(read).every(({ length }) => length <= size));
        assert.deepEqual(joined(read), whole);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('safetensors in pieces', () => {
  it('hold the same tensors, cut anywhere', () => {
    const tensors = new Map<string, SafeTensor>([
      ['a', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -2, 3, 4.5) }],
      ['b', { dtype: 'F64', shape: [1], data: Float64Array.of(Math.PI) }],
      ['c', { dtype: 'I32', shape: [3], data: Int32Array.of(1, 2, 3) }],
    ]);
    const written: Bytes = encodeSafetensors(tensors, { format: 'pt' });
    const whole = joined(written);
    assert.equal(piecesOf(written).length, 1 + tensors.size);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 6 }), (at) => {
        assert.deepEqual(right(decodeSafetensors(cut(whole, at))), right(decodeSafetensors(whole)));
      }),
    );
  });
});
