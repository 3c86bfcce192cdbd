/** Law 1: restriction and prolongation undo each other where they say so, and the injections of one factor make up the identity. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { identity, injection, type LayerMatrix, multiply, plus } from '../../src/transfer/layer-matrix.js';

/** A factor, one of its offsets, and a depth that it divides. */
const injections = fc
  .tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 8 }), fc.nat())
  .map(([factor, coarse, draw]) => ({ factor, offset: draw % factor, layers: factor * coarse }));

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

describe('layer matrices (law 1)', () => {
  it('R·P = I for every injection', () => {
    fc.assert(
      fc.property(injections, ({ factor, offset, layers }) => {
        const { restriction, prolongation } = injection({ factor, offset }, layers);
        assert.deepEqual(multiply(restriction, prolongation), identity(layers / factor));
      }),
    );
  });

  it('{even, odd} is a partition of unity: P_e·R_e + P_o·R_o = I', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (half) => {
        const [even, odd] = [0, 1]
          .map((offset) => injection({ factor: 2, offset }, 2 * half))
          .map(({ restriction, prolongation }) => multiply(prolongation, restriction));
        assert.deepEqual(plus(even as LayerMatrix, odd as LayerMatrix), identity(2 * half));
      }),
    );
  });

  it('so are all offsets of any factor', () => {
    fc.assert(
      fc.property(injections, ({ factor, layers }) => {
        const parts = Array.from({ length: factor }, (_, offset) => injection({ factor, offset }, layers));
        const sum = parts.map(({ restriction, prolongation }) => multiply(prolongation, restriction)).reduce(plus);
        assert.deepEqual(sum, identity(layers));
      }),
    );
  });

  it('an injection takes layer factor·i + offset, and puts it back there', () => {
    const { restriction, prolongation } = injection({ factor: 3, offset: 1 }, 6);
    assert.deepEqual(restriction.rows, [[{ column: 1, weight: 1 }], [{ column: 4, weight: 1 }]]);
    assert.deepEqual(prolongation.rows, [[], [{ column: 0, weight: 1 }], [], [], [{ column: 1, weight: 1 }], []]);
    assert.deepEqual([restriction.columns, prolongation.columns], [6, 2]);
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
