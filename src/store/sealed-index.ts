/**
 * A seal on an SQLite file: the CRC-32C of its bytes in `application_id`, which the format reserves for applications
 * (sqlite.org/fileformat2.html, 1.3.16). SQLite itself has no checksums: from a file altered by a disk or by hand it may read wrong values,
 * fail, or never return. Pure.
 */
import crc32c from 'crc-32/crc32c.js';

const APPLICATION_ID = 68;
const HEADER_BYTES = 100;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The CRC-32C of all bytes, with those of the seal taken as zero. */
const sealOf = (bytes: Uint8Array): number => {
  const bare = Uint8Array.from(bytes);
  viewOf(bare).setInt32(APPLICATION_ID, 0);
  return crc32c.buf(bare) | 0;
};

/** The database's bytes with their seal. */
export const sealed = (database: Uint8Array): Uint8Array => {
  const bytes = Uint8Array.from(database);
  viewOf(bytes).setInt32(APPLICATION_ID, sealOf(bytes));
  return bytes;
};

/** Whether the bytes match their seal. */
export const isWhole = (bytes: Uint8Array): boolean =>
  bytes.byteLength >= HEADER_BYTES && viewOf(bytes).getInt32(APPLICATION_ID) === sealOf(bytes);
