/**
 * Data that batches are drawn from: a text as tokens, split for training and validation, or an endless source of random tokens.
 * Pure and browser-safe. Not here: reading text (`sources/load-dataset.ts`), drawing (`batches.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { aText, integerFrom, type Rules, rulesFault } from '../option-rules.js';
import { shownValue } from '../shown-value.js';
import { checksum } from './checksum.js';
import { partOf, storeOf, storeWhenRead, type TokenStore } from './token-store.js';
import { charactersOf } from './tokenizers/characters.js';
import { digestOfTokenizer, type Tokenizer } from './tokenizers/tokenizer.js';

export type Dataset = TextDataset | TokensDataset;

interface WithStages {
  /** Data of training stages that have their own, by what distinguishes them in the schedule. */
  readonly ofStages?: ReadonlyMap<string, Dataset>;
}

export interface TextDataset extends WithStages {
  readonly kind: 'text';
  /** SHA-256 of what distinguishes these tokens from others under the same name. */
  readonly digest: string;
  readonly tokenizer: Tokenizer;
  readonly vocabulary: number;
  /** Tokens from the text's beginning. */
  readonly training: TokenStore;
  /** Tokens of the text's end, or of files of their own; never trained on. */
  readonly heldOut: TokenStore;
  /** What the source turned out to be, in sentences, unless it is a single text. */
  readonly found?: readonly string[];
}

/** Uniformly random tokens without end; there is no text to decode to and nothing to learn. */
export interface TokensDataset extends WithStages {
  readonly kind: 'tokens';
  readonly tokenizer: undefined;
  readonly vocabulary: number;
}

export interface TextSplit {
  /** Names the text in messages. */
  readonly source: string;
  /** Share of the text, from its end, that is held out: 0 < heldOut < 1. */
  readonly heldOut: number;
  /** Tokens in one sequence; each side must hold one more, for the last target. */
  readonly context: number;
}

export const splitRules: Rules<TextSplit> = {
  source: aText,
  heldOut: { must: 'a number > 0 and < 1', holds: (value) => typeof value === 'number' && value > 0 && value < 1 },
  context: integerFrom(1),
};

/** The sentence about a source whose documents are to be kept separate although it is one piece. */
export const oneDocument = (source: string): string =>
  `${source}: to keep documents separate, the source must know more than one (this is one text, with nothing that marks a document); ` +
  'leave documents joined, or name JSON Lines, Parquet, or a folder of texts';

/** The same of a source that knows its documents, and has one. */
export const onlyOneDocument = (source: string, forms: string): string =>
  `${source}: to keep documents separate, the source must hold more than one (holds one, ${forms}); leave documents joined, or add others`;

const mustBeText = (was: unknown): string => `textDataset: the text must be a text (was ${shownValue(was)})`;

export const tokensDataset = (vocabulary: number): TokensDataset => ({ kind: 'tokens', tokenizer: undefined, vocabulary });

/**
 * A text as a dataset of characters. The vocabulary is that of the whole text, held-out part included.
 * Left: a side of the split that is shorter than one sequence and its last target.
 *
 * @example
 * textDataset('abab'.repeat(100), { source: 'corpus.txt', heldOut: 0.1, context: 8 }); // right: 360 + 40 tokens, vocabulary 2
 */
export const textDataset = (text: string, split: TextSplit): E.Either<Fault, TextDataset> => {
  const wrong = typeof text === 'string' ? rulesFault('textDataset', splitRules, split) : mustBeText(text);
  if (wrong !== undefined) return E.left(inputFault(wrong));
  const { tokenizer, length } = charactersOf(text);
  // The tokenizer has every character of the text.
  const tokens = storeWhenRead(length, () => tokenizer.encode(text));
  const dataset = storedDataset({ tokens, tokenizer, digest: '' }, split);
  return E.map((of: TextDataset): TextDataset => withDigest(of, () => digestWith(tokenizer, digestOfText(text))))(dataset);
};

