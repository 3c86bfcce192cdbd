/** JSON Lines: an object on each line, one of whose fields is a document. */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { nearestTo } from '../../nearest.js';
import { listed, shownValue, shownWord } from '../../shown-value.js';
import { firstLineOf, messageOf } from '../../thrown.js';
import { type ReadSoFar, unpackedPieces } from './compressed.js';
import type { Piece } from './piece.js';

const NEWLINE = 10;

/** The lines of bytes that arrive in pieces, without line ends. */
async function* linesOf(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = [];
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      const part = piece.subarray(from, end);
      yield begun.length === 0 ? part : Buffer.concat([...begun, part]);
      begun = [];
      from = end + 1;
    }
    if (from < piece.byteLength) begun.push(piece.subarray(from));
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}

const documentOf = (line: Uint8Array, field: string): E.Either<string, string | undefined> => {
  const text = E.tryCatch(() => new TextDecoder('utf-8', { fatal: true }).decode(line), messageOf);
  if (E.isLeft(text)) return E.left('the line must be UTF-8, and its bytes are not; fix it');
  if (text.right.trim() === '') return E.right(undefined);
  const row = E.tryCatch((): unknown => JSON.parse(text.right), firstLineOf);
  if (E.isLeft(row)) return E.left(`the line must be JSON (${row.left}); correct it, or remove it`);
  if (typeof row.right !== 'object' || row.right === null || Array.isArray(row.right))
    return E.left(`the line must be an object (was ${shownValue(row.right)}); correct it, or remove it`);
  const found: unknown = Object.entries(row.right).find(([name]) => name === field)?.[1];
  // Half of a surrogate pair, which JSON can escape and UTF-8 cannot contain.
  if (typeof found === 'string') return E.right(found.replace(/\p{Surrogate}/gu, '\ufffd'));
  const names = Object.keys(row.right);
  return E.left(
    found === undefined
      ? `the object must have the field ${JSON.stringify(field)} (has ${listed(names.map((name) => JSON.stringify(shownWord(name)))) || 'none'}); say which one holds the text${nearestTo(field, names)}`
      : `${JSON.stringify(field)} must be a text (was ${shownValue(found)}); correct the line, or remove it`,
  );
};

/** A document for each line that is not blank. */
export async function* jsonLines(files: FileSystem, path: string, field: string, read: ReadSoFar): AsyncGenerator<E.Either<Fault, Piece>> {
  let number = 0;
  for await (const line of linesOf(unpackedPieces(files, path, read))) {
    number += 1;
    const document = documentOf(line, field);
    if (E.isLeft(document)) return yield E.left(inputFault(`${path}: line ${number}: ${document.left}`));
    if (document.right !== undefined) yield E.right({ text: document.right, ends: true });
  }
}
