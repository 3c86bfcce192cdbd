/**
 * OpenAI's byte-pair encodings, by the package `tiktoken`: the Rust code of the original, compiled to WebAssembly, and the ranks of GPT-2 and later
 * models. Words are cached, and those of ASCII by GPT-2's pattern are encoded without the package (`word-merges.ts`), which is most of the speed. Not here: files of ranks (`ranks.ts`), where words end (`text-pieces.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Tiktoken } from 'tiktoken/lite';
import { type Fault, inputFault } from '../../fault.js';
import { messageOf } from '../../thrown.js';
import { decodeBytes } from './byte-strings.js';
import { onDemand } from './on-demand.js';
import { HASH, hashed, MOST_TOKENS, PieceMemory } from './piece-memory.js';
import { flatFromCompact, fromCompact, fromRankFile, type Ranks, toCompact, toRankFile } from './ranks.js';
import { cutter, isAscii, isAsciiWord, type PieceRule } from './text-pieces.js';
import type { NamedEncodingJson, RankTokenizerJson, Tokenizer } from './tokenizer.js';
import { WordMerges } from './word-merges.js';

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

/** A text's UTF-16 units: reading them from the string, once for each use, takes longer. */
const unitsOf = (text: string): Uint16Array => {
  const units = new Uint16Array(text.length);
  Buffer.from(units.buffer).write(text, 'utf16le');
  return units;
};

/** The same for ASCII, where JavaScript's white space is Rust's. */
const GPT2_ASCII = /'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+/g;

interface Encoding {
  readonly encoder: () => Tiktoken;
  /** Where the pattern certainly ends words; without it a text is encoded as a whole. */
  readonly rule?: PieceRule;
  /** For words of ASCII, with the rule `gpt2` alone. */
  readonly merges?: () => WordMerges;
}

const encoderOf = ({ encoder, rule, merges }: Encoding): ((text: string) => Int32Array) => {
  let rust: Tiktoken | undefined;
  const encode = (text: string): Uint32Array => {
    rust ??= encoder();
    return rust.encode_ordinary(text);
  };
  if (rule === undefined) return (text) => Int32Array.from(encode(text));
  let begun: PieceMemory | undefined;
  let words: WordMerges | undefined;
  const encodePiece = (text: string, units: Uint16Array, begin: number, end: number): ArrayLike<number> => {
    if (merges === undefined || !isAscii(units, begin, end)) return encode(text.slice(begin, end));
    words ??= merges();
    if (isAsciiWord(units, begin, end)) return words.encode(units, begin, end);
    const tokens: number[] = [];
    for (const { 0: word, index } of text.slice(begin, end).matchAll(GPT2_ASCII))
      for (const token of words.encode(units, begin + index, begin + index + word.length)) tokens.push(token);
    return tokens;
  };
  const cutsBetween = cutter(rule);
  return (text) => {
    begun ??= new PieceMemory();
    const memory = begun;
    const { length } = text;
    const units = unitsOf(text);
    // Few texts have more tokens than units.
    let tokens = new Int32Array(length + MOST_TOKENS);
    let count = 0;
    const makeRoom = (more: number): void => {
      if (count + more <= tokens.length) return;
      const larger = new Int32Array(2 * (count + more));
      larger.set(tokens.subarray(0, count));
      tokens = larger;
    };
    const add = (begin: number, end: number, hash: number): void => {
      makeRoom(MOST_TOKENS);
      const known = memory.read(units, begin, end, hash, tokens, count);
      if (known > 0) {
        count += known;
        return;
      }
      const found = encodePiece(text, units, begin, end);
      memory.remember(units, begin, end, hash, found);
      makeRoom(found.length);
      tokens.set(found, count);
      count += found.length;
    };
    let begin = 0;
    let before = units[0] ?? 0;
    let unit = units[1] ?? 0;
    let hash = hashed(HASH, before);
    for (let at = 1; at < length; at++) {
      const after = at + 1 < length ? (units[at + 1] ?? 0) : 0;
      if (cutsBetween(before, unit, after)) {
        add(begin, at, hash);
        begin = at;
        hash = HASH;
      }
      hash = hashed(hash, unit);
      before = unit;
      unit = after;
    }
    if (begin < length) add(begin, length, hash);
    return tokens.slice(0, count);
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
  const size = encodings[encoding] ?? 0;
  const json: NamedEncodingJson = { kind: 'tiktoken', encoding };
  const tokenizer = tokenizerOf({
    kind: 'tiktoken',
    name: encoding,
    ranks: () => fromCompact(bpe_ranks),
    size,
    special: special_tokens,
    encode: encoderOf({
      encoder: () => new lite.right.Tiktoken(bpe_ranks, { ...special_tokens }, pat_str),
      ...(pat_str === GPT2_PATTERN ? { rule: 'gpt2', merges: () => new WordMerges(flatFromCompact(bpe_ranks, size)) } : { rule: 'common' }),
    }),
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

/** What is wrong with the pattern and the special tokens that stand beside a rank file. */
const faultBeside = ({ pattern, special }: RankTokenizerJson, ranks: Ranks, { Tiktoken }: Lite): string | undefined => {
  const taken = Object.entries(special).find(([, token]) => ranks[token] !== undefined);
  if (taken !== undefined) return `special_tokens must have ids that no rank has (${JSON.stringify(taken[0])} has ${taken[1]})`;
  // With the bytes alone: of all ranks it takes a second.
  const bytes = ranks.map((each) => (each?.length === 1 ? each : undefined));
  const made = E.tryCatch(() => new Tiktoken(toCompact(bytes), {}, pattern).free(), messageOf);
  return E.isLeft(made)
    ? `pat_str must be a regular expression as tiktoken has them (was ${JSON.stringify(pattern.slice(0, 60))})`
    : undefined;
};

/** A rank file with a pattern of its own. Left: a pattern that is none, a special token with the id of a rank, a damaged file, or a package that cannot be loaded. */
export const rankTokenizer = (json: RankTokenizerJson): E.Either<Fault, Tokenizer> => {
  const lite = onDemand<Lite>('tiktoken/lite');
  if (E.isLeft(lite)) return lite;
  const ranks = fromRankFile(json.ranks);
  if (E.isLeft(ranks)) return ranks;
  const wrong = faultBeside(json, ranks.right, lite.right);
  if (wrong !== undefined) return E.left(inputFault(`${json.name}: ${wrong}; correct the .json beside it`));
  return E.right(
    tokenizerOf({
      kind: 'ranks',
      name: json.name,
      ranks: () => ranks.right,
      size: ranks.right.length,
      special: json.special,
      encode: encoderOf({ encoder: () => new lite.right.Tiktoken(toCompact(ranks.right), { ...json.special }, json.pattern) }),
      toJSON: () => json,
    }),
  );
};
