/**
 * SHA-256 of many megabytes: the runtime's own where there is one (a checkpoint is hashed in a fraction of a step), plain JavaScript elsewhere.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** In hexadecimal. */
export const checksum = (bytes: Uint8Array): string => {
  // A browser has no process, and this file must load there.
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto');
  return crypto === undefined ? bytesToHex(sha256(bytes)) : crypto.createHash('sha256').update(bytes).digest('hex');
};
