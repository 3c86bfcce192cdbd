/**
 * Text to tokens and back. One kind stands, `characters`; a subword tokenizer joins as another member of `TokenizerJson`,
 * with a case in `tokenizerFromJson` that the compiler then asks for. Not here: where text comes from (`corpus.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../fault.js';
import { codePoint, visible } from '../visible.js';

export interface CharacterTokenizerJson {
  readonly kind: 'characters';
  /** Every character once; its place (counted in code points) is its token. */
  readonly characters: string;
}

/** What a tokenizer is when it is written down: all that `tokenizerFromJson` needs to make it again. */
export type TokenizerJson = CharacterTokenizerJson;

export interface Tokenizer {
  readonly kind: TokenizerJson['kind'];
  /** Tokens are 0 … vocabulary - 1. */
  readonly vocabulary: number;
  /** Left: the first character that the vocabulary lacks, and where it stands. */
  encode(text: string): E.Either<Fault, Int32Array>;
  /** `decode(encode(text))` is `text`. Throws a RangeError on a token outside the vocabulary. */
  decode(tokens: ArrayLike<number>): string;
  toJSON(): TokenizerJson;
}

/**
 * One token for every code point of `text`, in the order of their numbers.
 *
 * @example
 * characterTokenizer('banana').toJSON(); // { kind: 'characters', characters: 'abn' }
 */
export const characterTokenizer = (text: string): Tokenizer => fromCharacters([...codePointsOf(text)].sort((a, b) => a - b));

/** Reads what `toJSON` wrote. Left: what is wrong with it. */
export const tokenizerFromJson = (json: unknown): E.Either<Fault, Tokenizer> => {
  const { kind, characters } = isRecord(json) ? json : {};
  if (kind !== 'characters') return E.left(inputFault(`tokenizer: kind must be "characters" (was ${JSON.stringify(kind)})`));
  if (typeof characters !== 'string' || characters === '') {
    return E.left(inputFault('tokenizer: "characters" must be a string that holds every character of the vocabulary once'));
  }
  const known: TokenizerJson = { kind, characters };
  return match(known)
    .with({ kind: 'characters' }, (known) => {
      const points = codePointsOf(known.characters);
      return points.size === [...known.characters].length
        ? E.right(fromCharacters([...points]))
        : E.left(inputFault('tokenizer: "characters" holds a character twice; each must stand there once'));
    })
    .exhaustive();
};

const isRecord = (json: unknown): json is Readonly<Record<string, unknown>> => json !== null && typeof json === 'object';

const codePointsOf = (text: string): Set<number> => {
  const points = new Set<number>();
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at) ?? 0;
    points.add(point);
    at += unitsOf(point);
  }
  return points;
};

/** UTF-16 units of a code point. */
const unitsOf = (point: number): number => (point > 0xffff ? 2 : 1);

const fromCharacters = (points: readonly number[]): Tokenizer => {
  // A table by code point, not a Map: a corpus of millions of characters is read in milliseconds.
  const tokens = new Int32Array(points.reduce((largest, point) => Math.max(largest, point), 0) + 1).fill(-1);
  points.forEach((point, token) => {
    tokens[point] = token;
  });
  const characters = points.map((point) => String.fromCodePoint(point));

  const encode = (text: string): E.Either<Fault, Int32Array> => {
    const encoded = new Int32Array(text.length);
    let count = 0;
    for (let at = 0; at < text.length; ) {
      const point = text.codePointAt(at) ?? 0;
      const token = tokens[point] ?? -1;
      if (token < 0) return E.left(inputFault(unknownCharacter(point, count, points.length)));
      encoded[count++] = token;
      at += unitsOf(point);
    }
    return E.right(count === text.length ? encoded : encoded.slice(0, count));
  };

  const decode = (encoded: ArrayLike<number>): string =>
    Array.from(encoded, (token) => {
      const character = characters[token];
      if (character === undefined) throw new RangeError(`token ${token} is outside the vocabulary of ${characters.length}`);
      return character;
    }).join('');

  const toJSON = (): CharacterTokenizerJson => ({ kind: 'characters', characters: characters.join('') });

  return { kind: 'characters', vocabulary: points.length, encode, decode, toJSON };
};

const unknownCharacter = (point: number, position: number, vocabulary: number): string => {
  const character = String.fromCodePoint(point);
  const seen = visible(character) === character ? `${JSON.stringify(character)} (${codePoint(character)})` : codePoint(character);
  return `character ${position + 1} of the text, ${seen}, is not among the ${vocabulary} characters that the tokenizer knows`;
};
