/**
 * The words of the text form, taken off one at a time: `tokenAt` of src/schedule/text/tokens.ts for the compiler. A rest of the text
 * always begins with its next word, never with blanks.
 */
type Blank = ' ' | '\t' | '\n' | '\r';
type Mark = '(' | ')' | '[' | ']' | ',' | ':' | '|' | '>';

export type TrimStart<Text extends string> = Text extends `${Blank}${infer Rest}` ? TrimStart<Rest> : Text;

/** What precedes the first of some mark; the text, if the mark is not there. */
type Before<Text extends string, At extends Blank | Mark> = Text extends `${infer Head}${At}${string}` ? Head : Text;

/** Cut by the commonest marks first, so that the later cuts are short. */
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
    : Word<Rest>;

/** What follows a token. */
export type After<Rest extends string, Taken extends string> = Rest extends `${Taken}${infer Next}` ? TrimStart<Next> : '';

/** True for tokens that are neither marks nor the end. */
export type IsWord<Taken extends string> = Taken extends '' | '>>' | Mark ? false : true;

/** How a sentence names what it found. */
export type Shown<Taken extends string> = Taken extends '' ? 'the end of the text' : `"${Taken}"`;
