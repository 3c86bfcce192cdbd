/** What is said of bytes that are no text, by what they are. Not here: whether they are one (`../token-files/text-like.ts`). */
import { type Fault, inputFault } from '../../fault.js';

/** What a file begins with that must be unpacked before it is read. */
const packings: readonly (readonly [name: string, begins: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['Zstandard', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['7-Zip', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['Parquet', [0x50, 0x41, 0x52, 0x31]],
  ["NumPy's .npy", [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
  ["tokens of llm.c's", [0x88, 0xd8, 0x34, 0x01]],
  ["tokens of llm.c's", [0xa1, 0xd9, 0x34, 0x01]],
];

/** Of bytes that may be text in another encoding. */
export const notUtf8 = (path: string): Fault =>
  inputFault(`${path}: the text must be UTF-8, and its bytes are not; convert it (iconv -f FROM -t UTF-8) or name another file`);

/** @param head the first bytes, unpacked where the file is compressed by gzip or Zstandard. */
export const notText = (path: string, head: Uint8Array): Fault => {
  const [packed] = packings.find(([, begins]) => begins.every((byte, at) => head[at] === byte)) ?? [];
  if (packed !== undefined)
    return inputFault(`${path}: the file must be text, at most compressed once by gzip or Zstandard (holds ${packed}); unpack it`);
  const zero = head.indexOf(0);
  return zero < 0
    ? notUtf8(path)
    : inputFault(
        `${path}: a text must not contain zero bytes (byte ${zero} is one); convert it if it is UTF-16 (iconv -f UTF-16LE -t UTF-8), ` +
          'rename it to .bin if it holds bare tokens, or name another file',
      );
};
