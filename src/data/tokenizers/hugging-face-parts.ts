/**
 * Which parts of a `tokenizer.json` mean here what they mean to Python's `tokenizers`: those that were held against it, id for id
 * (`test/data/tokenizers-of-others.test.ts`). All others are refused by name. Not here: what becomes of a text (`hugging-face.ts`).
 */
import { isJsonObject, type JsonObject } from '../../json-object.js';
import { shownValue } from '../../shown-value.js';

export const recordOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
export const listOf = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

const MEND = 'train on token files that its own library made, or take another tokenizer';

/** Where a `Sequence` has its steps, by the part of the file. */
const STEPS = { normalizer: 'normalizers', pre_tokenizer: 'pretokenizers', decoder: 'decoders' } as const;

type Part = keyof typeof STEPS;

/** The steps of a part, one after another; none where there is none. */
export const stepsIn = (tokenizer: JsonObject, part: Part): readonly JsonObject[] => {
  const steps = (given: unknown): readonly JsonObject[] => {
    const step = recordOf(given);
    return step.type === 'Sequence' ? listOf(step[STEPS[part]]).flatMap(steps) : isJsonObject(given) ? [step] : [];
  };
  return steps(tokenizer[part]);
};

const KNOWN: Readonly<Record<Part, readonly string[]>> = {
  normalizer: ['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'Strip', 'StripAccents', 'Replace', 'Prepend'],
  pre_tokenizer: ['ByteLevel', 'Digits', 'Metaspace', 'Punctuation', 'Split'],
  decoder: ['ByteFallback', 'ByteLevel', 'Fuse', 'Metaspace', 'Replace', 'Strip'],
};

/** What a step may do with what it finds: the package isolates it for all the others. */
const BEHAVIORS: Readonly<Record<string, readonly unknown[]>> = {
  Split: ['Isolated', 'Removed'],
  Punctuation: ['Isolated', 'Removed', 'Contiguous'],
};

/** Whether a step looks for what the normalizer leaves none of, as Gemma's for blanks. */
export const findsNothing = (tokenizer: JsonObject, { pattern }: JsonObject): boolean => {
  const { String: text } = recordOf(pattern);
  const last = stepsIn(tokenizer, 'normalizer').at(-1);
  return (
    typeof text === 'string' && last?.type === 'Replace' && recordOf(last.pattern).String === text && !String(last.content).includes(text)
  );
};

const faultInStep = (part: Part, step: JsonObject): string | undefined => {
  const known = KNOWN[part];
  if (!known.some((each) => each === step.type))
    return `${part}: a step must be one of ${known.join(', ')} (was ${shownValue(step.type)}); ${MEND}`;
  if (step.type === 'Metaspace' && (step.replacement ?? '▁') !== '▁')
    return `${part}: a Metaspace's replacement must be "▁" (was ${shownValue(step.replacement)}); ${MEND}`;
  if (step.invert === true) return `${part}: a Split must not be inverted; ${MEND}`;
  const behaviors = BEHAVIORS[String(step.type)];
  // Files from before `Punctuation` had a behavior isolate.
  return behaviors === undefined || behaviors.includes(step.behavior ?? (step.type === 'Punctuation' ? 'Isolated' : undefined))
    ? undefined
    : `${part}: a ${step.type}'s behavior must be one of ${behaviors.join(', ')} (was ${shownValue(step.behavior)}); ${MEND}`;
};

const faultInModel = (model: JsonObject): string | undefined => {
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix'])
    if (typeof model[key] === 'string' && model[key] !== '') return `model.${key} must be empty (was ${shownValue(model[key])}); ${MEND}`;
  if (typeof model.dropout === 'number' && model.dropout > 0)
    return `model.dropout must be 0, or a text has other tokens each time (was ${model.dropout}); set it to 0`;
  return model.fuse_unk === true && typeof model.unk_token === 'string' && model.byte_fallback !== true
    ? `model.fuse_unk must be false where there is no byte_fallback (was true); ${MEND}`
    : undefined;
};

/** Tokens that were added and are matched in a text before it is cut. */
export const plainTokens = (tokenizer: JsonObject): readonly JsonObject[] =>
  listOf(tokenizer.added_tokens).filter(({ special }) => special !== true);

const faultInAdded = (tokenizer: JsonObject): string | undefined => {
  const plain = plainTokens(tokenizer);
  // Those that are not normalized are found before anything else happens to the text.
  const normalized = plain.find((each) => each.normalized !== false);
  if (normalized !== undefined) {
    const changes =
      stepsIn(tokenizer, 'normalizer').find(({ type }) => type !== 'NFC') ??
      stepsIn(tokenizer, 'pre_tokenizer').find((step) => step.type === 'Metaspace' || step.add_prefix_space === true);
    if (changes !== undefined)
      return `added_tokens must be special or not normalized beside ${shownValue(changes.type)} (${shownValue(normalized.content)} is neither); ${MEND}`;
  }
  const trimming = plain.find((each) => each.lstrip === true || each.rstrip === true || each.single_word === true);
  return trimming === undefined
    ? undefined
    : `added_tokens: ${shownValue(trimming.content)} must have none of lstrip, rstrip and single_word, or be special; ${MEND}`;
};

/** Why ids might be others than Python's; undefined where they are the same. */
export const faultInParts = (tokenizer: JsonObject): string | undefined => {
  for (const part of ['normalizer', 'pre_tokenizer', 'decoder'] as const)
    for (const step of stepsIn(tokenizer, part).filter((each) => part !== 'pre_tokenizer' || !findsNothing(tokenizer, each))) {
      const fault = faultInStep(part, step);
      if (fault !== undefined) return fault;
    }
  if (
    stepsIn(tokenizer, 'pre_tokenizer')
      .slice(1)
      .some((step) => step.type === 'ByteLevel' && step.add_prefix_space === true)
  )
    return `pre_tokenizer: a ByteLevel must be the first step where it adds a blank (add_prefix_space); ${MEND}`;
  return faultInModel(recordOf(tokenizer.model)) ?? faultInAdded(tokenizer);
};

/** Whether the decoder takes away the blank that stands before the first word. */
export const dropsFirstBlank = (tokenizer: JsonObject): boolean =>
  stepsIn(tokenizer, 'decoder').some(
    ({ type, content, start, prepend_scheme: scheme }) =>
      (type === 'Strip' && content === ' ' && start === 1) || (type === 'Metaspace' && scheme !== 'never'),
  );
