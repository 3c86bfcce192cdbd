/**
 * OpenAI's byte-pair encodings, by the package `tiktoken`: the Rust code of the original, compiled to WebAssembly, and the ranks of GPT-2 and later
 * models. Words are cached, which accounts for most of the speed. Not here: files of ranks (`ranks.ts`), where words end (`text-pieces.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Tiktoken } from 'tiktoken/lite';
import type { Fault } from '../../fault.js';
import { decodeBytes } from './byte-strings.js';
import { onDemand } from './on-demand.js';
import { fromCompact, fromRankFile, type Ranks, toCompact, toRankFile } from './ranks.js';
import { cutter, type PieceRule } from './text-pieces.js';
import type { NamedEncodingJson, RankTokenizerJson, Tokenizer } from './tokenizer.js';

/** The encodings by name, with the number of their ranks, a missing one included. */
export const encodings: Readonly<Record<string, number>> = { gpt2: 50_256, p50k_base: 50_281, cl100k_base: 100_256, o200k_base: 199_998 };

export const isEncoding = (name: string): boolean => Object.hasOwn(encodings, name);

/** What ends a document, in every encoding that has such a token. */
const END_OF_TEXT = '<|endoftext|>';

interface Encoder {
  readonly pat_str: string;
  readonly special_tokens: Readonly<Record<string, number>>;
  readonly bpe_ranks: string;
}

/** The pattern of GPT-2's words, as in the package, for its encoding and those with the same pattern. */
const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Longer words are not cached: they hardly occur again. */
const LONGEST_REMEMBERED = 32;
/** Some tens of megabytes at most. */
const MOST_REMEMBERED = 250_000;

/** A growing list of tokens. */
class Growing {
  #tokens: Int32Array<ArrayBuffer>;
  #length = 0;

  constructor(room: number) {
    this.#tokens = new Int32Array(room);
  }