/**
 * A text as a dataset of a tokenizer's tokens. Left: text that the tokenizer has no token for, or a side of the split that is too short.
 *
 * @example
 * encodedDataset('ab'.repeat(100), byteTokenizer, { source: 'corpus.txt', heldOut: 0.1, context: 8 }); // right: 180 + 20 tokens of 256
 */
export const encodedDataset = (text: string, tokenizer: Tokenizer, split: TextSplit): E.Either<Fault, TextDataset> => {
  const tokens = tokenizer.encode(text);
  if (E.isLeft(tokens)) return tokens;
  const digest = digestWith(tokenizer, digestOfText(text));
  return storedDataset({ tokens: storeOf(tokens.right), tokenizer, digest }, split);
};

const digestOfText = (text: string): string => checksum(new TextEncoder().encode(text));

/** The digest is made when it is asked for the first time: a plan, or a picture of a pipeline, needs the vocabulary alone. */
const withDigest = (dataset: TextDataset, digest: () => string): TextDataset => {
  let made: string | undefined;
  return Object.defineProperty({ ...dataset }, 'digest', {
    enumerable: true,
    get: () => {
      made ??= digest();
      return made;
    },
  });
};

/**
 * The digest of a source and of its tokenizer. A tokenizer of characters follows from the text and adds nothing; one whose name determines it (bytes,
 * an encoding) is distinguished by the schedule, but a file is not.
 */
export const digestWith = (tokenizer: Tokenizer, source: string): string =>
  tokenizer.kind === 'characters' ? source : digestOfText(`${source} ${digestOfTokenizer(tokenizer)}`);

/** Tokens, wherever they are. */
export interface Stored {
  readonly tokens: TokenStore;
  /** A separate validation part; without one, the end of the tokens is held out. */
  readonly heldOut?: TokenStore;
  readonly tokenizer: Tokenizer;
  readonly digest: string;
  readonly found?: readonly string[];
}

/** Tokens as a dataset. Left: a side of the split that is shorter than one sequence and its last target. */
export const storedDataset = (stored: Stored, split: TextSplit): E.Either<Fault, TextDataset> => {
  const { tokens, tokenizer, digest, found } = stored;
  const cut = stored.heldOut === undefined ? trainingTokens(tokens.length, split.heldOut) : tokens.length;
  const training = partOf(tokens, 0, cut);
  const heldOut = stored.heldOut ?? partOf(tokens, cut, tokens.length);
  const short = tooShort(training.length, heldOut.length, split, stored.heldOut !== undefined);
  if (short !== undefined) return E.left(inputFault(short));
  const { vocabulary } = tokenizer;
  return E.right({ kind: 'text', digest, tokenizer, vocabulary, training, heldOut, ...(found === undefined ? {} : { found }) });
};

/**
 * The number of tokens to train on: tokens × (1 − share), rounded down, in decimal arithmetic. In floating point 1,000 × (1 − 0.9) is 99.99…, and a
 * token would be lost.
 */
const trainingTokens = (tokens: number, share: number): number => {
  const [mantissa = '', exponent = ''] = share.toExponential().split('e');
  const [whole = '', decimals = ''] = mantissa.split('.');
  const scale = 10n ** BigInt(decimals.length - Number(exponent));
  return Number((BigInt(tokens) * (scale - BigInt(whole + decimals))) / scale);
};

const tooShort = (training: number, heldOut: number, { source, heldOut: share, context }: TextSplit, own: boolean): string | undefined => {
  const needed = context + 1;
  const sentence = (part: string, tokens: number, remedy: string): string =>
    `${source}: the ${part} part of the text must hold at least ${needed} tokens for a context of ${context} (was ${tokens}` +
    `${own ? ', of files of its own' : ` of ${training + heldOut}, with ${share} held out`}); ${own ? 'take a shorter context, or longer files' : remedy}`;
  if (training < needed) return sentence('training', training, 'take a longer text, a shorter context, or hold out less');
  if (heldOut < needed) return sentence('held-out', heldOut, 'take a longer text, a shorter context, or hold out more');
  return undefined;
};
