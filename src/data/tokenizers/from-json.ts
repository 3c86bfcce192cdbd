/** The tokenizer that a JSON value describes. Browser-safe: what needs a package loads it on demand. Not here: names and files (`open.ts`). */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { isJsonObject } from '../../json-object.js';
import { byteTokenizer } from './bytes.js';
import { characterTokenizerFromJson } from './characters.js';
import { huggingFaceTokenizer } from './hugging-face.js';
import { encodings, isEncoding, namedEncoding, rankTokenizer } from './tiktoken.js';
import type { Tokenizer } from './tokenizer.js';

/** Whether a value has the shape of special tokens with their ids. */
export const areSpecialTokens = (value: unknown): value is Readonly<Record<string, number>> =>
  isJsonObject(value) && Object.values(value).every((each) => Number.isInteger(each) && Number(each) >= 0);

/** Reads what `toJSON` wrote. Left: what is wrong with it. */
export const tokenizerFromJson = (json: unknown): E.Either<Fault, Tokenizer> => {
  const { kind, ...rest } = isJsonObject(json) ? json : {};
  const { name, encoding, pattern, ranks, special, tokenizer, endOfText } = rest;
  if (kind === 'characters') return characterTokenizerFromJson(rest.characters);
  if (kind === 'bytes') return E.right(byteTokenizer);
  if (kind === 'tiktoken') {
    return typeof encoding === 'string' && isEncoding(encoding)
      ? namedEncoding(encoding)
      : E.left(inputFault(`tokenizer: encoding must be one of ${Object.keys(encodings).join(', ')} (was ${JSON.stringify(encoding)})`));
  }
  if (kind === 'ranks' && typeof name === 'string' && typeof pattern === 'string' && typeof ranks === 'string' && areSpecialTokens(special))
    return rankTokenizer({ kind, name, pattern, ranks, special });
  if (kind === 'hugging-face' && typeof name === 'string' && isJsonObject(tokenizer))
    return huggingFaceTokenizer({ kind, name, tokenizer, endOfText: typeof endOfText === 'number' ? endOfText : null });
  return E.left(
    inputFault(
      kind === 'ranks' || kind === 'hugging-face'
        ? `tokenizer: one of kind "${kind}" lacks some of its values; the file is damaged`
        : `tokenizer: kind must be "characters", "bytes", "tiktoken", "ranks" or "hugging-face" (was ${JSON.stringify(kind)})`,
    ),
  );
};
