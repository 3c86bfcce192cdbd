/** Token stores: parts and joins read as the tokens themselves do. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { joined, partOf, storeOf } from '../../src/data/token-store.js';
import { right } from './right.js';

const pieces = fc.array(fc.array(fc.nat(), { maxLength: 9 }), { minLength: 1, maxLength: 6 });

describe('token stores', () => {
  it('joined read as one, across every border', () => {
    fc.assert(
      fc.property(pieces, fc.nat(60), fc.nat(60), (parts, a, b) => {
        const tokens = parts.flat();
        const store = joined(parts.map((part) => storeOf(Int32Array.from(part))));
        assert.equal(store.length, tokens.length);
        const [from, to] = [Math.min(a, b, tokens.length), Math.min(Math.max(a, b), tokens.length)];
        assert.deepEqual([...right(store.read(from, to - from))], tokens.slice(from, to));
      }),
    );
  });

  it('a part of a part is a part', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(60), { minLength: 4, maxLength: 4 }), (parts, cuts) => {
        const tokens = parts.flat();
        const bounded = (most: number) => (cut: number) => Math.min(cut, most);
        const [from = 0, to = 0] = cuts
          .slice(0, 2)
          .map(bounded(tokens.length))
          .sort((a, b) => a - b);
        const [start = 0, end = 0] = cuts
          .slice(2)
          .map(bounded(to - from))
          .sort((a, b) => a - b);
        const store = partOf(joined(parts.map((part) => storeOf(Int32Array.from(part)))), from, to);
        assert.deepEqual([...right(partOf(store, start, end).read(0, end - start))], tokens.slice(from, to).slice(start, end));
      }),
    );
  });

  it('give copies, and nothing beyond their ends', () => {
    const store = storeOf(Int32Array.of(1, 2, 3));
    right(store.read(0, 3)).fill(9);
    assert.deepEqual([...right(store.read(0, 3))], [1, 2, 3]);
    for (const each of [store, partOf(store, 0, 3), joined([store, storeOf(new Int32Array(0))])])
      for (const [start, count] of [
        [-1, 1],
        [0, 4],
        [3, 1],
        [0, -1],
        [Number.NaN, 1],
      ] as const)
        assert.throws(() => each.read(start, count), RangeError);
    assert.throws(() => partOf(store, 1, 4), RangeError);
  });
});
