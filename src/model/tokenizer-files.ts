/**
 * A tokenizer as the files that `pipeline('text-generation')` of Hugging Face's Transformers reads beside a model: `tokenizer.json`, its
 * configuration, and the default length of generation. Pure. Not here: reading a `tokenizer.json` (`src/data/tokenizers`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import { asByteCharacters, byteCharacters } from '../data/tokenizers/byte-strings.js';
import { fromRankFile, mergesOf, type Ranks } from '../data/tokenizers/ranks.js';
import { partsOfEncoding } from '../data/tokenizers/tiktoken.js';
import type { Tokenizer } from '../data/tokenizers/tokenizer.js';

export const TOKENIZER_FILES = {
  tokenizer: 'tokenizer.json',
  configuration: 'tokenizer_config.json',
  generation: 'generation_config.json',
} as const;

/** The parts of a `tokenizer.json` of byte-pair encoding besides its vocabulary. */
interface Frame {
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges?: readonly (readonly [string, string])[];
  readonly special?: Readonly<Record<string, number>>;
  readonly cutBy: object | null;
  readonly decoder: object;
  /** Whether a word that is a token becomes that token whatever the merges give: tiktoken looks it up first. */
  readonly wordsFirst?: boolean;
}

const frame = ({ vocab, merges = [], special = {}, cutBy, decoder, wordsFirst = false }: Frame): object => ({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: Object.entries(special)
    .sort(([, a], [, b]) => a - b)
    .map(([content, id]) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
  normalizer: null,
  pre_tokenizer: cutBy,
  post_processor: null,
  decoder,
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: wordsFirst,
    vocab,
    merges,
  },
});

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false } as const;

/** Pairs of a name and an id as an object, even if a name is `__proto__`. */
const vocabularyOf = (tokens: Iterable<readonly [string, number]>): Readonly<Record<string, number>> => Object.fromEntries(tokens);

const ofRanks = (ranks: Ranks, pattern: string, special: Readonly<Record<string, number>>): object =>
  frame({
    vocab: vocabularyOf(ranks.flatMap((bytes, rank) => (bytes === undefined ? [] : [[asByteCharacters(bytes), rank] as const]))),
    merges: mergesOf(ranks).map(([left, right]) => [asByteCharacters(left), asByteCharacters(right)] as const),
    special,
    cutBy: {
      type: 'Sequence',
      pretokenizers: [{ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }, byteLevel],
    },
    decoder: byteLevel,
    wordsFirst: true,
  });

/** A value that must exist, since the tokenizer was made from it. */
const there = <A>(made: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(made)) throw new Error(made.left.message);
  return made.right;
};

/** `tokenizer.json` of a tokenizer. */
export const tokenizerJson = (tokenizer: Tokenizer): object =>
  match(tokenizer.toJSON())
    .with({ kind: 'characters' }, ({ characters }) =>
      frame({ vocab: vocabularyOf([...characters].map((each, token) => [each, token])), cutBy: null, decoder: { type: 'Fuse' } }),
    )
    .with({ kind: 'bytes' }, () =>
      frame({ vocab: vocabularyOf(byteCharacters.map((each, byte) => [each, byte])), cutBy: byteLevel, decoder: byteLevel }),
    )
    .with({ kind: 'tiktoken' }, ({ encoding }) => {
      const { ranks, pattern, special } = there(partsOfEncoding(encoding));
      return ofRanks(ranks, pattern, special);
    })
    .with({ kind: 'ranks' }, ({ ranks, pattern, special }) => ofRanks(there(fromRankFile(ranks)), pattern, special))
    // As the model was trained: no token is put before a text, and none is cut off or filled up.
    .with({ kind: 'hugging-face' }, (json) => ({ ...json.tokenizer, post_processor: null, truncation: null, padding: null }))
    .exhaustive();

/**
 * The files by name.
 *
 * @param model its context, beyond which it has no positions, and its vocabulary, which may be larger than the tokenizer's.
 */
export const tokenizerFiles = (
  tokenizer: Tokenizer,
  { context, vocabulary }: { readonly context: number; readonly vocabulary: number },
): ReadonlyMap<string, object> => {
  const end = tokenizer.endOfText;
  // They stand for no text, and vcycle never samples them either.
  const beyond = Array.from({ length: Math.max(0, vocabulary - tokenizer.vocabulary) }, (_, index) => tokenizer.vocabulary + index);
  const eos = end === undefined ? null : tokenizer.decode([end]);
  return new Map<string, object>([
    [TOKENIZER_FILES.tokenizer, tokenizerJson(tokenizer)],
    [
      TOKENIZER_FILES.configuration,
      // Any other class rebuilds the tokenizer in its own way; without this file Transformers silently makes one with a single token.
      {
        tokenizer_class: 'PreTrainedTokenizerFast',
        clean_up_tokenization_spaces: false,
        model_max_length: context,
        bos_token: null,
        eos_token: eos,
        unk_token: null,
      },
    ],
    [
      TOKENIZER_FILES.generation,
      {
        max_length: context,
        bos_token_id: null,
        eos_token_id: end ?? null,
        pad_token_id: end ?? null,
        ...(beyond.length === 0 ? {} : { suppress_tokens: beyond }),
      },
    ],
  ]);
};
