/**
 * A tokenizer as the values of a GGUF file with which llama.cpp encodes and decodes. Byte-pair encodings become its `gpt2`, which splits
 * words by patterns that it knows by name. Characters and bytes become its `rwkv`, which takes the longest token with which the text
 * begins: it is the only one of its tokenizers that needs no end-of-text token (`gpt2` uses token 11 if none is named). Not here: the
 * content of a `tokenizer.json` (`src/model/tokenizer-files.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Tokenizer } from '../data/tokenizers/tokenizer.js';
import { type Fault, inputFault } from '../fault.js';
import { isJsonObject, type JsonObject } from '../json-object.js';
import { tokenizerJson } from '../model/tokenizer-files.js';
import { shownValue } from '../shown-value.js';
import type { GgufValue } from './gguf-file.js';

export interface GgufTokenizer {
  readonly values: ReadonlyMap<string, GgufValue>;
  readonly notes: readonly string[];
}

/** llama.cpp's types of tokens. */
const KINDS = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

const key = (name: string): string => `tokenizer.ggml.${name}`;

interface Vocabulary {
  readonly model: 'gpt2' | 'rwkv';
  /** By id; an undefined one represents no text. */
  readonly tokens: readonly (string | undefined)[];
  readonly kinds?: ReadonlyMap<number, number>;
  readonly own: readonly (readonly [string, GgufValue])[];
}

const asValues = ({ model, tokens, kinds, own }: Vocabulary): ReadonlyMap<string, GgufValue> => {
  const all = Array.from(tokens);
  return new Map<string, GgufValue>([
    [key('model'), { type: 'string', value: model }],
    [key('tokens'), { type: 'strings', value: all.map((token, id) => token ?? `[PAD${id}]`) }],
    [
      key('token_type'),
      { type: 'int32s', value: all.map((token, id) => (token === undefined ? KINDS.unused : (kinds?.get(id) ?? KINDS.normal))) },
    ],
    ...own,
    [key('add_bos_token'), { type: 'bool', value: false }],
    [key('add_eos_token'), { type: 'bool', value: false }],
  ]);
};

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;

/** Bytes in the notation of `rwkv` tokens: everything but visible ASCII characters is escaped, and so is the backslash. */
const escaped = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte > 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : hex(byte))).join('');

const ofBytes = (tokens: readonly Uint8Array[]): ReadonlyMap<string, GgufValue> =>
  asValues({ model: 'rwkv', tokens: tokens.map(escaped), own: [] });

/** llama.cpp's names for the patterns that split words. */
const PATTERNS: Readonly<Record<string, string>> = {
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+": 'gpt-2',
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+":
    'llama-bpe',
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+":
    'qwen2',
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+":
    'gpt-4o',
};

const ELSE = 'export the model to another format, or train with the tokenizer gpt2';

const objectOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
const objectsIn = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/** llama.cpp's name for how a pre-tokenizer splits words and encodes bytes; undefined if it does anything else. */
const preOf = (given: unknown): string | undefined => {
  const step = objectOf(given);
  const steps = step.type === 'Sequence' ? objectsIn(step.pretokenizers) : [step];
  const [last, first] = [steps.at(-1), steps.at(-2)];
  if (last?.type !== 'ByteLevel' || last.add_prefix_space === true || steps.length > 2) return undefined;
  const cuts = last.use_regex !== false;
  if (first === undefined) return cuts ? 'gpt-2' : undefined;
  if (first.type === 'Digits') return cuts && first.individual_digits === true ? 'starcoder' : undefined;
  const { Regex: regex } = objectOf(first.pattern);
  const whole = first.type === 'Split' && first.behavior === 'Isolated' && first.invert !== true;
  return whole && !cuts && typeof regex === 'string' && Object.hasOwn(PATTERNS, regex) ? PATTERNS[regex] : undefined;
};

/** Notes on what a normalizer changes and llama.cpp does not; undefined if the difference cannot be ignored. */
const notesOnNormalizer = (given: unknown): readonly string[] | undefined => {
  if (given === null || given === undefined) return [];
  const { type } = objectOf(given);
  return type === 'NFC' ? ['llama.cpp does not bring a prompt into the normal form NFC first, which this tokenizer does'] : undefined;
};

const mergesIn = (given: unknown): readonly string[] =>
  Array.isArray(given) ? given.map((each) => (Array.isArray(each) ? each.join(' ') : String(each))) : [];

/** @param json a `tokenizer.json`. */
const ofPairs = (tokenizer: Tokenizer, json: JsonObject): E.Either<Fault, GgufTokenizer> => {
  const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(`the tokenizer ${tokenizer.name}: ${message}; ${ELSE}`));
  const pre = preOf(json.pre_tokenizer);
  if (pre === undefined)
    return refuse(
      `its pre_tokenizer must cut words as llama.cpp knows to, into bytes and as ${Object.values(PATTERNS).join(', ')} or starcoder (does otherwise)`,
    );
  const notes = notesOnNormalizer(json.normalizer);
  if (notes === undefined) return refuse(`llama.cpp knows no normalizer (was ${shownValue(objectOf(json.normalizer).type)})`);
  const { endOfText } = tokenizer;
  if (endOfText === undefined)
    return refuse('llama.cpp needs a token that ends a text, and takes token 11 for it where there is none (this tokenizer has none)');
  const { vocab, merges } = objectOf(json.model);
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of Object.entries(objectOf(vocab))) tokens[Number(id)] = token;
  const kinds = new Map<number, number>();
  for (const { id, content, special } of objectsIn(json.added_tokens)) {
    tokens[Number(id)] = String(content);
    kinds.set(Number(id), special === true ? KINDS.control : KINDS.userDefined);
  }
  const values = asValues({
    model: 'gpt2',
    tokens,
    kinds,
    own: [
      [key('pre'), { type: 'string', value: pre }],
      [key('merges'), { type: 'strings', value: mergesIn(merges) }],
      [key('bos_token_id'), { type: 'uint32', value: endOfText }],
      [key('eos_token_id'), { type: 'uint32', value: endOfText }],
    ],
  });
  return E.right({ values, notes });
};

const BEYOND_ASCII =
  'its vocabulary has characters beyond ASCII: give llama.cpp prompts of known characters alone, since one that merely begins with the same byte never ends';

/** The values. Left: llama.cpp has no equivalent of the tokenizer. */
export const ggufTokenizer = (tokenizer: Tokenizer): E.Either<Fault, GgufTokenizer> => {
  const json = tokenizer.toJSON();
  if (json.kind === 'bytes')
    return E.right({
      values: ofBytes(Array.from({ length: tokenizer.vocabulary }, (_, byte) => Uint8Array.of(byte))),
      notes: [],
    });
  if (json.kind === 'characters') {
    const characters = [...json.characters].map((each) => new TextEncoder().encode(each));
    return E.right({ values: ofBytes(characters), notes: characters.some(({ length }) => length > 1) ? [BEYOND_ASCII] : [] });
  }
  return ofPairs(tokenizer, objectOf(tokenizerJson(tokenizer)));
};
