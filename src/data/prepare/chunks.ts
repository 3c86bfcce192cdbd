/**
 * Documents as chunks of work: each chunk can be encoded by itself, on any core, to the same tokens as within its document. Where chunks begin
 * depends only on the sources, so that interrupted work continues at a chunk. Not here: encoding them (`encoders.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import type { Piece } from '../sources/piece.js';
import { lastCut } from '../tokenizers/text-pieces.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';

export type Side = 'training' | 'validation';

export interface Chunk {
  readonly side: Side;
  readonly pieces: readonly Piece[];
}

/** The approximate UTF-16 units of a chunk: some tens of milliseconds of work. */
const CHUNK = 1 << 18;

/** A document that has to be encoded as a whole must easily fit into a string. */
const MOST_WHOLE = 1 << 28;

/** The last position, at most `from`, at which a text that is not complete yet may be cut; 0 where there is none. */
export type Cut = (text: string, from: number) => number;

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Where texts may be cut for a tokenizer: one that splits words by an unknown pattern must see whole documents. */
export const cutFor = ({ kind }: Tokenizer): Cut => {
  if (kind === 'tiktoken') return lastCut;
  if (kind === 'bytes' || kind === 'characters') return (text, from) => (isLowSurrogate(text.charCodeAt(from)) ? from - 1 : from);
  return () => 0;
};

/** Whether a document is held out: this share of all, spread evenly. */
const isHeldOut = (document: number, share: number): boolean => Math.floor((document + 1) * share) > Math.floor(document * share);

export interface Chunking {
  readonly cut: Cut;
  /** The share of the documents for validation. */
  readonly heldOut: number;
}

/** Chunks of pieces, in order; nothing follows a left. `side`: all chunks of the file belong to this side. */
export async function* chunksOf(
  pieces: AsyncIterable<E.Either<Fault, Piece & { readonly path: string; readonly side: Side | undefined }>>,
  { cut, heldOut }: Chunking,
): AsyncGenerator<E.Either<Fault, Chunk>> {
  const waiting: Record<Side, Piece[]> = { training: [], validation: [] };
  const units: Record<Side, number> = { training: 0, validation: 0 };
  /** The beginning of a document that is not complete yet. */
  let begun = '';
  let document = 0;
  const add = (side: Side, piece: Piece): Chunk | undefined => {
    waiting[side].push(piece);
    units[side] += piece.text.length;
    if (units[side] < CHUNK) return undefined;
    const full = { side, pieces: waiting[side] };
    [waiting[side], units[side]] = [[], 0];
    return full;
  };
  for await (const next of pieces) {
    if (E.isLeft(next)) return yield next;
    const { text, ends, path } = next.right;
    const side = next.right.side ?? (isHeldOut(document, heldOut) ? 'validation' : 'training');
    begun += text;
    while (begun.length > CHUNK) {
      const at = cut(begun, CHUNK);
      if (at === 0) break;
      const full = add(side, { text: begun.slice(0, at), ends: false });
      begun = begun.slice(at);
      if (full !== undefined) yield E.right(full);
    }
    if (begun.length > MOST_WHOLE)
      return yield E.left(
        inputFault(
          `${path}: a document must have at most ${MOST_WHOLE / 2 ** 20} Mi characters for a tokenizer that sees it whole; cut it into several`,
        ),
      );
    if (!ends) continue;
    const full = begun === '' ? undefined : add(side, { text: begun, ends: true });
    if (begun !== '') document += 1;
    begun = '';
    if (full !== undefined) yield E.right(full);
  }
  for (const side of ['training', 'validation'] as const) if (waiting[side].length > 0) yield E.right({ side, pieces: waiting[side] });
}
