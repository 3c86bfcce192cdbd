/**
 * Text from a model: one token at a time, from the logits at the last place of the window. Not here: reading the model (`sample.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type Backend, type DeviceTensor, faultOf } from '../backend.js';
import { stream } from '../data/random.js';
import type { Tokenizer } from '../data/tokenizers/tokenizer.js';
import { type Fault, inputFault } from '../fault.js';
import { logitsProgram } from '../model/level-programs.js';
import type { SavedModel } from '../model/model-folder.js';
import { outputOf, typeIn } from '../program/program.js';

export interface SamplerOptions {
  readonly backend: Backend;
  /** What the text begins with; where none is given, `openingOf` the model's tokenizer. */
  readonly prompt?: string | undefined;
  /** Tokens to add to the prompt. */
  readonly tokens: number;
  /** Divides the logits; 0 takes the likeliest token. */
  readonly temperature: number;
  /** Only this many of the likeliest tokens are drawn from; 0 draws from all. */
  readonly topK: number;
  /** Only the likeliest tokens are drawn from, so many that their probabilities add up to this; 1, the default, draws from all. */
  readonly topP?: number | undefined;
  /** Where the model writes this, the text ends before it. */
  readonly stop?: string | undefined;
  readonly seed: number;
  /** Ends the text early, with what there is of it. */
  readonly signal?: AbortSignal;
}

/** Draws an index from the logits. */
export const draw = (
  logits: ArrayLike<number>,
  { temperature, topK, topP = 1 }: Pick<SamplerOptions, 'temperature' | 'topK' | 'topP'>,
  uniform: () => number,
): number => {
  const logitOf = (token: number): number => logits[token] ?? Number.NaN;
  const best = likeliest(logits);
  if (temperature === 0) return best;
  const ranked = Array.from(logits, (_, token) => token).sort((a, b) => logitOf(b) - logitOf(a));
  const among = topK > 0 ? ranked.slice(0, topK) : ranked;
  const weights = among.map((token) => Math.exp((logitOf(token) - logitOf(best)) / temperature));
  const kept = topP < 1 ? nucleus(weights, topP) : among.length;
  let left = uniform() * weights.slice(0, kept).reduce((sum, weight) => sum + weight, 0);
  for (let index = 0; index < kept; index++) {
    left -= weights[index] ?? 0;
    if (left <= 0) return among[index] ?? best;
  }
  return among[kept - 1] ?? best;
};

/** The first of the largest. */
const likeliest = (logits: ArrayLike<number>): number => {
  if (logits.length === 0) throw new Error('there are no logits to draw from');
  let best = 0;
  for (let token = 1; token < logits.length; token++) if ((logits[token] ?? 0) > (logits[best] ?? 0)) best = token;
  return best;
};

/** How many of the weights, which fall, are at least this share of them all (Holtzman et al., 2020). */
const nucleus = (weights: readonly number[], share: number): number => {
  const wanted = share * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (const [index, weight] of weights.entries()) {
    sum += weight;
    if (sum >= wanted) return index + 1;
  }
  return weights.length;
};

/**
 * What a text without a prompt begins with: a line break, so that it begins where a paragraph does; the first word of the vocabulary for a model
 * of a text that had no line break (DNA, one long line).
 */
export const openingOf = (tokenizer: Tokenizer): string => (E.isRight(tokenizer.encode('\n')) ? '\n' : tokenizer.decode([0]));

export interface Sample {
  /** The one that was given, or the opening that stood in for it. */
  readonly prompt: string;
  /** The prompt and what the model adds to it. */
  readonly text: string;
}

/** Left: the null backend, random tokens, or a prompt that is empty or holds what the tokenizer does not know. */
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
    const prompt = given.prompt ?? openingOf(tokenizer);
    const encoded = tokenizer.encode(prompt);
    if (E.isLeft(encoded))
      return E.left(inputFault(`the prompt: ${encoded.left.message}; write it with characters of the text that the model was trained on`));
    if (encoded.right.length === 0) return E.left(inputFault('the prompt must hold at least one character (was empty)'));

    const compiled = await backend.compile(logitsProgram(model, { layers: model.layers, h }, 1, backend.capabilities.rewrites))();
    if (E.isLeft(compiled)) return E.left(faultOf(compiled.left));
    const executable = compiled.right;
    const { program } = executable;
    const uploaded = new Map<string, DeviceTensor>();
    try {
      for (const { name, role, value } of program.inputs) {
        if (role !== 'parameter') continue;
        const parameter = parameters.get(name);
        if (parameter === undefined) throw new Error(`the model was read without ${name}`);
        const tensor = await backend.upload({ type: typeIn(program, value), data: parameter.data })();
        if (E.isLeft(tensor)) return E.left(faultOf(tensor.left));
        uploaded.set(name, tensor.right);
      }

      const text = [...encoded.right];
      const random = stream(seed, 'sample');
      for (let added = 0; added < tokens && signal?.aborted !== true; added++) {
        const window = text.slice(-model.context);
        // Attention is causal, so what fills the window after its last token has no effect.
        const data = new Int32Array(model.context);
        data.set(window);
        const run = await executable.run(
          program.inputs.map(({ name, value }) => uploaded.get(name) ?? { type: typeIn(program, value), data }),
        )();
        if (E.isLeft(run)) return E.left(faultOf(run.left));
        const output = outputOf(program, run.right, 'logits');
        const logits = await backend.download(output)();
        backend.release(output);
        if (E.isLeft(logits)) return E.left(faultOf(logits.left));
        // A vocabulary may be larger than the tokenizer's: what stands for no text is never drawn.
        const last = (window.length - 1) * model.vocabulary;
        const next = draw(logits.right.data.subarray(last, last + tokenizer.vocabulary), { temperature, topK, topP }, () =>
          random.uniform(),
        );
        if (next === tokenizer.endOfText) break;
        text.push(next);
        const stopped = stop === undefined ? -1 : tokenizer.decode(text).indexOf(stop, prompt.length);
        if (stopped >= 0) return E.right({ prompt, text: tokenizer.decode(text).slice(0, stopped) });
      }
      return E.right({ prompt, text: tokenizer.decode(text) });
    } finally {
      for (const tensor of uploaded.values()) backend.release(tensor);
      executable.dispose();
    }
  };
