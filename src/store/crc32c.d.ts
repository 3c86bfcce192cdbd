/** The package has types only for its CRC-32; these are for its CRC-32C. */
declare module 'crc-32/crc32c.js' {
  /** A signed 32-bit number. */
  export const buf: (data: Uint8Array) => number;
  const all: { readonly buf: typeof buf };
  export default all;
}
