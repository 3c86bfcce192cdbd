/** One token for every character of the text that a model is trained on. */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { codePoint, visible } from '../../visible.js';
import { type CharacterTokenizerJson, outside, type Tokenizer } from './tokenizer.js';

/**
 * One token for every code point of `text`, in the order of their numbers.
 *
 * @example
 * characterTokenizer('banana').toJSON(); // { kind: 'characters', characters: 'abn' }
 */
export const characterTokenizer = (text: string): Tokenizer => charactersOf(text).tokenizer;

/** The same, with the number of tokens of the text. */
export const charactersOf = (text: string): { readonly tokenizer: Tokenizer; readonly length: number } => {
  const { points, length } = codePointsOf(text);
  return { tokenizer: fromCharacters(points.sort((a, b) => a - b)), length };
};

/** Reads what `toJSON` wrote. Left: what is wrong with it. */
export const characterTokenizerFromJson = (characters: unknown): E.Either<Fault, Tokenizer> => {
  if (typeof characters !== 'string' || characters === '')
    return E.left(inputFault('tokenizer: "characters" must be a string that holds every character of the vocabulary once'));
  const { points, length } = codePointsOf(characters);
  return points.length === length
    ? E.right(fromCharacters(points))
    : E.left(inputFault('tokenizer: "characters" holds a character twice; each must appear there once'));
};

/** In the order in which they come, each once; and how many there are in all. */
const codePointsOf = (text: string): { readonly points: number[]; readonly length: number } => {
  // A table and one look at each: adding each of millions of characters to a set takes ten times as long.
  const seen = new Uint8Array(0x110000);
  const points: number[] = [];
  let length = 0;
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at) ?? 0;
    if (seen[point] === 0) {
      seen[point] = 1;
      points.push(point);
    }
    length += 1;
    at += unitsOf(point);
  }
  return { points, length };
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
      if (character === undefined) throw outside(token, characters.length);
      return character;
    }).join('');

  const toJSON = (): CharacterTokenizerJson => ({ kind: 'characters', characters: characters.join('') });

  const bytes = characters.map((character) => new TextEncoder().encode(character).length);
  return {
    kind: 'characters',
    name: 'characters',
    vocabulary: points.length,
    endOfText: undefined,
    encode,
    decode,
    bytesOf: (token) => bytes[token] ?? 0,
    toJSON,
  };
};

const unknownCharacter = (point: number, position: number, vocabulary: number): string => {
  const character = String.fromCodePoint(point);
  const seen = visible(character) === character ? `${JSON.stringify(character)} (${codePoint(character)})` : codePoint(character);
  return `character ${position + 1} of the text, ${seen}, is not among the ${vocabulary} characters that the tokenizer knows`;
};
