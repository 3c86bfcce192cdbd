/**
 * A source of several documents as a dataset in memory: files of a folder or a pattern, JSON Lines, Parquet, compressed texts. What is larger than
 * memory is prepared once (`../prepare`). Not here: a single plain text (`corpus.ts`), tokens (`token-source.ts`).
 */
import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { grouped, listed } from '../../shown-value.js';
import { digestWith, oneDocument, onlyOneDocument, type Stored } from '../dataset.js';
import { type Documents, startsAt, withStarts } from '../document-starts.js';
import { joined, storeOf, type TokenStore } from '../token-store.js';
import { characterTokenizer } from '../tokenizers/characters.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import { formNames, hasRows, piecesOf, type TextFile } from './documents.js';
import { isForValidation } from './paths.js';

/** The most UTF-16 units of all texts together: what a process can easily hold. */
const MOST_TEXT = 1 << 29;

/** All documents of some files. */
const documentsOf = async (
  files: FileSystem,
  texts: readonly TextFile[],
  field: string,
  source: string,
): Promise<E.Either<Fault, readonly string[]>> => {
  const documents: string[] = [];
  let units = 0;
  for (const text of texts) {
    let parts: string[] = [];
    for await (const piece of piecesOf(files, text, field)) {
      if (E.isLeft(piece)) return piece;
      units += piece.right.text.length;
      if (units > MOST_TEXT)
        return E.left(
          inputFault(
            `${source}: what is trained on as text must have at most ${MOST_TEXT / 2 ** 20} Mi characters; prepare it once: vcycle prepare`,
          ),
        );
      parts.push(piece.right.text);
      if (!piece.right.ends) continue;
      const document = parts.join('');
      if (document !== '') documents.push(document);
      parts = [];
    }
  }
  return E.right(documents);
};

/** What is between documents: the token that ends one, else a line break. */
const endOf = (tokenizer: Tokenizer): E.Either<Fault, Int32Array> =>
  tokenizer.endOfText === undefined ? tokenizer.encode('\n') : E.right(Int32Array.of(tokenizer.endOfText));

/** The documents, with the ends between them; each end begins the next document. */
const encoded = (documents: readonly string[], tokenizer: Tokenizer, kept: Documents): E.Either<Fault, TokenStore> => {
  const end = endOf(tokenizer);
  if (E.isLeft(end)) return end;
  const parts: Int32Array[] = [];
  const starts: number[] = [];
  let length = 0;
  for (const document of documents) {
    const tokens = tokenizer.encode(document);
    if (E.isLeft(tokens)) return tokens;
    parts.push(tokens.right, end.right);
    length += tokens.right.length;
    starts.push(length);
    length += end.right.length;
  }
  const all = new Int32Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const store = storeOf(all);
  return E.right(kept === 'joined' ? store : withStarts(store, startsAt(Float64Array.from([0, ...starts]))));
};

/**
 * The tokens of text files. Left: a file that cannot be read, or a source without documents.
 *
 * @param tokenizer undefined for a tokenizer of the text's own characters.
 */
export const textStored = async (
  files: FileSystem,
  texts: readonly TextFile[],
  {
    source,
    field,
    tokenizer: given,
    documents: kept,
  }: {
    readonly source: string;
    readonly field: string;
    readonly tokenizer: Tokenizer | undefined;
    readonly documents: Documents;
  },
): Promise<E.Either<Fault, Stored>> => {
  const several = texts.length > 1;
  const held = several ? texts.filter(({ path }) => isForValidation(path)) : [];
  const training = await documentsOf(
    files,
    texts.filter((text) => !held.includes(text)),
    field,
    source,
  );
  if (E.isLeft(training)) return training;
  const heldOut = await documentsOf(files, held, field, source);
  if (E.isLeft(heldOut)) return heldOut;
  const documents = [...training.right, ...heldOut.right];
  if (training.right.length === 0)
    return E.left(inputFault(`${source}: the source must hold text (holds none to train on); name another one`));
  const forms = [...new Set(texts.map(({ form }) => formNames[form]))].join(', ');
  const rows = texts.some(({ form }) => hasRows(form)) ? `, field "${field}"` : '';
  if (kept === 'separate' && documents.length === 1)
    return E.left(inputFault(rows === '' ? oneDocument(source) : onlyOneDocument(source, `${forms}${rows}`)));
  const tokenizer = given ?? characterTokenizer(`${documents.join('')}\n`);
  const [ofTraining, ofHeldOut] = [encoded(training.right, tokenizer, kept), encoded(heldOut.right, tokenizer, kept)];
  if (E.isLeft(ofTraining)) return ofTraining;
  if (E.isLeft(ofHeldOut)) return ofHeldOut;
  const hash = createHash('sha256');
  for (const [index, side] of [training.right, heldOut.right].entries())
    for (const document of side) hash.update(JSON.stringify([index, document]));
  return E.right({
    tokens: joined([ofTraining.right]),
    ...(held.length > 0 ? { heldOut: ofHeldOut.right } : {}),
    tokenizer,
    digest: digestWith(tokenizer, hash.digest('hex')),
    found: [
      `${source}: ${texts.length === 1 ? '' : `${texts.length} files, `}${forms}${rows}, ${grouped(documents.length)} document${documents.length === 1 ? '' : 's'}, ` +
        `${grouped(ofTraining.right.length + ofHeldOut.right.length)} tokens of ${tokenizer.name}`,
      ...(held.length > 0 ? [`held out: ${listed(held.map(({ path }) => path))}`] : []),
    ],
  });
};
