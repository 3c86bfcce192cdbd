/** The package has types for its CRC-32 alone; this is its CRC-32C, which is beside it. */
declare module 'crc-32/crc32c.js' {
  /** A signed 32-bit number. */
  export const buf: (data: Uint8Array) => number;
  const all: { readonly buf: typeof buf };
  export default all;
}
