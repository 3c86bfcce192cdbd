/** Numbers of 16 bits: all of them, against what IEEE 754 says of their bits. */
import assert from 'node:assert/strict';
import { widenBf16, widenF16 } from '../../src/model/half-precision.js';

const ALL = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits);

/** (−1)ˢ·2^(e − bias)·1.m; with the least exponent 2^(1 − bias)·0.m, with the greatest infinity or none. */
const meaningOf = (bits: number, exponentBits: number, mantissaBits: number): number => {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const most = 2 ** exponentBits - 1;
  const bias = most >> 1;
  const exponent = (bits >> mantissaBits) & most;
  const mantissa = (bits & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  if (exponent === most) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? 2 ** (1 - bias) * mantissa : 2 ** (exponent - bias) * (1 + mantissa));
};

describe('numbers of 16 bits as F32', () => {
  for (const { name, widen, exponent, mantissa } of [
    { name: 'F16', widen: widenF16, exponent: 5, mantissa: 10 },
    { name: 'BF16', widen: widenBf16, exponent: 8, mantissa: 7 },
  ])
    it(`${name}: every one of them is itself`, () => {
      const wrong = [...widen(ALL)].flatMap((value, bits) =>
        Object.is(value, meaningOf(bits, exponent, mantissa)) ? [] : [`${bits}: ${value}`],
      );
      assert.deepEqual(wrong, []);
    });
});
