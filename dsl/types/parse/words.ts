/**
 * The tokens of the text form, taken one at a time: `tokenAt` of src/schedule/text/tokens.ts for the compiler. A rest of the text always begins with
 * its next token, never with blanks.
 */
import type { MostParts } from '../number/limits.js';

type Blank = ' ' | '\t' | '\n' | '\r';
type Mark = '(' | ')' | '[' | ']' | ',' | ':' | '|' | '>';

/** Six blanks per step, since the compiler allows only a thousand steps. */
export type TrimStart<Text extends string> = Text extends `${Blank}${infer A}`
  ? A extends `${Blank}${infer B}`
    ? B extends `${Blank}${infer C}`
      ? C extends `${Blank}${infer D}`
        ? D extends `${Blank}${infer E}`
          ? E extends `${Blank}${infer F}`
            ? TrimStart<F>
            : E
          : D
        : C
      : B
    : A
  : Text;

/** The rest after 16 characters; never where there are not so many. */
type After16<Text extends string> =
  Text extends `${infer _1}${infer _2}${infer _3}${infer _4}${infer _5}${infer _6}${infer _7}${infer _8}${infer Rest}`
    ? Rest extends `${infer _1}${infer _2}${infer _3}${infer _4}${infer _5}${infer _6}${infer _7}${infer _8}${infer More}`
      ? More
      : never
    : never;

/** Whether a text has more characters than are parsed. */
export type IsLongText<Text extends string, Parts extends readonly unknown[] = []> = [After16<Text>] extends [never]
  ? false
  : Parts['length'] extends MostParts
    ? true
    : IsLongText<After16<Text>, [...Parts, 0]>;

/** The part before the first occurrence of a mark; the text, if there is none. */
type Before<Text extends string, At extends Blank | Mark> = Text extends `${infer Head}${At}${string}` ? Head : Text;

/** Cut at the commonest marks first, so that later cuts are short. */
type Word<Text extends string> =
  Before<Text, '('> extends infer A extends string
    ? Before<A, ' '> extends infer B extends string
      ? Before<Before<Before<Before<B, ')'>, ','>, '>'>, ':'> extends infer C extends string
        ? Before<Before<Before<Before<Before<Before<C, '['>, ']'>, '|'>, '\n'>, '\t'>, '\r'>
        : never
      : never
    : never;

/** The next token, as written; `''` at the end. */
export type Token<Rest extends string> = Rest extends `>>${string}`
  ? '>>'
  : Rest extends `${infer M extends Mark}${string}`
    ? M
    : Rest extends `"${infer Text}"${string}`
      ? `"${Text}"`
      : Word<Rest>;

/** What follows a token. */
export type After<Rest extends string, Taken extends string> = Rest extends `${Taken}${infer Next}` ? TrimStart<Next> : '';

/** True for tokens that are neither marks nor the end. */
export type IsWord<Taken extends string> = Taken extends '' | '>>' | Mark ? false : true;

/** How a sentence names what it found. */
export type Shown<Taken extends string> = Taken extends '' ? 'the end of the text' : Taken extends `"${string}` ? Taken : `"${Taken}"`;
