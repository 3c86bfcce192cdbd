/** Tokens that stand for bytes; several may form one character. */
import { outside } from './tokenizer.js';

/** The text of tokens, whose bytes `bytesOf` gives; the bytes of an incomplete character at the end are held back. */
export const decodeBytes = (tokens: ArrayLike<number>, bytesOf: (token: number) => Uint8Array | undefined, vocabulary: number): string => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const pieces: string[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? -1;
    const bytes = bytesOf(token);
    if (bytes === undefined) throw outside(token, vocabulary);
    pieces.push(decoder.decode(bytes, { stream: true }));
  }
  return pieces.join('');
};

/**
 * The character that GPT-2's vocabularies write each byte as: printable ones of Latin-1 as themselves, the others from U+0100 on.
 * (Radford et al., 2019: `bytes_to_unicode` of their encoder.)
 */
export const byteCharacters: readonly string[] = (() => {
  const printable = (byte: number): boolean => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let others = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : 0x100 + others++));
})();

const byteOfCharacter: ReadonlyMap<string, number> = new Map(byteCharacters.map((character, byte) => [character, byte]));

/** Bytes as those characters. */
export const asByteCharacters = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byteCharacters[byte]).join('');

/** The bytes that such characters stand for; undefined if one of them stands for none. */
export const fromByteCharacters = (text: string): Uint8Array | undefined => {
  const bytes: number[] = [];
  for (const character of text) {
    const byte = byteOfCharacter.get(character);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
};
