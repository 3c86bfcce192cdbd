/**
 * SHA-256 of many megabytes, a text or a checkpoint: the runtime's own where there is one (which takes a tenth of the time), plain JavaScript elsewhere.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** In hexadecimal. */
export const checksum = (bytes: Uint8Array): string => {
  // A browser has no process, and this file must load there.
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto');
  return crypto === undefined ? bytesToHex(sha256(bytes)) : crypto.createHash('sha256').update(bytes).digest('hex');
};
