/**
 * The ranks of tiktoken: which bytes each token stands for, and the order in which pairs of them are merged. Not here: encoding with them
 * (`tiktoken.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';

/** The bytes of each token by its rank; ranks may be missing. */
export type Ranks = readonly (Uint8Array | undefined)[];

const fromBase64 = (text: string): Uint8Array => {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
};
const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** As the npm package `tiktoken` writes them: a line has a word without meaning, the first rank, and the tokens from there on. */
export const fromCompact = (text: string): Ranks => {
  const ranks: (Uint8Array | undefined)[] = [];
  for (const line of text.split('\n')) {
    const [, offset = '0', ...tokens] = line.split(' ');
    for (const [index, token] of tokens.entries()) ranks[Number(offset) + index] = fromBase64(token);
  }
  // A missing rank is undefined, as it is when written.
  return Array.from(ranks);
};

/** The same without an array for each token, which takes several times as long. */
export interface FlatRanks {
  readonly bytes: Uint8Array;
  /** Where the bytes of each rank begin, and at last where they end; a missing rank has none. */
  readonly begins: Int32Array;
}

const SPACE = 0x20;
const PADDING = 0x3d;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const sixBits = Uint8Array.from({ length: 128 }, (_, unit) => Math.max(0, DIGITS.indexOf(String.fromCharCode(unit))));

/** @param size their number, missing ones included. */
export const flatFromCompact = (text: string, size: number): FlatRanks => {
  const bytes = new Uint8Array(text.length);
  const begins = new Int32Array(size + 1);
  let count = 0;
  let rank = 0;
  for (const line of text.split('\n')) {
    const [word = '', offset = '0'] = line.split(' ', 2);
    begins.fill(count, rank, Number(offset));
    rank = Number(offset);
    let value = 0;
    let bits = 0;
    for (let at = word.length + offset.length + 1; at < line.length; at++) {
      const unit = line.charCodeAt(at);
      if (unit === SPACE) {
        begins[rank++] = count;
        bits = 0;
      } else if (unit !== PADDING) {
        value = (value << 6) | (sixBits[unit] ?? 0);
        bits += 6;
        if (bits >= 8) {
          bits -= 8;
          bytes[count++] = value >> bits;
        }
      }
    }
  }
  begins.fill(count, rank);
  return { bytes: bytes.subarray(0, count), begins };
};

export const toCompact = (ranks: Ranks): string => {
  const lines: string[] = [];
  let before = -1;
  let line: string[] = [];
  for (const [rank, bytes] of ranks.entries()) {
    if (bytes === undefined) continue;
    if (rank !== before + 1 || line.length === 0) {
      if (line.length > 0) lines.push(line.join(' '));
      line = ['!', String(rank)];
    }
    line.push(toBase64(bytes));
    before = rank;
  }
  return [...lines, line.join(' ')].join('\n');
};

/** As in tiktoken's own files. */
export const toRankFile = (ranks: Ranks): string =>
  ranks.map((bytes, rank) => (bytes === undefined ? '' : `${toBase64(bytes)} ${rank}\n`)).join('');

const LINE = /^([A-Za-z0-9+/]+={0,2}) (\d{1,7})$/;

/** Whether the first line of a file is that of a rank file. */
export const looksLikeRanks = (text: string): boolean => LINE.test((text.split('\n', 1)[0] ?? '').trimEnd());

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Left: an invalid line, a rank or a token that appears twice, a byte that has no token. */
export const fromRankFile = (text: string): E.Either<Fault, Ranks> => {
  const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(message));
  const ranks: (Uint8Array | undefined)[] = [];
  const known = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, token, rank] = LINE.exec(line.trimEnd()) ?? [];
    if (token === undefined || rank === undefined)
      return refuse(
        `line ${index + 1} must be a token in base64, a blank and its rank (was ${JSON.stringify(line.slice(0, 40))}); the file is no rank file, or a damaged one`,
      );
    if (ranks[Number(rank)] !== undefined) return refuse(`line ${index + 1}: rank ${rank} appears twice; the file is damaged`);
    if (known.has(token)) return refuse(`line ${index + 1}: the token ${token} appears twice; the file is damaged`);
    known.add(token);
    ranks[Number(rank)] = fromBase64(token);
  }
  const single = new Set(ranks.flatMap((bytes) => (bytes?.length === 1 ? [bytes[0]] : [])));
  for (let byte = 0; byte < 256; byte++)
    if (!single.has(byte)) return refuse(`the byte 0x${hex(byte)} must have a token of its own (has none); the file is cut short`);
  return E.right(Array.from(ranks));
};

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/**
 * The merges that the ranks stand for, in order: each token of more than one byte is the merge of the two parts into which lower ranks alone merge
 * it. (A token that does not arise this way cannot be expressed as a merge, and is omitted.)
 *
 * @example
 * mergesOf(ranks)[0] // ['Ġ', 't'] of GPT-2's, as bytes: [0x20], [0x74]
 */
export const mergesOf = (ranks: Ranks): readonly (readonly [Uint8Array, Uint8Array])[] => {
  const rankOf = new Map(ranks.flatMap((bytes, rank) => (bytes === undefined ? [] : [[latin1(bytes), rank] as const])));
  const merges: (readonly [Uint8Array, Uint8Array])[] = [];
  for (const [rank, bytes] of ranks.entries()) {
    if (bytes === undefined || bytes.length < 2) continue;
    let parts = Array.from(bytes, (byte) => String.fromCharCode(byte));
    while (parts.length > 2) {
      let best = rank;
      let place = -1;
      for (let at = 0; at + 1 < parts.length; at++) {
        const pair = rankOf.get(`${parts[at]}${parts[at + 1]}`);
        if (pair !== undefined && pair < best) [best, place] = [pair, at];
      }
      if (place < 0) break;
      parts = [...parts.slice(0, place), `${parts[place]}${parts[place + 1]}`, ...parts.slice(place + 2)];
    }
    const [left, right] = parts;
    if (parts.length === 2 && left !== undefined && right !== undefined)
      merges.push([bytes.slice(0, left.length), bytes.slice(left.length)]);
  }
  return merges;
};
