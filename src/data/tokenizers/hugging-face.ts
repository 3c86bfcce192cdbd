/**
 * Hugging Face's `tokenizer.json`, where its model is byte-pair encoding, by the package `@huggingface/tokenizers`. That package looks for special
 * tokens in every text: those that are special it is not given. Not here: which files are read
 * as Python reads them (`hugging-face-parts.ts`), what it is given (`hugging-face-rewritten.ts`), writing such files (`src/model/tokenizer-files.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { isJsonObject, type JsonObject } from '../../json-object.js';
import { shownValue } from '../../shown-value.js';
import { decodeBytes, fromByteCharacters } from './byte-strings.js';
import { dropsFirstBlank, faultInParts, listOf, plainTokens, recordOf, stepsIn } from './hugging-face-parts.js';
import { rewritten } from './hugging-face-rewritten.js';
import { onDemand } from './on-demand.js';
import { type HuggingFaceTokenizerJson, outside, type Tokenizer } from './tokenizer.js';

const BYTE_TOKEN = /^<0x([0-9A-F]{2})>$/;

/** What a file must contain before the package gets it. */
const faultIn = ({ model, added_tokens: added }: JsonObject): string | undefined => {
  const { type, vocab, merges } = recordOf(model);
  // Files from before 2021 have no type; merges show it.
  if (type !== 'BPE' && !(type === undefined && Array.isArray(merges)))
    return `model.type must be "BPE" (was ${shownValue(type)}); train on token files that its own library made, or take another tokenizer`;
  if (!isJsonObject(vocab) || Object.keys(vocab).length === 0)
    return `model.vocab must be an object of tokens (was ${isJsonObject(vocab) ? 'empty' : shownValue(vocab)})`;
  const ids = [...Object.values(vocab), ...listOf(added).map(({ id }) => id)];
  const wrong = ids.find((id) => !(Number.isInteger(id) && Number(id) >= 0 && Number(id) < 2 ** 24));
  return wrong === undefined ? undefined : `a token's id must be a whole number from 0 to ${2 ** 24 - 1} (was ${shownValue(wrong)})`;
};

/** The usual tokens for the end of a document, where `tokenizer_config.json` does not name one. */
const ENDS = ['<|endoftext|>', '<|end_of_text|>', '</s>', '<eos>', '<|im_end|>'];

/** @param eos `eos_token` of `tokenizer_config.json`: a text, or an object that has it as `content`. */
export const endOfTextIn = (tokenizer: JsonObject, eos: unknown): number | null => {
  const added = new Map(listOf(tokenizer.added_tokens).map(({ content, id }) => [content, Number(id)]));
  const named = isJsonObject(eos) ? eos.content : eos;
  const found = [...(typeof named === 'string' ? [named] : []), ...ENDS].map((text) => added.get(text)).find((id) => id !== undefined);
  return found ?? null;
};

type Library = typeof import('@huggingface/tokenizers');

/** Left: a file that is not BPE, is damaged, or is refused by the package. */
export const huggingFaceTokenizer = (json: HuggingFaceTokenizerJson): E.Either<Fault, Tokenizer> => {
  const { tokenizer, name } = json;
  const wrong = faultIn(tokenizer) ?? faultInParts(tokenizer);
  if (wrong !== undefined) return E.left(inputFault(`${name}: ${wrong}`));
  const told = {
    ...tokenizer,
    added_tokens: plainTokens(tokenizer),
    decoder: tokenizer.decoder ?? null,
    post_processor: null,
    ...rewritten(tokenizer),
  };
  const library = onDemand<Library>('@huggingface/tokenizers');
  if (E.isLeft(library)) return library;
  const made = E.tryCatch(
    () => new library.right.Tokenizer(told, { clean_up_tokenization_spaces: false }),
    (error) => inputFault(`${name}: the tokenizer cannot be made of this file (${String(error)}); make it again with Transformers`),
  );
  if (E.isLeft(made)) return made;
  const encoder = made.right;
  const added = new Map(listOf(tokenizer.added_tokens).map(({ id, content }) => [Number(id), String(content)]));
  const special = new Set(listOf(tokenizer.added_tokens).flatMap(({ id, special }) => (special === true ? [Number(id)] : [])));
  const vocab = Object.entries(recordOf(recordOf(tokenizer.model).vocab)).map(([token, id]) => [Number(id), token] as const);
  const tokens = new Map([...vocab, ...added]);
  const vocabulary = [...tokens.keys()].reduce((most, id) => Math.max(most, id), 0) + 1;
  const utf8 = new TextEncoder();
  const kinds = stepsIn(tokenizer, 'decoder').map(({ type }) => type);
  const drops = dropsFirstBlank(tokenizer);
  const bytesOfToken = (token: number): Uint8Array | undefined => {
    const written = added.get(token) ?? tokens.get(token);
    if (written === undefined) return undefined;
    if (added.has(token)) return utf8.encode(written);
    if (kinds.includes('ByteLevel')) return fromByteCharacters(written) ?? utf8.encode(written);
    const [, byte] = kinds.includes('ByteFallback') ? (BYTE_TOKEN.exec(written) ?? []) : [];
    return byte === undefined ? utf8.encode(written.replaceAll('▁', ' ')) : Uint8Array.of(Number.parseInt(byte, 16));
  };
  const bytes = new Map<number, Uint8Array | undefined>();
  const bytesOf = (token: number): Uint8Array | undefined => {
    if (!bytes.has(token)) bytes.set(token, bytesOfToken(token));
    return bytes.get(token);
  };
  return E.right({
    kind: 'hugging-face',
    name,
    vocabulary,
    endOfText: json.endOfText ?? undefined,
    encode: (text) => {
      const { ids } = encoder.encode(text, { add_special_tokens: false }) as { readonly ids: readonly number[] };
      const unknown = ids.findIndex((id) => !Number.isInteger(id));
      return unknown < 0
        ? E.right(Int32Array.from(ids))
        : E.left(inputFault(`token ${unknown + 1} of the text is not in ${name}'s vocabulary, which has no token for unknown text`));
    },
    decode: (ids) => {
      // An id that the file omits stands for no text; one beyond all ids is an error.
      const known = Array.from(ids).filter((id) => {
        if (!(id >= 0 && id < vocabulary)) throw outside(id, vocabulary);
        return tokens.has(id);
      });
      const text = decodeBytes(known, bytesOf, vocabulary);
      return drops && text.startsWith(' ') ? text.slice(1) : text;
    },
    bytesOf: (token) => (special.has(token) ? 0 : (bytesOf(token)?.length ?? 0)),
    toJSON: () => json,
  });
};
