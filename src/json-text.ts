/**
 * JSON as a person may have written it: read by JavaScript's own parser, and where that refuses, or would keep one of two equal keys in silence, a
 * sentence with the line. Not here: what the JSON means, where the text came from.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type JSONPath, type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import { shownWord } from './shown-value.js';
import { messageOf } from './thrown.js';

export interface JsonFault {
  /** `syntax`: it is no JSON at all, as a file that was torn. */
  readonly kind: 'syntax' | 'content';
  /** 1-based; undefined where nobody knows it. */
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

/** The first place that is no JSON. */
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

/** What is wrong with a text that JavaScript's parser refused for a reason, or took. */
const faultIn = (text: string, refused: string | undefined): JsonFault | undefined =>
  refused === undefined
    ? duplicateFault(text)
    : (syntaxFault(text) ?? { kind: 'syntax', line: undefined, sentence: `not JSON (${refused})` });

/** Finding the place takes a stack as deep as the text. */
const orTooDeep = (error: unknown): JsonFault => {
  if (error instanceof RangeError)
    return { kind: 'content', line: undefined, sentence: 'lists and objects are nested too deep; flatten them' };
  throw error;
};

/**
 * @returns what the text says; or why it says nothing, with the line.
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
 * The sentence of a file with its line, as editors jump to it: `demo.json:3: …`.
 *
 * @param remedy what may be done about a text that is no JSON.
 */
export const inJsonFile = (file: string, { kind, line, sentence }: JsonFault, remedy: string): string =>
  `${file}${line === undefined ? '' : `:${line}`}: ${sentence}${kind === 'syntax' ? `; ${remedy}` : ''}`;
