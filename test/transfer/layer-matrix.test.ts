/** Matrices over layers: where injections read and write, and arithmetic. What holds of all operators: test/laws. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { identity, injection, type LayerMatrix, multiply, plus } from '../../src/transfer/layer-matrix.js';
import { averaging } from '../../src/transfer/operators.js';

const entry = ({ rows }: LayerMatrix, row: number, column: number): number =>
  (rows[row] ?? []).filter((found) => found.column === column).reduce((sum, { weight }) => sum + weight, 0);

const matrices = (rows: number, columns: number): fc.Arbitrary<LayerMatrix> =>
  fc
    .array(
      fc.array(fc.record({ column: fc.nat(columns - 1), weight: fc.integer({ min: -3, max: 3 }) }, { noNullPrototype: true }), {
        maxLength: 4,
      }),
      {
        minLength: rows,
        maxLength: rows,
      },
    )
    .map((entries) => ({ columns, rows: entries }));

describe('layer matrices', () => {
  it('an injection takes layer factor·i + offset, and puts it back there', () => {
    const { restriction, prolongation } = injection({ factor: 3, offset: 1 }, 6);
    assert.deepEqual(restriction.rows, [[{ column: 1, weight: 1 }], [{ column: 4, weight: 1 }]]);
    assert.deepEqual(prolongation.rows, [[], [{ column: 0, weight: 1 }], [], [], [{ column: 1, weight: 1 }], []]);
    assert.deepEqual([restriction.columns, prolongation.columns], [6, 2]);
  });

  it('an average by halves takes layers i and i + half, and goes back to both', () => {
    const { restriction, prolongation } = averaging({ kind: 'average', factor: 2, pairing: 'halves' }, 6);
    const half = (column: number) => ({ column, weight: 0.5 });
    assert.deepEqual(restriction.rows, [
      [half(0), half(3)],
      [half(1), half(4)],
      [half(2), half(5)],
    ]);
    assert.deepEqual(
      prolongation.rows,
      [0, 1, 2, 0, 1, 2].map((column) => [{ column, weight: 1 }]),
    );
    assert.deepEqual(multiply(restriction, prolongation), identity(3));
  });

  it('products and sums are those of dense matrices', () => {
    fc.assert(
      fc.property(matrices(3, 4), matrices(4, 2), matrices(3, 4), (a, b, c) => {
        const product = multiply(a, b);
        const sum = plus(a, c);
        for (let row = 0; row < 3; row++) {
          for (let column = 0; column < 2; column++) {
            const dense = [0, 1, 2, 3].reduce((total, inner) => total + entry(a, row, inner) * entry(b, inner, column), 0);
            assert.equal(entry(product, row, column), dense);
          }
          for (let column = 0; column < 4; column++) assert.equal(entry(sum, row, column), entry(a, row, column) + entry(c, row, column));
        }
        for (const row of [...product.rows, ...sum.rows])
          assert.ok(
            row.every(({ weight, column }, index) => weight !== 0 && column > (row[index - 1]?.column ?? -1)),
            'sorted, without zeros',
          );
      }),
    );
  });
});
