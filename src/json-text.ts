/**
 * JSON that may be written by hand: parsed by JavaScript's own parser, with a sentence and its line where that fails, or would silently keep one of
 * two equal keys. Not here: what the JSON means, where the text comes from.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type JSONPath, type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import { shownWord } from './shown-value.js';
import { messageOf } from './thrown.js';

export interface JsonFault {
  /** `syntax`: it is not JSON, for example a truncated file. */
  readonly kind: 'syntax' | 'content';
  /** 1-based; undefined where it is unknown. */
  readonly line: number | undefined;
  readonly sentence: string;
}

type ErrorName = ReturnType<typeof printParseErrorCode>;

const expected: Partial<Record<ErrorName, string>> = {
  PropertyNameExpected: 'a key in double quotes',
  ValueExpected: 'a value',
  ColonExpected: '":"',
  CommaExpected: '","',
  CloseBraceExpected: '"}" or ","',
  CloseBracketExpected: '"]" or ","',
  EndOfFileExpected: 'the end of the text',
  InvalidSymbol: 'a value, or a key in double quotes',
  InvalidNumberFormat: 'a number such as 0.5 or 1e-3',
  UnexpectedEndOfNumber: 'a number such as 0.5 or 1e-3',
  UnexpectedEndOfString: 'a text that ends in its line with a double quote',
  InvalidCommentToken: 'no comment',
  UnexpectedEndOfComment: 'no comment',
  InvalidUnicode: 'four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'one of " \\ / b f n r t u after a backslash',
  InvalidCharacter: 'no control character in a text',
};

const errorName = (code: ParseErrorCode): ErrorName => printParseErrorCode(code);

/** `stages[2].until` */
const shownPath = (path: JSONPath): string =>
  path.reduce<string>((shown, part) => (typeof part === 'number' ? `${shown}[${part}]` : shown === '' ? part : `${shown}.${part}`), '');

/** The first position that is not JSON. */
const syntaxFault = (text: string): JsonFault | undefined => {
  let found: JsonFault | undefined;
  visit(
    text,
    {
      onError: (code, offset, length, line) => {
        const piece = text.slice(offset, offset + length);
        const was = piece === '' ? 'the end of the text' : JSON.stringify(shownWord(piece));
        found ??= { kind: 'syntax', line: line + 1, sentence: `not JSON: expected ${expected[errorName(code)] ?? 'JSON'} (was ${was})` };
      },
    },
    { disallowComments: true },
  );
  return found;
};

/** The first key that appears twice in one object. */
const duplicateFault = (text: string): JsonFault | undefined => {
  const open: Map<string, number>[] = [];
  let found: JsonFault | undefined;
  visit(text, {
    onObjectBegin: () => {
      open.push(new Map());
    },
    onObjectEnd: () => {
      open.pop();
    },
    onObjectProperty: (key, _offset, _length, line, _character, path) => {
      const keys = open.at(-1);
      const before = keys?.get(key);
      keys?.set(key, line + 1);
      if (before === undefined || found !== undefined) return;
      const within = shownPath(path());
      const where = before === line + 1 ? '' : ` (first in line ${before})`;
      found = {
        kind: 'content',
        line: line + 1,
        sentence: `the key "${shownWord(key)}" is given twice${within === '' ? '' : ` in ${within}`}${where}; give it once`,
      };
    },
  });
  return found;
};

/** What is wrong with a text that JavaScript's parser refused for this reason, or accepted. */
const faultIn = (text: string, refused: string | undefined): JsonFault | undefined =>
  refused === undefined
    ? duplicateFault(text)
    : (syntaxFault(text) ?? { kind: 'syntax', line: undefined, sentence: `not JSON (${refused})` });

/** Finding the position needs a stack as deep as the text's nesting. */
const orTooDeep = (error: unknown): JsonFault => {
  if (error instanceof RangeError)
    return { kind: 'content', line: undefined, sentence: 'lists and objects are nested too deep; flatten them' };
  throw error;
};

/**
 * @returns the value of the text; or why it has none, with the line.
 * @example
 * readJsonText('{ "steps": 3,\n "steps": 4 }') // left: line 2, 'the key "steps" is given twice (first in line 1); give it once'
 */
export const readJsonText = (text: string): E.Either<JsonFault, unknown> => {
  const parsed = E.tryCatch((): unknown => JSON.parse(text), messageOf);
  const fault = E.tryCatch(() => faultIn(text, E.isLeft(parsed) ? parsed.left : undefined), orTooDeep);
  if (E.isLeft(fault)) return fault;
  return fault.right === undefined ? E.right(E.toUnion(parsed)) : E.left(fault.right);
};

/**
 * The sentence about a file with its line, in the form that editors can follow: `demo.json:3: …`.
 *
 * @param remedy the remedy for a text that is not JSON.
 */
export const inJsonFile = (file: string, { kind, line, sentence }: JsonFault, remedy: string): string =>
  `${file}${line === undefined ? '' : `:${line}`}: ${sentence}${kind === 'syntax' ? `; ${remedy}` : ''}`;
