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
export const characterTokenizer = (text: string): Tokenizer => fromCharacters([...codePointsOf(text)].sort((a, b) => a - b));

/** Reads what `toJSON` wrote. Left: what is wrong with it. */
export const characterTokenizerFromJson = (characters: unknown): E.Either<Fault, Tokenizer> => {
  if (typeof characters !== 'string' || characters === '')
    return E.left(inputFault('tokenizer: "characters" must be a string that holds every character of the vocabulary once'));
  const points = codePointsOf(characters);
  return points.size === [...characters].length
    ? E.right(fromCharacters([...points]))
    : E.left(inputFault('tokenizer: "characters" holds a character twice; each must appear there once'));
};

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
