/** Numbers as people read them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bytes, count, counted, duration, loss, percent, quantity, seconds } from '../../src/report/table/format.js';

describe('numbers in reports', () => {
  it('have three digits and a unit', () => {
    assert.equal(count(0), '0');
    assert.equal(count(160), '160');
    assert.equal(count(1000), '1.00k');
    assert.equal(count(614_400), '614k');
    assert.equal(quantity(1.234e12, 'FLOP'), '1.23 TFLOP');
    assert.equal(quantity(2.1e11, 'FLOP/s'), '210 GFLOP/s');
    assert.equal(quantity(12.34, 's'), '12.3 s');
    assert.equal(percent(0.4378), '43.8%');
    assert.equal(percent(-0.021), '−2.1%');
    assert.equal(loss(1.88), '1.8800');
    assert.equal(loss(Number.NaN), 'NaN');
    assert.deepEqual([99_999, 123_456, -2.3607198811228784e33].map(loss), ['99999.0000', '1.23e+5', '-2.36e+33']);
    assert.equal(bytes(1.5 * 2 ** 30), '1.50 GiB');
    assert.equal(bytes(12), '12 B');
    assert.deepEqual(
      [999, 999.6, 1020].map((mebibytes) => bytes(mebibytes * 2 ** 20)),
      ['999 MiB', '1000 MiB', '1020 MiB'],
    );
    assert.deepEqual(
      [0, 1, 2].map((layers) => counted(layers, 'layer')),
      ['0 layers', '1 layer', '2 layers'],
    );
  });

  it('round before the prefix is chosen', () => {
    assert.equal(count(999_600), '1.00M');
    assert.equal(count(999_400), '999k');
  });

  it('tell time in the unit that fits', () => {
    assert.deepEqual([0, 59.4, 59.6, 125, 3600, 3780].map(duration), ['0s', '59s', '1m 00s', '2m 05s', '1h 00m', '1h 03m']);
    assert.deepEqual([0.044, 12.34, 1234.5].map(seconds), ['0.04', '12.3', '1235']);
  });

  it('a count reads back within half a percent, whatever it is', () => {
    const powers: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (value) => {
        const [, digits, prefix] = /^([\d.]+)([kMGTPE]?)$/.exec(count(value)) ?? [];
        const read = Number(digits) * (powers[prefix ?? ''] ?? 1);
        assert.ok(Math.abs(read - value) <= 0.005 * value, `${value} was shown as ${count(value)}`);
        assert.ok((digits ?? '').replace('.', '').length <= 3);
      }),
    );
  });
});
