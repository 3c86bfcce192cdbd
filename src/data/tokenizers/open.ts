/**
 * Which tokenizer a name means: `bytes`, an encoding, or a file. Node only, because it reads files. Not here: the tokenizer of characters, which
 * follows from a text (`characters.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import * as J from 'fp-ts/lib/Json.js';
import { type Fault, inputFault } from '../../fault.js';
import { unreadable } from '../../files/disk-fault.js';
import type { FileSystem } from '../../files/file-system.js';
import { readText } from '../../files/read.js';
import { isJsonObject, type JsonObject } from '../../json-object.js';
import { nearestTo } from '../../nearest.js';
import { messageOf } from '../../thrown.js';
import { byteTokenizer } from './bytes.js';
import { areSpecialTokens } from './from-json.js';
import { endOfTextIn, huggingFaceTokenizer } from './hugging-face.js';
import { fromRankFile, looksLikeRanks } from './ranks.js';
import { encodingOfRanks, encodings, isEncoding, namedEncoding, rankTokenizer } from './tiktoken.js';
import type { Tokenizer } from './tokenizer.js';

/** All names of tokenizers that are not files. */
export const tokenizerNames: readonly string[] = ['characters', 'bytes', ...Object.keys(encodings)];

const KNOWN = `${tokenizerNames.join(', ')}, the path of a tokenizer.json or of a tiktoken rank file`;

/** A JSON file that is beside another; undefined where there is none. */
const jsonBeside = (files: FileSystem, path: string): E.Either<Fault, JsonObject | undefined> => {
  if (files.follow(path)?.kind !== 'file') return E.right(undefined);
  const json = J.parse(readText(files, path));
  if (E.isLeft(json)) return E.left(inputFault(`${path}: the file must be JSON; correct it, or remove it`));
  return E.right(isJsonObject(json.right) ? json.right : {});
};

/** The path with another extension. */
const withEnding = (path: string, ending: string): string => path.replace(/\.[^./\\]*$/, '') + ending;

const fromRanks = (files: FileSystem, path: string, text: string): E.Either<Fault, Tokenizer> => {
  const ranks = fromRankFile(text);
  if (E.isLeft(ranks)) return E.left({ ...ranks.left, message: `${path}: ${ranks.left.message}` });
  const known = encodingOfRanks(ranks.right);
  if (E.isLeft(known)) return known;
  if (known.right !== undefined) return namedEncoding(known.right);
  const beside = withEnding(path, '.json');
  const json = jsonBeside(files, beside);
  if (E.isLeft(json)) return json;
  const { pat_str: pattern, special_tokens: special = {} } = json.right ?? {};
  if (typeof pattern === 'string' && areSpecialTokens(special))
    return rankTokenizer({ kind: 'ranks', name: path, pattern, ranks: text, special });
  const count = ranks.right.length;
  return E.left(
    inputFault(
      `${path}: the ranks (${count} of them) are none of ${Object.keys(encodings).join(', ')}, and a rank file does not say how ` +
        `words are cut; write ${beside} beside it: { "pat_str": "…", "special_tokens": { "<|endoftext|>": ${count} } }`,
    ),
  );
};

const fromTokenizerJson = (files: FileSystem, path: string, text: string): E.Either<Fault, Tokenizer> => {
  const json = J.parse(text);
  if (E.isLeft(json)) return E.left(inputFault(`${path}: the file must be JSON, and is not: it is damaged or cut short; get it again`));
  const tokenizer: unknown = json.right;
  if (!isJsonObject(tokenizer) || !isJsonObject(tokenizer.model))
    return E.left(inputFault(`${path}: a tokenizer.json must have a "model" (this JSON has none); name another file`));
  const config = jsonBeside(files, path.replace(/[^/\\]*$/, 'tokenizer_config.json'));
  if (E.isLeft(config)) return config;
  const endOfText = endOfTextIn(tokenizer, config.right?.eos_token);
  return huggingFaceTokenizer({ kind: 'hugging-face', name: path, tokenizer, endOfText });
};

const fromFile = (files: FileSystem, name: string): E.Either<Fault, Tokenizer> => {
  const kind = files.follow(name)?.kind;
  const path = kind === 'folder' ? `${name.replace(/[/\\]+$/, '')}/tokenizer.json` : name;
  if (files.follow(path)?.kind !== 'file')
    return E.left(
      inputFault(
        kind === 'folder'
          ? `${name}: the folder must hold a tokenizer.json (has none); name the file`
          : `the tokenizer ${JSON.stringify(name)} is not known (${KNOWN}), and no such file is there${nearestTo(name, tokenizerNames)}`,
      ),
    );
  const text = readText(files, path);
  if (text.trimStart().startsWith('{')) return fromTokenizerJson(files, path, text);
  if (looksLikeRanks(text)) return fromRanks(files, path, text);
  return E.left(
    inputFault(
      `${path}: this is neither a tokenizer.json (JSON) nor a rank file (a token in base64 and its rank on each line); name another file`,
    ),
  );
};

/**
 * The tokenizer that a setup names: `bytes`, an encoding such as `gpt2`, or a file. Left: an unknown name, or a file of another kind.
 *
 * @example
 * openTokenizer(nodeFiles, 'gpt2') // right, with a vocabulary of 50257
 */
export const openTokenizer = (files: FileSystem, name: string): E.Either<Fault, Tokenizer> => {
  if (name === 'bytes') return E.right(byteTokenizer);
  if (isEncoding(name)) return namedEncoding(name);
  return E.flatten(
    E.tryCatch(
      () => fromFile(files, name),
      (error) => unreadable(error, `${name}: the tokenizer cannot be read (${messageOf(error)}); name another one`),
    ),
  );
};
