/**
 * The parts of a `tokenizer.json` as the package `@huggingface/tokenizers` must be given them, so that it does with them what Python's `tokenizers`
 * does. Not here: which parts are read at all (`hugging-face-parts.ts`).
 */
import type { JsonObject } from '../../json-object.js';
import { listOf, recordOf } from './hugging-face-parts.js';

/** The pattern of GPT-2's words, by which `ByteLevel` splits unless told not to. */
const BYTE_LEVEL = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Rust's `is_numeric`; the package takes decimal digits alone. */
const DIGIT = '\\p{N}';
/** Rust's ASCII punctuation, some of which Unicode calls symbols, and Unicode's own. */
const PUNCTUATION = '[\\p{P}$+<=>^`|~]';
/** Rust's `is_whitespace`; JavaScript's lacks U+0085 and has U+FEFF. */
const BLANKS = '\\p{White_Space}+';

/** Of the text; `^` and `$` are those of a line, as in Oniguruma. */
const BEGIN = '\\A';
const END = '\\z';
/** The text that was found. A pattern that finds no character also matches within a pair of surrogates, by a fault of V8. */
const FOUND = '$&';

const inUnicode = (pattern: string): string =>
  pattern.replace(/\\(.)/gs, (whole, letter: string) =>
    letter === 's' ? '\\p{White_Space}' : letter === 'S' ? '\\P{White_Space}' : whole,
  );

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

const split = (regex: string, behavior: unknown = 'Isolated') => ({ type: 'Split', pattern: { Regex: regex }, behavior, invert: false });

const sequence = (steps: readonly unknown[]) => ({ type: 'Sequence', pretokenizers: steps });

/** A blank before a text that begins with none. */
const prefixed = { type: 'Replace', pattern: { Regex: `${BEGIN}[^ ]` }, content: ` ${FOUND}` };

const preTokenizer = (given: unknown): unknown => {
  const step = recordOf(given);
  const pattern = recordOf(step.pattern);
  switch (step.type) {
    case 'Sequence':
      return { ...step, pretokenizers: listOf(step.pretokenizers).map(preTokenizer) };
    case 'Split':
      if (typeof pattern.Regex === 'string') return { ...step, pattern: { Regex: inUnicode(pattern.Regex) } };
      // The package isolates what is no regular expression, whatever the behavior.
      return typeof pattern.String === 'string' ? { ...step, pattern: { Regex: literal(pattern.String) } } : step;
    case 'Digits':
      return split(step.individual_digits === true ? DIGIT : `${DIGIT}+`);
    case 'Punctuation':
      return step.behavior === 'Contiguous' ? split(`${PUNCTUATION}+`) : split(PUNCTUATION, step.behavior);
    case 'ByteLevel':
      return step.use_regex === false || step.add_prefix_space === true
        ? step
        : sequence([split(inUnicode(BYTE_LEVEL)), { ...step, use_regex: false }]);
    default:
      return given ?? null;
  }
};

/** What the package puts into the place of what it found, to the letter: a dollar sign means more to JavaScript. */
const content = (text: unknown): string => String(text ?? '').replaceAll('$', '$$$$');

const normalizers = (given: unknown): readonly unknown[] => {
  const step = recordOf(given);
  const pattern = recordOf(step.pattern);
  const replaced = (Regex: string, by: string) => ({ type: 'Replace', pattern: { Regex }, content: by });
  switch (step.type) {
    case 'Sequence':
      return listOf(step.normalizers).flatMap(normalizers);
    case 'Replace':
      return [
        {
          ...step,
          content: content(step.content),
          ...(typeof pattern.Regex === 'string' ? { pattern: { Regex: inUnicode(pattern.Regex) } } : {}),
        },
      ];
    case 'Strip':
      return [
        ...(step.strip_left === false ? [] : [replaced(`${BEGIN}${BLANKS}`, '')]),
        ...(step.strip_right === false ? [] : [replaced(`${BLANKS}${END}`, '')]),
      ];
    // Rust puts nothing before an empty text.
    case 'Prepend':
      return [replaced(`${BEGIN}[\\s\\S]`, `${content(step.prepend)}${FOUND}`)];
    // Rust lowers each character by itself; JavaScript has another sigma for ends of words.
    case 'Lowercase':
      return [replaced('Σ', 'σ'), step];
    case undefined:
      return [];
    default:
      return [step];
  }
};

/** The only step of the pre-tokenizer, or its first one. */
const firstOf = (given: unknown): JsonObject => {
  const step = recordOf(given);
  return step.type === 'Sequence' ? firstOf(listOf(step.pretokenizers)[0]) : step;
};

const withoutPrefix = (given: unknown): unknown => {
  const step = recordOf(given);
  if (step.type !== 'Sequence') return { ...step, add_prefix_space: false };
  const [first, ...others] = listOf(step.pretokenizers);
  return { ...step, pretokenizers: [withoutPrefix(first), ...others] };
};

/** Normalizer and pre-tokenizer, rewritten. */
export const rewritten = (tokenizer: JsonObject): { readonly normalizer: unknown; readonly pre_tokenizer: unknown } => {
  const steps = normalizers(tokenizer.normalizer);
  const first = firstOf(tokenizer.pre_tokenizer);
  // Where the whole text gets the blank, it does so before it is split.
  const prefixes = first.type === 'ByteLevel' && first.add_prefix_space === true;
  const all = prefixes ? [...steps, prefixed] : steps;
  return {
    normalizer: all.length === 0 ? null : { type: 'Sequence', normalizers: all },
    pre_tokenizer: preTokenizer(prefixes ? withoutPrefix(tokenizer.pre_tokenizer) : tokenizer.pre_tokenizer),
  };
};
