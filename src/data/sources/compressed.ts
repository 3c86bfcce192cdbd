/**
 * A file's bytes piece by piece, decompressed where its content shows that it is compressed by gzip or Zstandard (for which Node has a decompressor
 * of its own only from 22.15 on). Throws errors of the system and of the decompressor. Not here: what the bytes are (`documents.ts`).
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import type { FileSystem } from '../../files/file-system.js';
import { readAt, withFile } from '../../files/read.js';

/** Bytes read at a time. */
const PIECE = 1 << 20;

export type Compression = 'gzip' | 'zstd';

/** The compression, by the first bytes. */
export const compressionOf = (head: Uint8Array): Compression | undefined => {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  // A frame to be skipped: pzstd, for one, writes one before each of its own (RFC 8878, section 3.1.2).
  return ((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18 ? 'zstd' : undefined;
};

/** How much of a file, as stored on the disk, has been read: for reports of progress. */
export type ReadSoFar = (bytes: number) => void;

const nothing: ReadSoFar = () => {};

function* rawPieces(files: FileSystem, path: string, read: ReadSoFar): Generator<Uint8Array> {
  const file = files.open(path, 'read');
  try {
    for (let from = 0; ; ) {
      const piece = readAt(files, file, from, PIECE);
      if (piece.byteLength === 0) return;
      from += piece.byteLength;
      read(piece.byteLength);
      yield piece;
    }
  } finally {
    files.close(file);
  }
}

function* unpackedByZstd(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let unpacked: Uint8Array[] = [];
  const decompress = new Decompress((piece) => {
    unpacked.push(piece.slice());
  });
  for (const piece of pieces) {
    decompress.push(piece);
    yield* unpacked;
    unpacked = [];
  }
  // With this, a truncated file is reported as one.
  decompress.push(new Uint8Array(0), true);
  yield* unpacked;
}

async function* unpackedByGzip(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: PIECE });
  const fed = pipeline(Readable.from(pieces), gunzip);
  // An error of the input stream also ends the reading, which throws it; when a reader stops early, the error that this causes in the input is of no
  // interest.
  fed.catch(() => {});
  try {
    yield* gunzip;
  } finally {
    gunzip.destroy();
  }
}

const headOf = (files: FileSystem, path: string): Uint8Array => withFile(files, path, (file) => readAt(files, file, 0, 4));

/** The unpacked bytes of a file. */
export const unpackedPieces = (
  files: FileSystem,
  path: string,
  read: ReadSoFar = nothing,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> => {
  const compression = compressionOf(headOf(files, path));
  const raw = rawPieces(files, path, read);
  if (compression === undefined) return raw;
  return compression === 'zstd' ? unpackedByZstd(raw) : unpackedByGzip(raw);
};
