/** Consecutive whole numbers of one width in a file, as tokens, read in place on demand. Not here: what precedes them (one file per format). */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readAt } from '../../files/read.js';
import { grouped } from '../../shown-value.js';
import { messageOf } from '../../thrown.js';
import type { TokenStore } from '../token-store.js';

/** Little-endian, as in all such files. */
export type ElementType = 'uint8' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64';

export const bytesOfElement: Readonly<Record<ElementType, number>> = { uint8: 1, uint16: 2, int32: 4, uint32: 4, int64: 8, uint64: 8 };

/** Which ids are tokens, and whose vocabulary a fault names. */
export interface Vocabulary {
  /** Of the tokenizer. */
  readonly name: string;
  /** Tokens are 0 … size - 1. */
  readonly size: number;
}

export interface Elements {
  readonly path: string;
  /** An open file, which stays open as long as the process needs its tokens. */
  readonly file: number;
  readonly type: ElementType;
  /** Byte at which the first token begins. */
  readonly begin: number;
  readonly length: number;
}

const getters: Readonly<Record<ElementType, (view: DataView, at: number) => number>> = {
  uint8: (view, at) => view.getUint8(at),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
};

/** The sentence about an id that is no token. */
const noToken = (path: string, place: number, id: number, { name, size }: Vocabulary): string =>
  `${path}: token ${grouped(place)} is ${id}, and ids of the tokenizer ${name} are 0 to ${size - 1}; name the tokenizer that made the file`;

/** The tokens as a store that checks every read against the vocabulary. */
export const elementStore = (files: FileSystem, { path, file, type, begin, length }: Elements, vocabulary: Vocabulary): TokenStore => {
  const width = bytesOfElement[type];
  const get = getters[type];
  return {
    length,
    read: (start, count) => {
      if (!(start >= 0 && count >= 0 && start + count <= length))
        throw new RangeError(`tokens ${start} to ${start + count} of ${path}, which has ${length}`);
      const bytes = E.tryCatch(() => readAt(files, file, begin + start * width, count * width), messageOf);
      if (E.isLeft(bytes))
        return E.left(runFault(`${path}: token ${grouped(start)} cannot be read (${bytes.left}); resume when it can be`));
      const found = Math.floor(bytes.right.byteLength / width);
      if (found < count)
        return E.left(
          runFault(
            `${path}: the file must hold ${grouped(length)} tokens, as when the run began (ends after ${grouped(Math.max(0, Math.floor((files.status(file).size - begin) / width)))}); put it back and resume`,
          ),
        );
      const view = new DataView(bytes.right.buffer, bytes.right.byteOffset, bytes.right.byteLength);
      const tokens = new Int32Array(count);
      for (let index = 0; index < count; index++) {
        const id = get(view, index * width);
        if (!(id >= 0 && id < vocabulary.size)) return E.left<Fault>(runFault(noToken(path, start + index, id, vocabulary)));
        tokens[index] = id;
      }
      return E.right(tokens);
    },
  };
};
