/**
 * Megatron-LM's pair of `.bin` (tokens) and `.idx` (where each sequence begins, which are documents). Source: Megatron-LM,
 * `megatron/core/datasets/indexed_dataset.py`.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readAt, withFile } from '../../files/read.js';
import { bytesOfElement, type ElementType } from './elements.js';
import type { TokenFormat } from './token-format.js';

const MAGIC = 'MMIDIDX\0\0';
/** Magic number, version, type, sequences, length of the index of documents. */
const HEADER = 34;

const types: Readonly<Record<number, ElementType>> = { 1: 'uint8', 4: 'int32', 5: 'int64', 8: 'uint16' };

const indexOf = (path: string): string => path.replace(/\.bin$/, '.idx');

const isIndex = (head: Uint8Array): boolean => new TextDecoder('latin1').decode(head.subarray(0, MAGIC.length)) === MAGIC;

const headOf = (files: FileSystem, path: string): Uint8Array => withFile(files, path, (file) => readAt(files, file, 0, HEADER));

/** An index that was named instead of its tokens, or that is without them. */
const indexAlone = (files: FileSystem, path: string): Fault => {
  const tokens = path.replace(/\.idx$/, '.bin');
  const there = tokens !== path && files.follow(tokens)?.kind === 'file';
  return inputFault(
    `${path}: the file must hold tokens (this is Megatron-LM's index of them); ${there ? `name ${tokens}` : 'put its .bin beside it, and name that'}`,
  );
};

export const megatron: TokenFormat = {
  matches: ({ files, path, head }) => {
    if (isIndex(head)) return true;
    if (!path.endsWith('.bin')) return false;
    const index = indexOf(path);
    return files.follow(index)?.kind === 'file' && isIndex(headOf(files, index));
  },
  layout: ({ files, path, file, size, head: own }) => {
    if (isIndex(own)) return E.left(indexAlone(files, path));
    const index = indexOf(path);
    const refuse = (message: string): E.Either<ReturnType<typeof inputFault>, never> => E.left(inputFault(`${index}: ${message}`));
    return withFile(files, index, (opened, { size: bytes }) => {
      const head = readAt(files, opened, 0, HEADER);
      if (head.byteLength < HEADER)
        return refuse(`the index must begin with ${HEADER} bytes (was ${bytes}); it is cut short: preprocess again`);
      const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
      if (view.getBigUint64(9, false) === 1n)
        return refuse('the index must be little-endian (this one is big-endian); preprocess again on another machine');
      const version = Number(view.getBigUint64(9, true));
      if (version !== 1) return refuse(`the index must be of version 1 (was ${version}); preprocess again with a Megatron-LM of today`);
      const code = view.getUint8(17);
      const type = types[code];
      if (type === undefined)
        return refuse(`tokens must be of type 1 (uint8), 4 (int32), 5 (int64) or 8 (uint16) (was ${code}); preprocess again`);
      const sequences = Number(view.getBigUint64(18, true));
      const documents = Number(view.getBigUint64(26, true));
      const needed = HEADER + 12 * sequences + 8 * documents;
      if (bytes !== needed)
        return refuse(
          `an index of ${sequences} sequences must have ${needed} bytes (was ${bytes}); it is cut short or damaged: preprocess again`,
        );
      if (sequences === 0) return refuse('the index must hold a sequence (holds none); preprocess a text');
      // Sequences are consecutive: the end of the last one is the end of the tokens.
      const last = readAt(files, opened, HEADER + 4 * (sequences - 1), 4);
      const pointer = readAt(files, opened, HEADER + 4 * sequences + 8 * (sequences - 1), 8);
      const end =
        Number(new DataView(pointer.buffer, pointer.byteOffset).getBigInt64(0, true)) +
        bytesOfElement[type] * new DataView(last.buffer, last.byteOffset).getInt32(0, true);
      if (end !== size)
        return E.left(
          inputFault(
            `${path}: the tokens must have the ${end} bytes that ${index} says (was ${size}); it is cut short or another one's: preprocess again`,
          ),
        );
      // The index of documents begins with a 0, so it has one more entry than there are documents.
      return E.right({
        format: "Megatron-LM's",
        path,
        file,
        type,
        begin: 0,
        length: size / bytesOfElement[type],
        documents: documents - 1,
        index: { path: index, begin: HEADER, sequences, documents: documents - 1, width: bytesOfElement[type] },
      });
    });
  },
};
