/**
 * Reading regular files only: a pipe would block for ever, and a device has no end. Links are followed.
 */

import { constants } from 'node:buffer';
import { type Bytes, Pieces } from '../byte-pieces.js';
import { whileOpen } from './durable.js';
import type { FileSystem, Status } from './file-system.js';

const KINDS: Readonly<Record<Exclude<Status['kind'], 'file'>, string>> = {
  folder: 'a folder',
  link: 'a link',
  pipe: 'a pipe',
  device: 'a device',
  socket: 'a socket',
};

/** MiB. */
const LARGEST_TEXT = Math.floor(constants.MAX_STRING_LENGTH / 2 ** 20);

/** The path is not a regular file. */
export class NotRegularError extends Error {
  override readonly name = 'NotRegularError';

  constructor(readonly kind: Exclude<Status['kind'], 'file'>) {
    super(`it must be a regular file (was ${KINDS[kind]})`);
  }
}

const regular = (status: Status | undefined): void => {
  if (status !== undefined && status.kind !== 'file') throw new NotRegularError(status.kind);
};

/** Calls `use` with the open file. Throws the system's error, or a `NotRegularError`. */
export const withFile = <A>(files: FileSystem, path: string, use: (file: number, status: Status) => A): A => {
  // Checked before opening, since opening a device may have an effect; and again after, since the file may have been replaced.
  regular(files.follow(path));
  return whileOpen(files, files.open(path, 'read'), (file) => {
    const status = files.status(file);
    regular(status);
    return use(file, status);
  });
};

/** Up to `most` bytes from an offset; fewer at the end of the file. */
export const readAt = (files: FileSystem, file: number, from: number, most: number): Uint8Array => {
  const bytes = new Uint8Array(most);
  let filled = 0;
  while (filled < most) {
    const read = files.read(file, bytes.subarray(filled), from + filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
};

/** Bytes in one array at most. */
const LARGEST_PIECE = 2 ** 30;

/** All of a file, whatever its size. */
export const readWhole = (files: FileSystem, path: string, piece = LARGEST_PIECE): Bytes =>
  withFile(files, path, (file, { size }) => {
    if (size <= piece) return readAt(files, file, 0, size);
    const pieces = Array.from({ length: Math.ceil(size / piece) }, (_, index) =>
      readAt(files, file, index * piece, Math.min(piece, size - index * piece)),
    );
    return new Pieces(pieces);
  });

/** A text is too large for a string. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';

  constructor(readonly bytes: number) {
    super(`a text may hold ${LARGEST_TEXT} MiB (was ${Math.ceil(bytes / 2 ** 20)} MiB)`);
  }
}

/** The bytes of a text that fits in a string. Throws a `TooLargeError` before reading anything of a file that is too large. */
export const readTextBytes = (files: FileSystem, path: string): Uint8Array =>
  withFile(files, path, (file, { size }) => {
    if (size > constants.MAX_STRING_LENGTH) throw new TooLargeError(size);
    return readAt(files, file, 0, size);
  });

/** Decodes UTF-8. */
export const readText = (files: FileSystem, path: string): string => new TextDecoder().decode(readTextBytes(files, path));

const NEWLINE = 10;
/** Bytes per read when searching for the end of a line. */
const PIECE = 1 << 16;

/** Without its line break; undefined if there is none. */
export const firstLine = (files: FileSystem, path: string): string | undefined =>
  withFile(files, path, (file, { size }) => {
    const pieces: Uint8Array[] = [];
    for (let from = 0; from < size; from += PIECE) {
      const piece = readAt(files, file, from, Math.min(PIECE, size - from));
      const end = piece.indexOf(NEWLINE);
      pieces.push(end < 0 ? piece : piece.subarray(0, end));
      if (end >= 0) return new TextDecoder().decode(Buffer.concat(pieces));
    }
    return undefined;
  });
