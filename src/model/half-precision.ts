/** Numbers of 16 bits as F32, which represents all of them exactly: BF16 is its upper half, F16 is IEEE 754's binary16. */

/** @param bits 16 bits a number, little-endian as in a file. */
export const widenBf16 = (bits: Uint16Array): Float32Array => {
  const wide = new Uint32Array(bits.length);
  bits.forEach((half, index) => {
    wide[index] = half << 16;
  });
  return new Float32Array(wide.buffer);
};

const SIGN = 0x8000;
/** The exponent of infinities and NaN. */
const SPECIAL = 0x7c00;
/** F32's exponent is biased by 127, F16's by 15. */
const REBIAS = 2 ** (127 - 15);

/** @param bits 16 bits a number, little-endian as in a file. */
export const widenF16 = (bits: Uint16Array): Float32Array => {
  const wide = new Uint32Array(bits.length);
  const values = new Float32Array(wide.buffer);
  bits.forEach((half, index) => {
    const magnitude = (half & ~SIGN) << 13;
    wide[index] = (half & SPECIAL) === SPECIAL ? magnitude | 0x7f800000 : magnitude;
    // A multiplication, which also normalises numbers that are subnormal in F16.
    if ((half & SPECIAL) !== SPECIAL) values[index] = (values[index] ?? 0) * REBIAS;
    if ((half & SIGN) !== 0) wide[index] = ((wide[index] ?? 0) | 0x80000000) >>> 0;
  });
  return values;
};
