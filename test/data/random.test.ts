import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type RandomStream, stream } from '../../src/data/random.js';

const draws = (source: RandomStream, count: number): readonly number[] => Array.from({ length: count }, () => source.uniform());

/** Pearson's statistic of counts against a uniform expectation. */
const chiSquare = (counts: readonly number[]): number => {
  const expected = counts.reduce((total, count) => total + count, 0) / counts.length;
  return counts.reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
};

describe('random streams', () => {
  it('give the same numbers for the same seed, name and indices, whatever was drawn between', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.array(fc.nat(), { maxLength: 3 }), (seed, name, indices) => {
        const first = draws(stream(seed, name, ...indices), 8);
        draws(stream(seed + 1, name, ...indices), 3);
        assert.deepEqual(draws(stream(seed, name, ...indices), 8), first);
      }),
    );
  });

  it('differ when seed, name or indices do, digits in names included', () => {
    const streams = [
      stream(1, 'a', 1, 2),
      stream(1, 'a', 12),
      stream(1, 'a1', 2),
      stream(1, 'a', 2, 1),
      stream(1, 'a'),
      stream(1, 'a,1,2'),
      stream(2, 'a', 1, 2),
      stream(1, 'b', 1, 2),
    ];
    assert.equal(new Set(streams.map((source) => source.uniform())).size, streams.length);
  });

  it('are those of earlier versions: a saved run must find its batches again', () => {
    const source = stream(1, 'golden', 7);
    assert.deepEqual([source.uniform(), source.integer(1000), source.normal(0, 1)], GOLDEN);
  });

  it('draw whole numbers evenly below the bound', () => {
    const source = stream(3, 'even');
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) {
      const value = source.integer(10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    assert.equal(counts.length, 10);
    assert.ok(chiSquare(counts) < 27.88, `chi-square ${chiSquare(counts)}: above the 0.1% point of 9 degrees of freedom`);
  });

  it('are independent across neighbouring indices: the first draws of 20,000 streams are uniform', () => {
    const counts = new Array<number>(100).fill(0);
    for (let index = 0; index < 20_000; index++) {
      const cell = 10 * Math.floor(10 * stream(5, 'step', index).uniform()) + Math.floor(10 * stream(5, 'step', index + 1).uniform());
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    // Pairs share draws with their neighbours, so the statistic is only near chi-square's (99 degrees of freedom, 0.1% point 148.2).
    assert.ok(chiSquare(counts) < 160, `chi-square ${chiSquare(counts)}`);
  });

  it('draw normals of the asked mean and deviation', () => {
    const source = stream(11, 'normal');
    const values = Array.from({ length: 100_000 }, () => source.normal(3, 2));
    const mean = values.reduce((total, value) => total + value, 0) / values.length;
    const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
    const within = values.filter((value) => Math.abs(value - 3) < 2).length / values.length;
    assert.ok(Math.abs(mean - 3) < 0.025, `mean ${mean}`);
    assert.ok(Math.abs(variance - 4) < 0.08, `variance ${variance}`);
    assert.ok(Math.abs(within - 0.6827) < 0.006, `share within one deviation ${within}`);
  });

  it('fill arrays with the very draws that normal() gives, rounded to f32', () => {
    const filled = new Float32Array(101);
    stream(1, 'weights').fillNormal(filled, 0.02);
    const source = stream(1, 'weights');
    assert.deepEqual(
      filled,
      Float32Array.from({ length: 101 }, () => source.normal(0, 0.02)),
    );
  });
});

/** Worked out apart from this code: SHA-256 of `["vcycle",1,"golden",7]`, then xoroshiro128+ and the polar method. */
const GOLDEN = [0.7037316742126359, 31, 0.5511854796931194];
