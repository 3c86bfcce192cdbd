/** Parquet: a document in each row of a column, read a group of rows at a time. */
import * as E from 'fp-ts/lib/Either.js';
import type { AsyncBuffer } from 'hyparquet';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readAt, withFile } from '../../files/read.js';
import { nearestTo } from '../../nearest.js';
import { listed, shownValue, shownWord } from '../../shown-value.js';
import type { ReadSoFar } from './compressed.js';
import type { Piece } from './piece.js';

const MAGIC = 'PAR1';

/** Whether a file begins like a Parquet file. */
export const isParquet = (files: FileSystem, path: string): boolean =>
  withFile(files, path, (file) => new TextDecoder('latin1').decode(readAt(files, file, 0, MAGIC.length)) === MAGIC);

const bufferOf = (files: FileSystem, file: number, size: number): AsyncBuffer => ({
  byteLength: size,
  slice: (start, end = size) => {
    const bytes = readAt(files, file, start, end - start);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  },
});

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A text, or the bytes of what is not UTF-8, which the package would replace by U+FFFD; nothing of a null. */
const stringFromBytes = (bytes: Uint8Array | undefined): unknown =>
  bytes &&
  E.getOrElseW(() => bytes)(
    E.tryCatch(
      () => decoder.decode(bytes),
      () => bytes,
    ),
  );

/** A document for each row whose value is not null. Throws the package's error about a damaged file. */
export async function* parquetRows(
  files: FileSystem,
  path: string,
  column: string,
  read: ReadSoFar,
): AsyncGenerator<E.Either<Fault, Piece>> {
  const [{ parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const parsers = { stringFromBytes };
  const opened = files.open(path, 'read');
  try {
    const { size } = files.status(opened);
    const file = bufferOf(files, opened, size);
    const metadata = await parquetMetadataAsync(file);
    const names = parquetSchema(metadata).children.map(({ element }) => element.name);
    if (!names.includes(column)) {
      const has = listed(names.map((name) => JSON.stringify(shownWord(name))));
      yield E.left(
        inputFault(
          `${path}: the table must have the column ${JSON.stringify(column)} (has ${has}); say which one holds the text${nearestTo(column, names)}`,
        ),
      );
      return;
    }
    let row = 0;
    for (const group of metadata.row_groups) {
      const end = row + Number(group.num_rows);
      const rows = await parquetReadObjects({ file, metadata, columns: [column], rowStart: row, rowEnd: end, compressors, parsers });
      for (const [index, each] of rows.entries()) {
        const text: unknown = each[column];
        if (typeof text === 'string') yield E.right({ text, ends: true });
        else if (text !== null && text !== undefined) {
          yield E.left(
            inputFault(
              `${path}: row ${row + index + 1}: ${JSON.stringify(column)} must be a text (was ${text instanceof Uint8Array ? 'bytes that are not UTF-8' : shownValue(text)}); name a column of texts`,
            ),
          );
          return;
        }
      }
      read(Math.round((size * (end - row)) / Math.max(1, Number(metadata.num_rows))));
      row = end;
    }
  } finally {
    files.close(opened);
  }
}
