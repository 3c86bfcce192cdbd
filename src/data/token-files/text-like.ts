/** Whether bytes are the beginning of a text. */
import { isUtf8 } from 'node:buffer';

/** @param more whether the text continues after them, so that its last character may be cut. */
export const looksLikeText = (bytes: Uint8Array, more: boolean): boolean => {
  // Token ids contain zero bytes, a text does not.
  if (bytes.includes(0)) return false;
  for (let cut = 0; cut <= (more ? 3 : 0) && cut <= bytes.byteLength; cut++)
    if (isUtf8(bytes.subarray(0, bytes.byteLength - cut))) return true;
  return false;
};