  #makeRoom(count: number): void {
    if (this.#length + count <= this.#tokens.length) return;
    const larger = new Int32Array(Math.max(2 * this.#tokens.length, this.#length + count));
    larger.set(this.#tokens.subarray(0, this.#length));
    this.#tokens = larger;
  }

  push(token: number): void {
    this.#makeRoom(1);
    this.#tokens[this.#length++] = token;
  }

  append(tokens: Uint32Array): void {
    this.#makeRoom(tokens.length);
    this.#tokens.set(tokens, this.#length);
    this.#length += tokens.length;
  }

  get all(): Int32Array {
    return this.#tokens.slice(0, this.#length);
  }
}

/** @param rule where the pattern certainly ends words; without one a text is encoded as a whole. */
const encoderOf = (encoder: () => Tiktoken, rule: PieceRule | undefined): ((text: string) => Int32Array) => {
  let rust: Tiktoken | undefined;
  const encode = (text: string): Uint32Array => {
    rust ??= encoder();
    return rust.encode_ordinary(text);
  };
  if (rule === undefined) return (text) => Int32Array.from(encode(text));
  // One token as a number: most words are one, and an array for each would be most of the memory.
  const remembered = new Map<string, number | Uint32Array>();
  const addPiece = (piece: string, to: Growing): void => {
    const known = remembered.get(piece);
    if (typeof known === 'number') to.push(known);
    else if (known !== undefined) to.append(known);
    else {
      const tokens = encode(piece);
      to.append(tokens);
      if (piece.length > LONGEST_REMEMBERED) return;
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      remembered.set(piece, tokens.length === 1 ? (tokens[0] ?? 0) : tokens);
    }
  };
  const cutsBetween = cutter(rule);
  return (text) => {
    const tokens = new Growing(16 + (text.length >> 1));
    let begin = 0;
    let before = text.charCodeAt(0);
    for (let at = 1; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (cutsBetween(before, unit)) {
        addPiece(text.slice(begin, at), tokens);
        begin = at;
      }
      before = unit;
    }
    if (begin < text.length) addPiece(text.slice(begin), tokens);
    return tokens.all;
  };
};

interface Parts {
  readonly kind: Tokenizer['kind'];
  readonly name: string;
  /** Read on first use: encoding does not need them. */
  readonly ranks: () => Ranks;
  /** Their number, missing ones included. */
  readonly size: number;
  readonly special: Readonly<Record<string, number>>;
  readonly encode: (text: string) => Int32Array;
  readonly toJSON: Tokenizer['toJSON'];
}

const tokenizerOf = ({ kind, name, ranks, size, special, encode, toJSON }: Parts): Tokenizer => {
  let read: Ranks | undefined;
  const rank = (token: number): Uint8Array | undefined => {
    read ??= ranks();
    return read[token];
  };
  const ofSpecial = new Map(Object.entries(special).map(([text, token]) => [token, new TextEncoder().encode(text)]));
  const vocabulary = Math.max(size, ...Object.values(special).map((token) => token + 1));
  return {
    kind,
    name,
    vocabulary,
    endOfText: special[END_OF_TEXT],
    encode: (text) => E.right(encode(text)),
    decode: (tokens) => decodeBytes(tokens, (token) => rank(token) ?? ofSpecial.get(token), vocabulary),
    bytesOf: (token) => rank(token)?.length ?? 0,
    toJSON,
  };
};

type Lite = typeof import('tiktoken/lite');

const named = new Map<string, Tokenizer>();

/** An encoding by its name, created once per process. Left: its package cannot be loaded. */
export const namedEncoding = (encoding: string): E.Either<Fault, Tokenizer> => {
  const known = named.get(encoding);
  if (known !== undefined) return E.right(known);
  const lite = onDemand<Lite>('tiktoken/lite');
  if (E.isLeft(lite)) return lite;
  const encoder = onDemand<Encoder>(`tiktoken/encoders/${encoding}.json`);
  if (E.isLeft(encoder)) return encoder;
  const { bpe_ranks, special_tokens, pat_str } = encoder.right;
  const json: NamedEncodingJson = { kind: 'tiktoken', encoding };
  const tokenizer = tokenizerOf({
    kind: 'tiktoken',
    name: encoding,
    ranks: () => fromCompact(bpe_ranks),
    size: encodings[encoding] ?? 0,
    special: special_tokens,
    encode: encoderOf(
      () => new lite.right.Tiktoken(bpe_ranks, { ...special_tokens }, pat_str),
      pat_str === GPT2_PATTERN ? 'gpt2' : 'common',
    ),
    toJSON: () => json,
  });
  named.set(encoding, tokenizer);
  return E.right(tokenizer);
};

/** The pattern and the ranks of an encoding, for files of other tools. */
export const partsOfEncoding = (
  encoding: string,
): E.Either<Fault, { readonly ranks: Ranks; readonly pattern: string; readonly special: Readonly<Record<string, number>> }> =>
  E.map(({ bpe_ranks, pat_str, special_tokens }: Encoder) => ({
    ranks: fromCompact(bpe_ranks),
    pattern: pat_str,
    special: special_tokens,
  }))(onDemand<Encoder>(`tiktoken/encoders/${encoding}.json`));

/** The known encoding that equals a rank file, to the last token; undefined where there is none. */
export const encodingOfRanks = (ranks: Ranks): E.Either<Fault, string | undefined> => {
  const [name] = Object.entries(encodings).find(([, count]) => count === ranks.length) ?? [];
  if (name === undefined) return E.right(undefined);
  const parts = partsOfEncoding(name);
  return E.isLeft(parts) ? parts : E.right(toRankFile(parts.right.ranks) === toRankFile(ranks) ? name : undefined);
};

/** A rank file with a pattern of its own. Left: a damaged file, or a package that cannot be loaded. */
export const rankTokenizer = (json: RankTokenizerJson): E.Either<Fault, Tokenizer> => {
  const lite = onDemand<Lite>('tiktoken/lite');
  if (E.isLeft(lite)) return lite;
  const ranks = fromRankFile(json.ranks);
  if (E.isLeft(ranks)) return ranks;
  return E.right(
    tokenizerOf({
      kind: 'ranks',
      name: json.name,
      ranks: () => ranks.right,
      size: ranks.right.length,
      special: json.special,
      encode: encoderOf(() => new lite.right.Tiktoken(toCompact(ranks.right), { ...json.special }, json.pattern), undefined),
      toJSON: () => json,
    }),
  );
};
