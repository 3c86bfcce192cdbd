/**
 * SHA-256 of many megabytes, a text or a checkpoint: the runtime's own where there is one (which takes a tenth of the time), plain JavaScript elsewhere.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Bytes, piecesOf } from '../byte-pieces.js';

/** In hexadecimal. */
export const checksum = (bytes: Bytes): string => {
  // A browser has no process, and this file must load there.
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto');
  if (crypto !== undefined) {
    const hash = crypto.createHash('sha256');
    for (const piece of piecesOf(bytes)) hash.update(piece);
    return hash.digest('hex');
  }
  const hash = sha256.create();
  for (const piece of piecesOf(bytes)) hash.update(piece);
  return bytesToHex(hash.digest());
};
