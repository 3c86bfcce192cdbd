/**
 * Text from a model: one token at a time, drawn from the logits of what follows. Not here: those logits (`next-logits.ts`), drawing (`draw.ts`), reading
 * the model (`sample.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Backend } from '../backend.js';
import { stream } from '../data/random.js';
import type { Tokenizer } from '../data/tokenizers/tokenizer.js';
import { type Fault, inputFault } from '../fault.js';
import type { SavedModel } from '../model/model-folder.js';
import { type Drawing, draw } from './draw.js';
import { NextLogits } from './next-logits.js';

export interface SamplerOptions extends Drawing {
  readonly backend: Backend;
  /** The beginning of the text; by default that of a document, or a line break. */
  readonly prompt?: string | undefined;
  /** Tokens to add to the prompt. */
  readonly tokens: number;
  /** Where the model writes this, the text ends before it. */
  readonly stop?: string | undefined;
  readonly seed: number;
  /** Ends the text early, with what there is so far. */
  readonly signal?: AbortSignal;
}

/**
 * The beginning of a text without a prompt: a line break, so that it starts like a paragraph; the first token of the vocabulary where the training
 * text had no line break (DNA, one long line).
 */
const openingOf = (tokenizer: Tokenizer): string => (E.isRight(tokenizer.encode('\n')) ? '\n' : tokenizer.decode([0]));

/** What a prompt begins with that is not shown: documents that were kept separate begin with the end of the one before. */
const unshownOpening = ({ tokenizer, documents }: SavedModel): readonly number[] =>
  documents === 'separate' && tokenizer?.endOfText !== undefined ? [tokenizer.endOfText] : [];

export interface Sample {
  /** The given one, or the opening in its place; empty where the text is that of a document from its beginning. */
  readonly prompt: string;
  /** The prompt and the model's continuation. */
  readonly text: string;
}

/** Left: the null backend, random tokens, or a prompt that is empty or contains text unknown to the tokenizer. */
export const sampleFrom =
  (
    saved: SavedModel,
    { backend, tokens, temperature, topK, topP, stop, seed, signal, ...given }: SamplerOptions,
  ): TaskEither<Fault, Sample> =>
  async () => {
    const { model, h, parameters, tokenizer } = saved;
    if (backend.capabilities.state === 'none')
      return E.left(inputFault(`${backend.name} computes nothing, so there is no text to sample; choose another backend`));
    if (tokenizer === undefined)
      return E.left(inputFault('the model is one of random tokens, which has no text to sample; train one on a text'));
    const unshown = given.prompt === undefined ? unshownOpening(saved) : [];
    const prompt = given.prompt ?? (unshown.length > 0 ? '' : openingOf(tokenizer));
    const encoded = tokenizer.encode(prompt);
    if (E.isLeft(encoded))
      return E.left(inputFault(`the prompt: ${encoded.left.message}; write it with characters of the text that the model was trained on`));
    if (encoded.right.length + unshown.length === 0) return E.left(inputFault('the prompt must hold at least one character (was empty)'));

    const text = [...unshown, ...encoded.right];
    const shown = (): string => tokenizer.decode(text.slice(unshown.length));
    const following = new NextLogits(backend, { model, h, parameters }, text.length + tokens - 1);
    const random = stream(seed, 'sample');
    try {
      for (let added = 0; added < tokens && signal?.aborted !== true; added++) {
        const logits = await following.after(text);
        if (E.isLeft(logits)) return logits;
        // A vocabulary may be larger than the tokenizer's: tokens that stand for no text are never drawn.
        const next = draw(logits.right.subarray(0, tokenizer.vocabulary), { temperature, topK, topP }, () => random.uniform());
        if (next === tokenizer.endOfText) break;
        text.push(next);
        const stopped = stop === undefined ? -1 : shown().indexOf(stop, prompt.length);
        if (stopped >= 0) return E.right({ prompt, text: shown().slice(0, stopped) });
      }
      return E.right({ prompt, text: shown() });
    } finally {
      following.close();
    }
  };
