/**
 * The contract of every tokenizer: text to tokens and back. Not here: the kinds (one file each), which one a name or a JSON value means (`open.ts`,
 * `from-json.ts`), where text comes from (`../sources`).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../../fault.js';

export interface CharacterTokenizerJson {
  readonly kind: 'characters';
  /** Every character once; its place (counted in code points) is its token. */
  readonly characters: string;
}

export interface ByteTokenizerJson {
  readonly kind: 'bytes';
}

/** An encoding of OpenAI's tiktoken that its npm package carries. */
export interface NamedEncodingJson {
  readonly kind: 'tiktoken';
  readonly encoding: string;
}

/** A rank file of tiktoken's, whole. */
export interface RankTokenizerJson {
  readonly kind: 'ranks';
  readonly name: string;
  /** The regular expression that splits a text into words, in the syntax of Rust's fancy-regex. */
  readonly pattern: string;
  /** Tokens that encoding never produces, by their text. */
  readonly special: Readonly<Record<string, number>>;
  /** One line per token: its bytes in base64, a space, its rank. */
  readonly ranks: string;
}

/** Hugging Face's `tokenizer.json`, whole. */
export interface HuggingFaceTokenizerJson {
  readonly kind: 'hugging-face';
  readonly name: string;
  readonly endOfText: number | null;
  readonly tokenizer: Readonly<Record<string, unknown>>;
}

/** A tokenizer as JSON: all that `tokenizerFromJson` needs to make it again. */
export type TokenizerJson = CharacterTokenizerJson | ByteTokenizerJson | NamedEncodingJson | RankTokenizerJson | HuggingFaceTokenizerJson;

export interface Tokenizer {
  readonly kind: TokenizerJson['kind'];
  /** Its name for people: `characters`, `gpt2`, the name of its file. */
  readonly name: string;
  /** Tokens are 0 … vocabulary - 1. */
  readonly vocabulary: number;
  /** The token that is between documents, where there is one. */
  readonly endOfText: number | undefined;
  /**
   * What looks like a special token in a text is treated as text.
   *
   * Left: the first character that the vocabulary lacks, and where it is.
   */
  encode(text: string): E.Either<Fault, Int32Array>;
  /**
   * `decode(encode(text))` is `text`, as a `tokenizer.json` with a normalizer changed it. Bytes at the end that are only the beginning of a character
   * are held back, so that half of one is never shown.
   * Throws a RangeError on a token outside the vocabulary.
   */
  decode(tokens: ArrayLike<number>): string;
  /** Bytes of UTF-8 that a token stands for; 0 for a special token, which stands for no text. */
  bytesOf(token: number): number;
  toJSON(): TokenizerJson;
}

/** SHA-256 of a tokenizer's JSON. */
export const digestOfTokenizer = (tokenizer: Tokenizer): string => bytesToHex(sha256(utf8ToBytes(JSON.stringify(tokenizer.toJSON()))));

export const outside = (token: number, vocabulary: number): RangeError =>
  new RangeError(`token ${token} is outside the vocabulary of ${vocabulary}`);
