/** The statistics of the studies, by hand. */
import assert from 'node:assert/strict';
import { bootstrap, estimate, flopsToReach } from '../../pipelines/studies/statistics.js';

describe("the studies' statistics", () => {
  it('gives the mean and its standard error', () => {
    assert.deepEqual(estimate([1, 2, 3]), { mean: 2, standardError: 1 / Math.sqrt(3) });
    assert.deepEqual(estimate([5]), { mean: 5, standardError: 0 });
  });

  it('finds the FLOPs to a loss between two evaluations, at the first crossing', () => {
    const curve = [
      [100, 3],
      [200, 2],
      [300, 2.5],
      [400, 1],
    ] as const;
    assert.equal(flopsToReach(curve, 2.5), 150);
    assert.equal(flopsToReach(curve, 1), 400);
    assert.equal(flopsToReach(curve, 3), 100);
    assert.equal(flopsToReach(curve, 0.5), undefined);
  });

  it('gives an interval that holds the mean, is a point where all seeds agree, and is the same each time', () => {
    const values = [1, 2, 4, 7];
    const average = (of: readonly number[]) => (drawn: readonly number[]) =>
      drawn.reduce((sum, at) => sum + (of[at] ?? 0), 0) / drawn.length;
    const [low, high] = bootstrap(4, average(values));
    assert.ok(low < 3.5 && 3.5 < high && low >= 1 && high <= 7);
    assert.deepEqual(bootstrap(4, average(values)), [low, high]);
    assert.deepEqual(bootstrap(3, average([2, 2, 2])), [2, 2]);
  });
});
